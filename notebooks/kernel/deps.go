//go:build kernel

package main

// What only the overlay imports: the packages that cells reach, and what
// gophernotes' files need. They are here for go.mod.
import (
	_ "github.com/gofrs/uuid"
	_ "github.com/gopherdata/gophernotes/imports"
	_ "golang.org/x/tools/go/packages"
	_ "gonum.org/v1/gonum/mat"
	_ "gonum.org/v1/gonum/stat"
	_ "gorgonia.org/gorgonia"
	_ "gorgonia.org/tensor"

	_ "simgrad/data/probe"
	_ "simgrad/experiments"
	_ "simgrad/experiments/report"
	_ "simgrad/graph"
	_ "simgrad/measures"
	_ "simgrad/optim"
)
