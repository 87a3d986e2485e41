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
//	Σ_j u_j·(s₁·u_jᵀdm·v₁ + s_j·u₁ᵀdm·v_j)/(s₁² − s_j²) + (1 − U·Uᵀ)·dm·v₁/s₁,  m = aᵀb.
func covarying(a, b, size *Node) *Node {
	return Apply(Prim{
		Name: "covarying", Params: struct{}{},
		Shape: func(in []Mat) (int, int, error) { return in[0].Cols, 1, nil },
		Forward: func(c *Call) error {
			d := kept[thinSVD](c)
			m := c.Scratch("aᵀb", c.In[0].Cols, c.In[1].Cols)
			gemm(true, false, 1, c.In[0], c.In[1], 0, m)
			if err := d.factorize(m); err != nil {
				return err
			}
			switch s := d.values; {
			case s[0] <= rankTolerance*c.In[2].Data[0]:
				return errors.New("more components are asked for than there are")
			case len(s) > 1 && s[0]-s[1] < 1e-6*s[0]:
				return errors.New("two components have the same covariance with what is predicted, to 1e-6: which is the first is not decided")
			}
			for i := range c.Out.Rows {
				c.Out.Data[i] = d.u.row(i)[0]
			}
			return nil
		},
		Pullback: func(c *Call, i int, g, gin Mat) error {
			if i == 2 {
				clear(gin.Data)
				return nil
			}
			d, q, p := c.Keep.(*thinSVD), c.In[0].Cols, c.In[1].Cols
			u, v, s := general(d.u), general(d.v), d.values
			k := len(s)
			// dm = left·v₁ᵀ + u₁·rightᵀ
			along, left, right := c.Scratch("along", 1, k).Data, c.Scratch("left", 1, q).Data, c.Scratch("right", 1, p).Data
			blas64.Gemv(blas.Trans, 1, u, vector(g), 0, vec(along))
			copy(left, g.Data)
			blas64.Gemv(blas.NoTrans, -1, u, vec(along), 1, vec(left))
			blas64.Scal(1/s[0], vec(left))
			along[0] = 0
			for j := 1; j < k; j++ {
				along[j] /= (s[0] - s[j]) * (s[0] + s[j])
			}
			blas64.Gemv(blas.NoTrans, s[0], u, vec(along), 1, vec(left))
			for j := range along {
				along[j] *= s[j]
			}
			blas64.Gemv(blas.NoTrans, 1, v, vec(along), 0, vec(right))
			dm := c.Scratch("aᵀb", q, p)
			for r := range q {
				for j := range p {
					dm.row(r)[j] = left[r]*d.v.row(j)[0] + d.u.row(r)[0]*right[j]
				}
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
