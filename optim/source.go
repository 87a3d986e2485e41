package optim

import "embed"

// Source is the text of this package, by which records know what computed them.
//
//go:embed *.go *.s
var Source embed.FS
