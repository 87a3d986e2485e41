package graph

import (
	"errors"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// PartialLeastSquares returns what partial least squares regression of b, n×p, on a, n×q,
// columns centred, with so many components predicts from av, m×q. Component after component
// takes the direction w of a whose scores t = a·w have the greatest covariance with b, and
// what t predicts from a and from b:
//
//	aᵀb = σ·w·vᵀ + …,  t = a·w,  b̂_v += t_v·tᵀb/‖t‖²,  a −= t·tᵀa/‖t‖²,  a_v −= t_v·tᵀa/‖t‖².
//
// Fewer components than there are is an error where it is found, and so are two directions
// of one covariance, to 1e-6 of it.
//
// Source: Wold 1975; as PLSRegression(scale=False) of scikit-learn, of which the iteration is
// here run to its limit.
func PartialLeastSquares(components int, a, b, av *Node) *Node {
	size := Mul(Norm(a), Norm(b))
	var sum *Node
	for range components {
		w := covarying(a, b, size)
		t, tv := MatMul(a, w), MatMul(av, w)
		squares := SumSquares(t)
		loadings := Div(MatMul(T(t), a), squares)
		part := MatMul(tv, Div(MatMul(T(t), b), squares))
		if sum == nil {
			sum = part
		} else {
			sum = Add(sum, part)
		}
		a, av = Sub(a, MatMul(t, loadings)), Sub(av, MatMul(tv, loadings))
	}
	return sum
}

// covarying returns the direction of a, n×q, with the greatest covariance with b, n×p: the
// first left singular vector of aᵀb, q×1, determined but for its sign. size is that below
// 1e-12 of which a covariance is none.
//
// With aᵀb = U·S·Vᵀ the derivative is
//
//	Σ_j u_j·(s₁·u_jᵀdm·v₁ + s_j·u₁ᵀdm·v_j)/(s₁² − s_j²) + (1 − U·Uᵀ)·dm·v₁/s₁,  m = aᵀb,
//
// so that with z of (s₁² − m·mᵀ)·z = (1 − u₁·u₁ᵀ)·g, orthogonal to u₁, that by m is
// s₁·z·v₁ᵀ + u₁·zᵀm.
func covarying(a, b, size *Node) *Node {
	return Apply(Prim{
		Name: "covarying", Params: struct{}{},
		Shape: func(in []Mat) (int, int, error) { return in[0].Cols, 1, nil },
		Forward: func(c *Call) error {
			d := kept[firstOf](c)
			m := c.Scratch("aᵀb", c.In[0].Cols, c.In[1].Cols)
			gemm(true, false, 1, c.In[0], c.In[1], 0, m)
			if err := d.find(m); err != nil {
				return err
			}
			switch {
			case d.first <= rankTolerance*c.In[2].Data[0]:
				return errors.New("more components are asked for than there are")
			case d.first-d.second < 1e-6*d.first:
				return errors.New("two components have the same covariance with what is predicted, to 1e-6: which is the first is not decided")
			}
			copy(c.Out.Data, d.u)
			return nil
		},
		Pullback: func(c *Call, i int, g, gin Mat) error {
			if i == 2 {
				clear(gin.Data)
				return nil
			}
			d, q, p := c.Keep.(*firstOf), c.In[0].Cols, c.In[1].Cols
			dm := c.Scratch("dm", q, p)
			if err := d.pull(c.Scratch("aᵀb", q, p), g, dm); err != nil {
				return err
			}
			if i == 0 {
				gemm(false, true, 1, c.In[1], dm, 0, gin)
			} else {
				gemm(false, false, 1, c.In[0], dm, 0, gin)
			}
			return nil
		},
	}, a, b, size)
}

// A firstOf is the first singular value of a matrix with its vectors, and the second value.
type firstOf struct {
	u, v          []float64
	first, second float64
	whole         thinSVD
	isWhole       bool // whether the decomposition is there
}

// find is by Lanczos where that is faster, and converges.
func (d *firstOf) find(m Mat) error {
	d.isWhole = false
	if min(m.Rows, m.Cols) > leadingLeast && finite(m) {
		var ok bool
		if d.u, d.v, d.first, d.second, ok = leadingPair(m); ok {
			return nil
		}
	}
	return d.findWhole(m)
}

func (d *firstOf) findWhole(m Mat) error {
	d.isWhole = true
	if err := d.whole.factorize(m); err != nil {
		return err
	}
	d.u, d.v = make([]float64, m.Rows), make([]float64, m.Cols)
	for i := range d.u {
		d.u[i] = d.whole.u.row(i)[0]
	}
	for i := range d.v {
		d.v[i] = d.whole.v.row(i)[0]
	}
	s := d.whole.values
	if d.first, d.second = s[0], 0; len(s) > 1 {
		d.second = s[1]
	}
	return nil
}

// pull writes the derivative by m to dm, for g that by u.
func (d *firstOf) pull(m, g, dm Mat) error {
	var z []float64
	if !d.isWhole {
		var ok bool
		if z, ok = besideLeading(m, d.u, d.first, g.Data); !ok {
			u := d.u
			if err := d.findWhole(m); err != nil {
				return err
			}
			if blas64.Dot(vec(u), vec(d.u)) < 0 { // as it was
				blas64.Scal(-1, vec(d.u))
				blas64.Scal(-1, vec(d.v))
			}
		}
	}
	if z == nil {
		u, s := general(d.whole.u), d.whole.values
		along := make([]float64, len(s))
		blas64.Gemv(blas.Trans, 1, u, vector(g), 0, vec(along))
		z = append(z, g.Data...)
		blas64.Gemv(blas.NoTrans, -1, u, vec(along), 1, vec(z))
		blas64.Scal(1/(s[0]*s[0]), vec(z))
		along[0] = 0
		for j := 1; j < len(s); j++ {
			along[j] /= (s[0] - s[j]) * (s[0] + s[j])
		}
		blas64.Gemv(blas.NoTrans, 1, u, vec(along), 1, vec(z))
	}
	right := make([]float64, m.Cols)
	blas64.Gemv(blas.Trans, 1, general(m), vec(z), 0, vec(right))
	for r := range m.Rows {
		for j := range m.Cols {
			dm.row(r)[j] = d.first*z[r]*d.v[j] + d.u[r]*right[j]
		}
	}
	return nil
}

func finite(m Mat) bool {
	for _, x := range m.Data {
		if x-x != 0 {
			return false
		}
	}
	return true
}
