// Command perturb turns and scales single principal components of a dataset and
// scores the result against the dataset: figure 3c of Cloos et al. 2024.
package main

import (
	"simgrad/experiments"
	"simgrad/experiments/studies/perturb"
)

func main() { experiments.Main(perturb.New()) }
