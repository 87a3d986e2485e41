package fastblas

import (
	"fmt"
	"os"
	"strings"
	"sync/atomic"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// path is a way to compute: a kernel of this package, the system's BLAS, or,
// with neither, gonum.
type path struct {
	name   string
	kernel *kernel
	system *library
}

// takes reports whether the path is other than gonum and can count as far as
// the numbers given.
func (p *path) takes(n ...int) bool {
	return p.kernel != nil || p.system != nil && p.system.fits(n...)
}

// tiny reports whether m·n·k multiply-adds take gonum less time than a call of
// the system's library.
func (p *path) tiny(m, n, k int) bool {
	const worth = 512 // some 0.5 µs
	return p.system != nil && float64(m)*float64(n)*float64(k) <= worth
}

// hardware lists the kernels for this processor, the best first.
var hardware = embedded

var current atomic.Pointer[path]

func init() { current.Store(embeddedPath()) }

// embeddedPath is the best path that needs nothing from outside.
func embeddedPath() *path {
	for _, kn := range hardware() {
		return &path{name: kn.name, kernel: kn}
	}
	return &path{name: "gonum"}
}

// variable is the environment variable that chooses the path.
const variable = "SIMGRAD_BLAS"

// Use puts a path behind gonum's blas64 and lapack64: the one that SIMGRAD_BLAS
// names, which is avx512, avx2, gonum or system. If it is not set, that is the
// best kernel for this processor; if there is none, the system's BLAS; and if
// there is none of that, gonum. If this machine cannot take the path asked for,
// Use says so, and goes on as if it were not set.
func Use() error {
	name := os.Getenv(variable)
	p, err := choose(name)
	if err != nil {
		err = fmt.Errorf("fastblas: %s=%s: %w", variable, name, err)
		p, _ = choose("") // there is always one
	}
	current.Store(p)
	blas64.Use(Implementation{})
	lapack64.Use(LAPACK{})
	return err
}

// Path names the path in use, as in "avx512" or "system: OpenBLAS 0.3.21
// (SkylakeX)".
func Path() string { return current.Load().name }

// choose returns the path of that name.
func choose(name string) (*path, error) {
	switch name {
	case "":
		p := embeddedPath()
		if p.kernel == nil {
			if lib, err := openSystem(); err == nil {
				return systemPath(lib), nil
			}
		}
		return p, nil
	case "gonum":
		return &path{name: name}, nil
	case "system":
		lib, err := openSystem()
		if err != nil {
			return nil, err
		}
		return systemPath(lib), nil
	}
	var here []string
	for _, kn := range hardware() {
		if kn.name == name {
			return &path{name: name, kernel: kn}, nil
		}
		here = append(here, kn.name)
	}
	choices := strings.Join(append(here, "gonum", "system"), ", ")
	if name == "avx512" || name == "avx2" {
		return nil, fmt.Errorf("this machine has no %s; it has %s", name, choices)
	}
	return nil, fmt.Errorf("no such path; this machine has %s", choices)
}

func systemPath(lib *library) *path { return &path{name: "system: " + lib.name, system: lib} }
