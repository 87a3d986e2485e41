package measures

import "embed"

// Source is the text of this package, by which records know what computed them; of a measure they know its program.
//
//go:embed measure.go reduce.go
var Source embed.FS
