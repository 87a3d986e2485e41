package bench

import (
	"context"
	"math"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"simgrad/data"
	"simgrad/experiments"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// A turn is one side's work between two looks at the clock; it returns the
// seconds that it took.
type turn func() (seconds float64, err error)

// alternate lets each take its turns, in changing order: so many rounds, or, once
// the time given is over, no more than three.
func alternate(ctx context.Context, rounds int, given time.Duration, turns []turn, took func(who int, seconds float64)) error {
	begun := time.Now()
	for round := range rounds {
		if round >= 3 && time.Since(begun) > given {
			break
		}
		for i := range turns {
			who := i
			if round%2 == 1 {
				who = len(turns) - 1 - i
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			seconds, err := turns[who]()
			if err != nil {
				return err
			}
			took(who, seconds)
		}
	}
	return nil
}

// timed is f as a turn.
func timed(f func() error) turn {
	return func() (float64, error) {
		begun := time.Now()
		err := f()
		return time.Since(begun).Seconds(), err
	}
}

// kernelSize is the side of the square product that stands for the kernel's speed.
const kernelSize = 1000

// square returns the product of two matrices of side n as a turn.
func square(n int) turn {
	a := blas64.General{Rows: n, Cols: n, Stride: n, Data: data.Gaussian(1, n, n).Float64s()}
	c := blas64.General{Rows: n, Cols: n, Stride: n, Data: make([]float64, n*n)}
	return timed(func() error { blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, a, a, 0, c); return nil })
}

// gigaflops is the rate of a square product.
func gigaflops(n int, seconds float64) float64 {
	return 2 * math.Pow(float64(n), 3) / seconds / 1e9
}

// timeKernel times square products of several sizes.
func timeKernel(r *experiments.Record, threads int) {
	for _, n := range []int{100, 200, 400, 700, kernelSize, 1500} {
		product := square(n)
		product()
		var rates []float64
		for begun := time.Now(); len(rates) < 5 || time.Since(begun) < 200*time.Millisecond; {
			seconds, _ := product()
			rates = append(rates, gigaflops(n, seconds))
		}
		r.Frame("kernel", "threads", "size rate").Add([]string{strconv.Itoa(threads)}, float64(n), median(rates))
	}
}

// stepsATurn is how many steps take about long.
func stepsATurn(of func(steps int) turn, long time.Duration) int {
	steps := 1
	for steps < 1000 {
		seconds, err := of(steps)()
		if err != nil || seconds >= long.Seconds()/2 {
			break // an error comes again in the turns
		}
		steps = min(1000, int(float64(steps)*min(10, max(2, long.Seconds()/seconds))))
	}
	return steps
}

// allocated returns the bytes that a turn allocates: the least of several, for
// the runtime allocates now and then on its own.
func allocated(t turn) float64 {
	least := math.Inf(1)
	var before, after runtime.MemStats
	for range 3 {
		runtime.ReadMemStats(&before)
		t()
		runtime.ReadMemStats(&after)
		least = math.Min(least, float64(after.TotalAlloc-before.TotalAlloc))
	}
	return least
}

// memory reads the process's resident memory in MB, now (VmRSS) or at most since
// clearPeak (VmHWM); NaN where the system does not tell.
func memory(field string) float64 {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return math.NaN()
	}
	_, rest, _ := strings.Cut(string(b), field+":")
	words := strings.Fields(rest)
	if len(words) == 0 {
		return math.NaN()
	}
	kb, err := strconv.ParseFloat(words[0], 64)
	if err != nil {
		return math.NaN()
	}
	return kb / 1e3
}

func clearPeak() { _ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) } // Linux alone has it

// median returns the middle of values, the mean of the two middle ones where
// their number is even; NaN of none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	v := slices.Sorted(slices.Values(values))
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}
