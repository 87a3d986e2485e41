// Package probe asks questions of datasets: how well a task variable is decoded
// from activity (Decoder, Transfer), which principal components of one dataset
// another one holds (Components), and what remains when the linear trace of a
// task variable is erased (Erase). Nothing here is differentiated.
//
// Activity is time × condition × unit throughout; a task variable is a class for
// each condition. Decoding is done at every time separately and averaged.
package probe
