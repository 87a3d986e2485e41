package crew

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

type counts []atomic.Int32

func (c counts) Piece(i int) { c[i].Add(1) }

// Every piece is done once before Share returns, however many threads there are
// and whoever else shares at the same time.
func TestShareDoesEveryPieceOnce(t *testing.T) {
	var callers sync.WaitGroup
	for caller := range 4 {
		callers.Go(func() {
			for round := range 200 {
				c := make(counts, (caller+1)*(round%7))
				Share(1+round%5, len(c), c)
				for i := range c {
					if got := c[i].Load(); got != 1 {
						t.Errorf("piece %d of %d was done %d times", i, len(c), got)
					}
				}
			}
		})
	}
	callers.Wait()
}

// rendezvous is two pieces that can only be done at the same time.
type rendezvous struct{ here atomic.Int32 }

func (r *rendezvous) Piece(int) {
	r.here.Add(1)
	for r.here.Load() < 2 {
		runtime.Gosched()
	}
}

func TestShareUsesSeveralThreads(t *testing.T) {
	for range 50 {
		Share(2, 2, &rendezvous{})
	}
}

type failing struct{ done atomic.Int32 }

func (f *failing) Piece(i int) {
	if i == 3 {
		panic("piece 3")
	}
	f.done.Add(1)
}

// A panic reaches the caller, from whichever thread it came, and the crew works on.
func TestShareHandsPanicsOn(t *testing.T) {
	for range 50 {
		for threads := range 3 {
			require.PanicsWithValue(t, "piece 3", func() { Share(threads, 8, &failing{}) })
			c := make(counts, 5)
			Share(2, 5, c)
			require.EqualValues(t, 1, c[4].Load())
		}
	}
}

// leaving ends the goroutine that does piece 1, when both pieces have begun.
type leaving struct{ rendezvous }

func (l *leaving) Piece(i int) {
	l.rendezvous.Piece(i)
	if i == 1 {
		runtime.Goexit()
	}
}

// A piece that ends its goroutine, as a failing requirement does, fails its caller;
// if that goroutine is the caller's, it ends with nobody left at work.
func TestShareSurvivesTheEndOfAGoroutine(t *testing.T) {
	for range 50 {
		require.Panics(t, func() { Share(2, 2, &leaving{}) }) // piece 1 is a helper's
	}
	ended := make(chan bool)
	go func() {
		defer close(ended)
		Share(2, 4, exiting{})
		t.Error("went on")
	}()
	<-ended
	c := make(counts, 5)
	Share(2, 5, c)
	require.EqualValues(t, 1, c[4].Load())
}

type exiting struct{}

func (exiting) Piece(i int) {
	if i == 0 {
		runtime.Goexit() // the caller begins with piece 0
	}
}

// Helpers leave when nothing comes.
func TestHelpersLeave(t *testing.T) {
	Share(2, 2, &rendezvous{})
	require.Eventually(t, func() bool {
		lock.Lock()
		defer lock.Unlock()
		return len(idle) == 0
	}, 5*time.Second, time.Millisecond)
}

// A steady state allocates nothing; helpers that left meanwhile are few.
func TestShareAllocatesNothing(t *testing.T) {
	var w Work = make(counts, 4)
	Share(2, 4, w)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 10000 {
		Share(2, 4, w)
	}
	runtime.ReadMemStats(&after)
	require.Less(t, after.Mallocs-before.Mallocs, uint64(1000))
}

func TestThreads(t *testing.T) {
	defer SetThreads(1)
	require.Equal(t, 1, Threads())
	require.Equal(t, 1, SetThreads(1000))
	require.Equal(t, runtime.GOMAXPROCS(0), Threads())
	require.Equal(t, 1000, SetThreads(-1))
	require.Equal(t, 1, Threads())
}
