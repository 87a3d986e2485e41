package fastblas

import (
	"sync"
	"sync/atomic"
)

var threads atomic.Int32

// SetThreads sets how many threads may share a large product; it is 1 at the
// start. No byte of a result depends on it. gonum's own products do not ask: they
// use as many as GOMAXPROCS allows; nor does the system's BLAS, which has one.
func SetThreads(n int) { threads.Store(int32(max(n, 1))) }

// threadsFor is the number of threads worth using for m·n·k multiply-adds.
func threadsFor(m, n, k int) int {
	const worth = 1 << 21 // some 40 µs on one thread
	t := int(threads.Load())
	if t <= 1 || float64(m)*float64(n)*float64(k) < worth {
		return 1
	}
	return t
}

// fan runs tasks 0 to n-1 on several goroutines. The tasks write to different
// places, so their order is of no account.
func fan(threads, n int, do func(s *scratch, task int)) {
	var next atomic.Int64
	work := func() {
		s := take()
		defer give(s)
		for {
			task := int(next.Add(1)) - 1
			if task >= n {
				return
			}
			do(s, task)
		}
	}
	var others sync.WaitGroup
	for range min(threads, n) - 1 {
		others.Go(work)
	}
	work()
	others.Wait()
}
