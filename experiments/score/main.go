// Command score compares two datasets by similarity measures, or more of them
// pairwise.
package main

import "simgrad/experiments/studies/score"

func main() { score.New().Main() }
