// Command joint drives two or more similarity scores to targets at once, and
// searches which values of one another allows: figure 3d of Cloos et al. 2024.
package main

import (
	"simgrad/experiments"
	"simgrad/experiments/studies/joint"
)

func main() { experiments.Main(joint.New()) }
