// Command bench times steps, decodings and figure 2, beside PyTorch and
// scikit-learn where a python3 has them.
package main

import (
	"simgrad/experiments"
	"simgrad/experiments/studies/bench"
)

func main() { experiments.Main(bench.New()) }
