package experiments

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"time"

	"simgrad/data"
	"simgrad/experiments/report"
	"simgrad/graph"
	"simgrad/optim"
)

// checkpointForm is that of the files: what has another is of another version.
const checkpointForm = 2

// A checkpoint is where a cell's optimisation stands, on disk beside where its record will
// be, for a run after one that was killed. It is written whole and renamed, ends with its
// checksum, names the cell and all that computes it, and goes when the record is there.
type checkpoint struct {
	file  string
	of    string // the cell, and what computes it
	say   func(format string, args ...any)
	began time.Time
	spent float64       // seconds of runs before this one, up to where it goes on
	stood time.Time     // when it was last written, or the cell began
	cost  time.Duration // of writing it
	from  *checkpointed // what was there; nil if nothing, or once it is used
}

type checkpointKey struct{}

// checkpointEvery is how long a cell runs, at least, until the next is written, and
// checkpointShare what writing may take of that; after twice as long it may take ten times
// that share, so that a kill costs no more than a minute where writing takes less than a
// quarter of one: 400 MB, of an ascent at 2000 × 500 with its 50 snapshots, three seconds or so.
var checkpointEvery, checkpointShare = 20 * time.Second, 1. / 20

// A checkpointed is what a file has before the states of the optimisation and of its study.
type checkpointed struct {
	Of      string
	Leg     int
	Seconds float64 // that the cell has taken, of all runs

	rest *bufio.Reader
	gob  *gob.Decoder
	done func() error
}

func checkpointIn(folder string) string { return filepath.Join(folder, "checkpoint") }

// checkpointOf is that of a cell, with what a run before has left.
func (r *Results) checkpointOf(c Cell, say func(format string, args ...any)) (*checkpoint, error) {
	b, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	of := kept{Study: r.study, Cell: b, Code: r.code, Formulas: map[string]string{}}
	for _, m := range c.Measures {
		of.Formulas[m.Name] = r.formula(m)
	}
	path, _ := graph.BLAS()
	if b, err = json.Marshal([]any{checkpointForm, of.Study, of.Cell, of.Code, of.Formulas, path, runtime.GOARCH}); err != nil {
		return nil, err
	}
	now := time.Now()
	p := &checkpoint{file: checkpointIn(r.folder(c)), of: sumOf(b), say: say, began: now, stood: now}
	switch from, err := openCheckpoint(p.file); {
	case os.IsNotExist(err):
	case err != nil:
		say("%s: %v; the cell begins anew", p.file, err)
	case from.Of != p.of:
		from.done()
		say("%s is of another version of the code, or of another path of linear algebra than %s; the cell begins anew", p.file, path)
	default:
		p.from = from
	}
	return p, nil
}

// openCheckpoint reads a file as far as its states, having seen that all of it is what was
// written.
func openCheckpoint(file string) (c *checkpointed, err error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	size, sum, said := info.Size()-sha256.Size, sha256.New(), make([]byte, sha256.Size)
	if size < 0 {
		return nil, errSum
	}
	if _, err := io.Copy(sum, io.NewSectionReader(f, 0, size)); err != nil {
		return nil, err
	}
	if _, err := f.ReadAt(said, size); err != nil || !bytes.Equal(said, sum.Sum(nil)) {
		return nil, errSum
	}
	c = &checkpointed{rest: bufio.NewReader(io.NewSectionReader(f, 0, size)), done: f.Close}
	c.gob = gob.NewDecoder(c.rest)
	return c, c.gob.Decode(c)
}

// begin sets state to what it was, if what was there is of this leg, and says where the
// optimisation stood; over is whether it is of a later one.
func (c *checkpoint) begin(leg int, state []any) (from *optim.State, over bool, err error) {
	f := c.from
	if f == nil || f.Leg < leg {
		return nil, false, nil
	}
	if f.Leg > leg {
		return nil, true, nil
	}
	c.from = nil
	defer f.done()
	from = &optim.State{}
	if _, err := from.ReadFrom(f.rest); err != nil {
		return nil, false, c.unread(err)
	}
	for _, v := range state {
		if r, ok := v.(io.ReaderFrom); ok {
			if _, err := r.ReadFrom(f.rest); err != nil {
				return nil, false, c.unread(err)
			}
			continue
		}
		// Into a new value: what is zero, gob leaves as it is.
		was := reflect.New(reflect.TypeOf(v).Elem())
		if err := f.gob.DecodeValue(was); err != nil {
			return nil, false, c.unread(err)
		}
		reflect.ValueOf(v).Elem().Set(was.Elem())
	}
	c.spent = f.Seconds
	c.say("going on from step %d", from.Step)
	return from, false, nil
}

// unread is the error of a checkpoint that is whole and not to be read: state may have some of
// it, so that its cell begins anew another time.
func (c *checkpoint) unread(err error) error {
	return errors.Join(fmt.Errorf("%s cannot be read, and is removed: run the same command again (%w)", c.file, err), os.Remove(c.file))
}

// due is whether the next is written, so long after the last.
func (c *checkpoint) due(passed time.Duration) bool {
	share := checkpointShare
	if passed >= 2*checkpointEvery {
		share *= 10
	}
	return passed >= checkpointEvery && float64(c.cost) <= share*float64(passed)
}

// keep writes the state of a leg, if it is time. A disk that has no room for it costs
// nothing but what a kill would.
func (c *checkpoint) keep(ctx context.Context, leg int, s optim.State, state []any) error {
	if !c.due(time.Since(c.stood)) || ctx.Err() != nil {
		return ctx.Err()
	}
	began := time.Now()
	err := data.WriteFile(c.file, func(w io.Writer) error {
		sum := sha256.New()
		all := io.MultiWriter(w, sum)
		enc := gob.NewEncoder(all)
		if err := enc.Encode(checkpointed{Of: c.of, Leg: leg, Seconds: c.seconds()}); err != nil {
			return err
		}
		if _, err := s.WriteTo(all); err != nil {
			return err
		}
		for _, v := range state {
			var err error
			if own, ok := v.(io.WriterTo); ok {
				_, err = own.WriteTo(all)
			} else {
				err = enc.Encode(v)
			}
			if err != nil {
				return err
			}
		}
		_, err := w.Write(sum.Sum(nil))
		return err
	})
	if err != nil {
		c.say("%s: %v; were the run killed now, the cell would begin anew", c.file, err)
	}
	c.stood, c.cost = time.Now(), time.Since(began)
	return nil
}

// seconds are what the cell has taken: without what was computed and then lost to a kill.
func (c *checkpoint) seconds() float64 { return c.spent + time.Since(c.began).Seconds() }

// close lets go of what was there and not used.
func (c *checkpoint) close() {
	if c.from != nil {
		c.from.done()
	}
}

// sayer says lines of a cell on the monitor's writer.
func (m *monitor) sayer(c Cell) func(format string, args ...any) {
	return func(format string, args ...any) {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.line.close()
		fmt.Fprintf(m.w, "%s: %s: %s\n", m.name, report.Plain(c.String()), report.Plain(fmt.Sprintf(format, args...)))
	}
}
