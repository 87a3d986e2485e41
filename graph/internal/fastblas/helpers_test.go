package fastblas

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"simgrad/graph/internal/crew"
)

// reference is what the paths are held against.
var reference gonum.Implementation

// kernelPaths are the embedded paths of this machine.
func kernelPaths() []*path {
	var ps []*path
	for _, kn := range embedded() {
		ps = append(ps, &path{name: kn.name, kernel: kn})
	}
	return ps
}

// paths are all paths of this machine.
func paths() []*path {
	ps := append(kernelPaths(), &path{name: "gonum"})
	if lib, err := openSystem(); err == nil {
		ps = append(ps, &path{name: "system", system: lib})
	}
	return ps
}

// onEach runs a test on each of several paths.
func onEach(t *testing.T, ps []*path, test func(t *testing.T)) {
	for _, p := range ps {
		t.Run(p.name, func(t *testing.T) {
			old := current.Swap(p)
			defer current.Store(old)
			test(t)
		})
	}
}

// withThreads runs f with a number of threads.
func withThreads(n int, f func()) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(n))
	crew.SetThreads(n)
	defer crew.SetThreads(1)
	f()
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// normal returns n standard normal numbers.
func normal(r *rand.Rand, n int) []float64 {
	x := make([]float64, max(n, 0))
	for i := range x {
		x[i] = r.NormFloat64()
	}
	return x
}

// matrix is a row-major matrix in a slice exactly as long as it must be, filled
// up between its rows.
type matrix struct {
	rows, cols, stride int
	data               []float64
	fill               float64
}

// What is not part of a matrix holds one of two numbers. A NaN shows in any
// result that it is used for; but it survives being added to, so where it is
// writing that must show there is an odd number instead.
var (
	poison = math.Float64frombits(0x7ff8dead_beef0001)
	marker = 0.7071067811864321
)

// random makes a matrix of standard normal numbers, to be read, with up to
// four numbers between its rows.
func random(r *rand.Rand, rows, cols int) matrix { return filled(r, rows, cols, poison) }

// written makes one to be written.
func written(r *rand.Rand, rows, cols int) matrix { return filled(r, rows, cols, marker) }

func filled(r *rand.Rand, rows, cols int, fill float64) matrix {
	m := matrix{rows, cols, max(1, cols) + r.IntN(5), nil, fill}
	if rows > 0 {
		m.data = make([]float64, (rows-1)*m.stride+cols)
	}
	for i := range m.data {
		m.data[i] = fill
		if i%m.stride < cols {
			m.data[i] = r.NormFloat64()
		}
	}
	return m
}

// isFill reports whether x is what the matrix is filled up with.
func (m matrix) isFill(x float64) bool { return math.Float64bits(x) == math.Float64bits(m.fill) }

func (m matrix) at(i, j int) *float64 { return &m.data[i*m.stride+j] }

func (m matrix) clone() matrix {
	m.data = append([]float64(nil), m.data...)
	return m
}

// abs is the matrix of magnitudes.
func (m matrix) abs() matrix {
	m = m.clone()
	for i, x := range m.data {
		if !m.isFill(x) {
			m.data[i] = math.Abs(x)
		}
	}
	return m
}

// requireGaps fails if anything was written between the rows.
func (m matrix) requireGaps(t *testing.T) {
	t.Helper()
	for i, x := range m.data {
		if i%m.stride >= m.cols && !m.isFill(x) {
			require.Fail(t, "written between rows", "row %d, column %d", i/m.stride, i%m.stride)
		}
	}
}

// requireNear fails where |got − want| exceeds units·ε·scale, by element. What
// is filled up in one must be in the other.
func requireNear(t *testing.T, want, got, scale matrix, units float64, what ...any) {
	t.Helper()
	for i := range want.rows {
		for j := range want.cols {
			w, g := *want.at(i, j), *got.at(i, j)
			if want.isFill(w) && got.isFill(g) {
				continue
			}
			if tol := units * 0x1p-52 * *scale.at(i, j); !(math.Abs(w-g) <= tol) {
				require.Fail(t, fmt.Sprint("element ", i, " ", j), "want %v, got %v, tolerance %v: %v", w, g, tol, what)
			}
		}
	}
}

// requireSame fails unless two matrices are equal to the bit.
func requireSame(t *testing.T, want, got []float64, what ...any) {
	t.Helper()
	require.Len(t, got, len(want))
	for i := range want {
		if math.Float64bits(want[i]) != math.Float64bits(got[i]) {
			require.Fail(t, fmt.Sprint("number ", i), "want %v, got %v: %v", want[i], got[i], what)
		}
	}
}

var (
	transposes = []blas.Transpose{blas.NoTrans, blas.Trans, blas.ConjTrans}
	triangles  = []blas.Uplo{blas.Upper, blas.Lower}
	sides      = []blas.Side{blas.Left, blas.Right}
	diagonals  = []blas.Diag{blas.NonUnit, blas.Unit}
)

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// size draws a dimension: often a small one or one next to the edge of a tile,
// and at times one beyond a block.
func size(r *rand.Rand, most int) int {
	switch r.IntN(10) {
	case 0:
		return 1
	case 1, 2, 3, 4:
		return 1 + r.IntN(min(most, 30))
	case 5, 6:
		return max(1, min(most, 24*(1+r.IntN(3))+r.IntN(3)-1))
	default:
		return 1 + r.IntN(most)
	}
}
