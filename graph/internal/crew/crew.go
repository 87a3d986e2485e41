// Package crew shares out pieces of work among goroutines that stay for more.
//
// A step of an ascent is some twenty products of a fraction of a millisecond. To
// wake a thread for each, and to be woken when it is done, takes a good part of
// that; so a helper that has finished looks out for further work for a while, giving
// way to this program's other goroutines, and so does who waits for one to finish.
package crew

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

var threads atomic.Int32

// SetThreads sets how many threads may share one piece of work; it is 1 at the
// start. It returns how many might before.
func SetThreads(n int) (before int) { return int(max(threads.Swap(int32(max(n, 1))), 1)) }

// Threads is that number, as far as there are processors.
func Threads() int {
	n := int(threads.Load())
	if n <= 1 {
		return 1
	}
	return min(n, runtime.GOMAXPROCS(0))
}

// Work comes in pieces, which write to different places, so that their order is
// of no account.
type Work interface{ Piece(i int) }

// Share does pieces 0 to n-1 of w on up to so many threads, the caller's among
// them. Each begins with a run of pieces of its own, at the next call the same one
// if it can be had, so that it finds what it wrote in its own cache; who has done
// them helps the others. A panic of a piece is the caller's, with the caller's trace.
func Share(threads, n int, w Work) {
	threads = min(threads, n)
	if threads <= 1 {
		for i := range n {
			w.Piece(i)
		}
		return
	}
	j := take()
	j.begin(threads, n, w)
	goesOn := false // false if a piece ends the caller's goroutine
	defer func() {
		if failed := j.end(); failed != nil && goesOn {
			panic(failed.reason)
		}
	}()
	j.pieces(0)
	goesOn = true
}

// A job is work that is being shared.
type job struct {
	work    Work
	runs    []*run       // one for each thread
	all     []*run       // as many as there ever were
	inside  atomic.Int32 // helpers that may still be at it
	helpers []*helper
	failed  atomic.Pointer[failure]
}

func (j *job) begin(threads, n int, w Work) {
	j.work = w
	for len(j.all) < threads {
		j.all = append(j.all, &run{})
	}
	j.runs = j.all[:threads]
	for t, r := range j.runs {
		r.next.Store(int64(t * n / threads))
		r.end = int64((t + 1) * n / threads)
	}
	j.inside.Store(int32(threads - 1))
	for t := 1; t < threads; t++ {
		h := hire(t)
		j.helpers = append(j.helpers, h)
		h.mail.Store(j)
	}
}

// end calls helpers that have not begun back, waits for the others, and gives the
// job up. It returns the failure of a piece, if there was one.
func (j *job) end() *failure {
	for _, h := range j.helpers {
		if h.mail.CompareAndSwap(j, nil) {
			j.inside.Add(-1)
			h.rest()
		}
	}
	for spins := 1; j.inside.Load() > 0; spins++ {
		if spins%patience == 0 {
			runtime.Gosched()
		}
	}
	failed := j.failed.Swap(nil)
	clear(j.helpers)
	j.helpers, j.work = j.helpers[:0], nil
	give(j)
	return failed
}

// A run is consecutive pieces, up to end.
type run struct {
	next atomic.Int64 // the first that nobody has begun
	end  int64
	_    [48]byte // another run is on another line of the cache
}

// A failure is a panic of a piece, or that it ended its goroutine.
type failure struct{ reason any }

// pieces does pieces while there are any, beginning with a run.
func (j *job) pieces(first int) {
	returns := false
	defer func() {
		if r := recover(); r != nil {
			j.failed.Store(&failure{r})
		} else if !returns {
			j.failed.Store(&failure{"crew: a piece ended its goroutine"})
		}
	}()
	for i := range j.runs {
		r := j.runs[(first+i)%len(j.runs)]
		for j.failed.Load() == nil {
			piece := r.next.Add(1) - 1
			if piece >= r.end {
				break
			}
			j.work.Piece(int(piece))
		}
	}
	returns = true
}

// A helper is a goroutine, at work or looking out for it.
type helper struct {
	mail  atomic.Pointer[job]
	first int // the run of the job to begin with
}

const (
	patience = 64                     // looks between two offers of the processor to others
	linger   = 300 * time.Microsecond // how long a helper looks out for work
)

// idle are the helpers without work, and jobs what they were given before, kept so
// that sharing allocates nothing but helpers, where the last ones have left.
var (
	lock sync.Mutex
	idle []*helper
	jobs []*job
)

// hire returns a helper that is nobody else's, to begin with run t: the one that
// did so before, if it is idle.
func hire(t int) *helper {
	lock.Lock()
	defer lock.Unlock()
	last := len(idle) - 1
	if last < 0 {
		h := &helper{first: t}
		go h.work()
		return h
	}
	at := last
	for i := last; i >= 0; i-- {
		if idle[i].first == t {
			at = i
			break
		}
	}
	h := idle[at]
	idle[at] = idle[last]
	idle = idle[:last]
	h.first = t
	return h
}

// rest puts h among the idle.
func (h *helper) rest() {
	lock.Lock()
	idle = append(idle, h)
	lock.Unlock()
}

// leave takes h from the idle; it reports false if somebody has hired it.
func (h *helper) leave() bool {
	lock.Lock()
	defer lock.Unlock()
	for i, o := range idle {
		if o == h {
			idle[i] = idle[len(idle)-1]
			idle = idle[:len(idle)-1]
			return true
		}
	}
	return false
}

func (h *helper) work() {
	idleSince := time.Now()
	for spins := 1; ; spins++ {
		if j := h.mail.Load(); j != nil && h.mail.CompareAndSwap(j, nil) {
			h.do(j)
			idleSince = time.Now()
		}
		if spins%patience == 0 {
			if time.Since(idleSince) > linger && h.leave() {
				return
			}
			runtime.Gosched()
		}
	}
}

func (h *helper) do(j *job) {
	goesOn := false
	defer func() {
		if goesOn {
			h.rest() // before the caller goes on, so that it finds h
		}
		j.inside.Add(-1)
	}()
	j.pieces(h.first)
	goesOn = true
}

func take() *job {
	lock.Lock()
	defer lock.Unlock()
	if n := len(jobs); n > 0 {
		j := jobs[n-1]
		jobs = jobs[:n-1]
		return j
	}
	return &job{}
}

func give(j *job) {
	lock.Lock()
	jobs = append(jobs, j)
	lock.Unlock()
}
