package inference

import "embed"

// Source is the text of this package, by which records know what computed them.
//
//go:embed *.go
var Source embed.FS
