package graph

import "embed"

// Source is the text of this package, by which records know what computed them.
//
//go:embed *.go internal/fastblas/*.go internal/fastblas/*.s internal/crew/*.go
var Source embed.FS
