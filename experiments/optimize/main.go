// Command optimize drives one dataset toward another by a similarity score and
// keeps the way.
package main

import "simgrad/experiments"

func main() { experiments.Main(experiments.NewOptimize()) }
