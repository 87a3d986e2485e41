//go:build !((linux || darwin) && (amd64 || arm64) && !android && !ios)

package fastblas

import "errors"

func openSystem() (*library, error) {
	return nil, errors.New("libraries cannot be loaded on this system")
}
