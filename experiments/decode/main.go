// Command decode drives noise toward a dataset by each measure and decodes every
// task variable as the score rises: figure 2 of Cloos et al. 2024.
package main

import (
	"simgrad/experiments"
	"simgrad/experiments/studies/decode"
)

func main() { experiments.Main(decode.New()) }
