package graph

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// onThreads runs f with so many threads, whether the machine has them or not.
func onThreads(n int, f func()) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(n))
	Threads(n)
	defer Threads(1)
	f()
}

// Share goes over every index once, in one range unless there is work for several
// threads.
func TestShare(t *testing.T) {
	for _, threads := range []int{1, 2, 3} {
		onThreads(threads, func() {
			for _, n := range []int{0, 1, 2, 7, 100, 50000} {
				for _, cost := range []int{1, 1000} {
					seen := make([]int, n)
					calls := make([]int, n+1)
					Share(n, cost, func(from, to int) {
						calls[from]++
						for i := from; i < to; i++ {
							seen[i]++
						}
					})
					for i, times := range seen {
						require.Equal(t, 1, times, "index %d of %d on %d threads", i, n, threads)
					}
					sum := 0
					for _, c := range calls {
						sum += c
					}
					if threads == 1 || n*cost < worthSharing {
						require.Equal(t, 1, sum)
					} else if n > 1 {
						require.Greater(t, sum, 1)
					}
				}
			}
		})
	}
}

// Passes over whole matrices do what they say, also shared out.
func TestPasses(t *testing.T) {
	for _, threads := range []int{1, 3} {
		onThreads(threads, func() {
			for _, s := range [][2]int{{1, 1}, {7, 3}, {5, 9000}, {9000, 5}, {301, 301}} {
				n, p := s[0], s[1]
				a, b := view(gauss(1, n, p)), view(gauss(2, n, p))
				dst := Mat{n, p, make([]float64, n*p)}
				scale(dst, -3, a)
				for i, v := range a.Data {
					require.Equal(t, -3*v, dst.Data[i])
				}
				blend(dst, 2, a, 0.5, b)
				for i, v := range a.Data {
					require.InDelta(t, 2*v+0.5*b.Data[i], dst.Data[i], 1e-14)
				}
				mean := make([]float64, p)
				colMeans(mean, a)
				subtractRow(dst, a, mean)
				for j := range p {
					sum := 0.0
					for i := range n {
						sum += a.Data[i*p+j]
						require.Equal(t, a.Data[i*p+j]-mean[j], dst.Data[i*p+j])
					}
					require.InDelta(t, sum/float64(n), mean[j], 1e-13)
				}
				if n == p {
					copy(dst.Data, a.Data)
					mirror(dst)
					for i := range n {
						for j := range n {
							require.Equal(t, a.Data[min(i, j)*n+max(i, j)], dst.Data[i*n+j])
						}
					}
				}
			}
		})
	}
}
