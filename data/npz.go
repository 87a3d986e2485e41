package data

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
)

// An archive is an open .npy or .npz file.
type archive struct {
	arrays []*stored
	alone  bool     // a .npy file: one array, without a name
	twice  []string // names of more than one array, of which the last is here
	io.Closer
}

// openArchive opens a file of either kind, which its first bytes tell.
func openArchive(file string) (*archive, error) {
	f, err := os.Open(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w%s", withoutPath(err), meantFile(file))
	}
	if err != nil {
		return nil, withoutPath(err)
	}
	a, err := readFile(f)
	if err != nil {
		f.Close()
		return nil, withoutPath(err)
	}
	a.Closer = f
	return a, nil
}

func readFile(f *os.File) (*archive, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if err := otherKind(f.Name(), f); err != nil {
		return nil, err
	}
	return readArchive(f, info.Size())
}

// withoutPath is err without the path of the file, which the caller names.
func withoutPath(err error) error {
	var perr *os.PathError
	if errors.As(err, &perr) {
		return perr.Err
	}
	return err
}

// zipped is how a .npz file begins.
const zipped = "PK"

// beginning is the first bytes of a file, fewer where it is shorter.
func beginning(r io.ReaderAt) (string, error) {
	var b [8]byte
	n, err := r.ReadAt(b[:], 0)
	if err == io.EOF {
		err = nil
	}
	return string(b[:n]), err
}

// readArchive reads the headers of all arrays.
func readArchive(r io.ReaderAt, size int64) (*archive, error) {
	begins, err := beginning(r)
	switch {
	case err != nil:
		return nil, err
	case strings.HasPrefix(begins, magic):
		open := func() (io.ReadCloser, error) { return io.NopCloser(io.NewSectionReader(r, 0, size)), nil }
		return &archive{arrays: []*stored{inspect("", size, open)}, alone: true}, nil
	case !strings.HasPrefix(begins, zipped):
		return nil, errors.New("neither a .npy nor a .npz file: save it with numpy.save or numpy.savez")
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("the .npz file is truncated or damaged (%w): save it again", err)
	}
	a := &archive{}
	at := map[string]int{}
	var members []*zip.File // the last of each name
	for _, f := range z.File {
		name := strings.TrimSuffix(f.Name, ".npy")
		i, known := at[name]
		switch {
		case strings.HasSuffix(name, "/"): // a folder
		case !known:
			at[name] = len(members)
			members = append(members, f)
		default:
			members[i] = f
			if !slices.Contains(a.twice, name) {
				a.twice = append(a.twice, name)
			}
		}
	}
	for _, f := range members {
		s := &stored{name: strings.TrimSuffix(f.Name, ".npy"), err: plausible(f, size)}
		if s.err == nil {
			s = inspect(s.name, int64(f.UncompressedSize64), f.Open)
		}
		a.arrays = append(a.arrays, s)
	}
	return a, nil
}

// plausible refuses a member that is compressed in a way that is not read, or cannot
// have the size that the directory says.
func plausible(f *zip.File, file int64) error {
	const deflates = 1032 // bytes that one byte of deflate becomes at most
	most := f.CompressedSize64
	switch f.Method {
	case zip.Store:
	case zip.Deflate:
		most = min(most, math.MaxInt64/deflates) * deflates
	default:
		return fmt.Errorf("is compressed by method %d of zip, which is not read: save it with numpy.savez or numpy.savez_compressed", f.Method)
	}
	if f.CompressedSize64 > uint64(file) || f.UncompressedSize64 > most {
		return fmt.Errorf("is truncated or damaged (%d bytes of the file cannot hold %d): save the file again", f.CompressedSize64, f.UncompressedSize64)
	}
	return nil
}

// inspect reads the header of an array in a file or member of this size.
func inspect(name string, size int64, open func() (io.ReadCloser, error)) *stored {
	s := &stored{name: name, open: open}
	r, err := open()
	if err != nil {
		s.err = damaged(err)
		return s
	}
	defer r.Close()
	if s.header, s.err = readHeader(r); s.err == nil {
		s.err = s.fits(size)
	}
	return s
}

// named adds the array's name to an error that reads on from it.
func (a *archive) named(s *stored, err error) error {
	if a.alone {
		return err
	}
	return fmt.Errorf("array %q: %w", cut(s.name), err)
}

// all reads all arrays.
func (a *archive) all() (arrays []Array, err error) {
	for _, s := range a.arrays {
		one, err := s.array()
		if err != nil {
			return nil, a.named(s, err)
		}
		arrays = append(arrays, one)
	}
	return arrays, nil
}
