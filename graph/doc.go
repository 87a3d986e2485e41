// Package graph is the vocabulary in which similarity measures are written,
// and the machine that runs them.
//
// A graph is built from Gorgonia nodes. The functions of this package take
// nodes and return one node, so that a formula reads as it stands in a paper:
//
//	x, y = graph.Center(x), graph.Center(y)
//	overlap := graph.SumSquares(graph.MatMul(graph.T(x), y))
//
// They panic with an *Error when shapes do not fit; Compile and Try turn that
// panic, and no other, into an error. A researcher's own Gorgonia calls mix
// freely with them.
//
// The steps from formula to numbers are these:
//
//  1. Compile hands a Builder to a function that names the inputs (Const for
//     fixed data, Param for what is to be differentiated or optimised) and
//     returns a scalar node. Gorgonia's Grad then adds the nodes of its gradient.
//  2. A Machine puts the nodes in order. Nodes that compute the same value
//     share one slot; what depends on constants alone is computed once; every
//     slot keeps its buffer from step to step, and none is written by another but
//     those of the parts of a sum of gradients, which is formed in one.
//  3. The Program evaluates: Eval for the value and the watched scalars, Grad
//     for a gradient at the same point.
//
// What Gorgonia lacks is added as a primitive (Prim): a forward rule and a
// pullback, which takes the derivative of the loss with respect to the output
// and returns it with respect to an input. Rules for derivatives live with the
// primitives in op_*.go and nowhere else; the other files are the workbench they share:
// mat.go, products.go and passes.go for matrices, cholesky.go, svd.go, polar.go and
// what is made of these for factorisations, share.go for threads.
//
// All arithmetic is float64. Matrices are row-major, samples in rows.
package graph
