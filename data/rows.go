package data

import (
	"fmt"
	"io"
	"os"
	"slices"
	"time"
)

// left is activity in a file.
type left struct {
	name  string    // of the array
	shape []int     // time × condition × unit
	since time.Time // when the file was last written, where it is known
}

// leave makes s the activity, and leaves it where it is; the error reads on from the array's
// name.
func (d *Dataset) leave(s *stored) error {
	shape, err := s.activity()
	if err != nil {
		return err
	}
	d.Shape, d.left = s.shape, &left{name: s.name, shape: shape}
	if info, err := os.Stat(d.File); err == nil {
		d.left.since = info.ModTime()
	}
	if n := d.NumSamples(); n < 2 {
		return fmt.Errorf("has %d sample; at least 2 are needed", n)
	}
	return nil
}

// axes are the lengths of the axes of the activity.
func (d *Dataset) axes() []int {
	if d.Activity == nil {
		return d.left.shape
	}
	return d.Activity.Shape()
}

// rowsAtATime is a good number of samples.
const rowsAtATime = 1 << 10

// Each shows the samples of the activity in order, time-major, so many or fewer at a time;
// what it shows is overwritten by the next. Where the activity was left in its file, it is
// read from there, and what cannot be read is the error, as is a file that was written since.
func (d *Dataset) Each(rows int, show func(values []float64) error) error {
	units := d.Units()
	if d.Activity != nil {
		for v := d.Activity.Float64s(); len(v) > 0; {
			k := min(len(v), rows*units)
			if err := show(v[:k]); err != nil {
				return err
			}
			v = v[k:]
		}
		return nil
	}
	f, err := openArchive(d.File)
	if err != nil {
		return fmt.Errorf("data: %s: %w", d.File, err)
	}
	defer f.Close()
	info, err := os.Stat(d.File)
	i := slices.IndexFunc(f.arrays, func(s *stored) bool { return s.name == d.left.name })
	if err != nil || !info.ModTime().Equal(d.left.since) || i < 0 || f.arrays[i].err != nil || !slices.Equal(f.arrays[i].shape, d.Shape) || f.arrays[i].fortran || f.arrays[i].isText() {
		return fmt.Errorf("data: %s: the array has changed while it was read", d.File)
	}
	shown, err := f.arrays[i].rows(rows*units, show)
	switch {
	case shown != nil:
		return shown
	case err != nil:
		return fmt.Errorf("data: %s: %w", d.File, f.named(f.arrays[i], damaged(err)))
	}
	return nil
}

// rows shows the numbers of s, so many at a time; what show says is apart.
func (s *stored) rows(most int, show func(values []float64) error) (shown, err error) {
	values := make([]float64, min(most, s.n))
	b := bytesOf(values)
	if !s.asInMemory() {
		b = make([]byte, len(values)*s.size)
	}
	err = s.reading(func(r io.Reader) error {
		for left := s.n; left > 0; left -= len(values) {
			values = values[:min(left, len(values))]
			b = b[:len(values)*s.size]
			if _, err := io.ReadFull(r, b); err != nil {
				return err
			}
			if !s.asInMemory() {
				decode(s.element, values, b)
			}
			if shown = show(values); shown != nil {
				return shown
			}
		}
		return nil
	})
	return shown, err
}
