// Command pcdynamics drives noise toward a dataset by each measure and follows
// the principal components it captures: figure 3a and b of Cloos et al. 2024.
package main

import (
	"simgrad/experiments"
	"simgrad/experiments/studies/pcdynamics"
)

func main() { experiments.Main(pcdynamics.New()) }
