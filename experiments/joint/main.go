// Command joint drives two or more similarity scores to targets at once, and
// searches which values of one another allows: figure 3d of Cloos et al. 2024.
package main

import "simgrad/experiments"

func main() { experiments.Main(experiments.NewJoint()) }
