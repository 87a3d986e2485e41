package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"simgrad/data"
	"simgrad/experiments"
	"simgrad/experiments/report"
	command "simgrad/experiments/studies/score"
	"simgrad/measures"
)

// numpyForm is how the peer scores by a measure with numpy alone; ok is whether it can.
func numpyForm(m measures.Measure) (form map[string]any, ok bool) {
	form = map[string]any{"do": "score", "penalty": m.Values["lambda"], "folds": int(m.Values["cv"])}
	switch {
	case m.Name == "cka", m.Name == "nbs":
		form["measure"] = m.Name
	case m.Family == measures.LinReg.Name && regression(m) && m.Values["cv"] == 0:
		form["measure"] = "linreg"
	case m.Family == measures.Ridge.Name && regression(m) && m.Values["cv"] > 0:
	default:
		return nil, false
	}
	return form, true
}

// regression is whether m is R² of x by linear or ridge regression on y, of a penalty that is
// given and of folds of rows, if of any.
func regression(m measures.Measure) bool {
	_, conditions := m.Values["conditions"]
	_, lambda := m.Values["lambda"]
	return !conditions && m.Directed == "" && strings.Contains(m.Name+"-", "-r2-") && (m.Family == measures.LinReg.Name || m.Family == measures.Ridge.Name && lambda)
}

// score times a score of two files, by our command and by numpy, on one thread.
func (s *Study) score(ctx context.Context, r *experiments.Record, c experiments.Cell) error {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	m, size := c.Measures[0], c.Point.(shape)
	form, _ := numpyForm(m)
	var files []string
	for i, name := range []string{"x", "y"} {
		file := filepath.Join(dir, name+".npy")
		x := data.Array{Shape: []int{size.n, size.p}, Values: data.Gaussian(c.Seed+uint64(i), size.n, size.p).Float64s()}
		if err := data.WriteFile(file, func(w io.Writer) error { return data.EncodeArray(w, x) }); err != nil {
			return err
		}
		form[name], files = file, append(files, file)
	}
	var score float64
	turns := []turn{timed(func() error {
		var said, warnings bytes.Buffer
		if code := command.New().Run(ctx, append([]string{"-json", "-measures", m.Name}, files...), &said, &warnings); code != 0 {
			return errors.New(strings.TrimSpace(warnings.String()))
		}
		var pair struct{ Scores []struct{ Score float64 } }
		if err := json.Unmarshal(said.Bytes(), &pair); err != nil {
			return err
		}
		score = pair.Scores[0].Score
		return nil
	})}
	debug.FreeOSMemory()
	clearPeak()
	held := memory("VmRSS")
	if _, err := turns[0](); err != nil {
		return err
	}
	addReadings(r, "our memory", "1", memory("VmHWM")-held)
	p, err := s.peer(ctx, 1)
	if err != nil {
		return err
	}
	if p != nil {
		most := math.NaN()
		turns = append(turns, func() (float64, error) {
			debug.FreeOSMemory() // what we hold is not theirs to wait for
			var answer struct {
				Score, Seconds float64
				MB             report.Floats
			}
			err := p.ask(form, &answer)
			if err == nil && !(math.Abs(answer.Score-score) <= agreement) {
				err = fmt.Errorf("numpy scores %.10g, where we score %.10g", answer.Score, score)
			}
			if len(answer.MB) > 0 {
				most = answer.MB[0]
			}
			return answer.Seconds, err
		})
		if _, err := turns[1](); errors.As(err, new(errNotApplicable)) {
			r.Warn("%s at %s: numpy does not: %v", m.Name, size, err)
			turns = turns[:1]
		} else if err != nil {
			return err
		}
		addReadings(r, "their memory", "1", most)
	}
	who := []string{"simgrad", "peer"}
	return alternate(ctx, s.Pairs, enough, turns, func(i int, seconds float64) { addReadings(r, who[i], "1", 1e3*seconds) })
}
