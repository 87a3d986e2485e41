package experiments

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"gorgonia.org/tensor"

	"simgrad/data"
	"simgrad/graph"
	"simgrad/measures"
)

// ScoreMain is the command that scores files against each other, and ends the
// process.
func ScoreMain() {
	os.Exit(command(func(ctx context.Context) int {
		return Score(ctx, os.Args[1:], os.Stdout, os.Stderr)
	}))
}

const scoreUsage = `score compares two datasets or files by every measure, or more of them pairwise.
The first is the reference x. Gradients are those of the score.

  go run ./experiments/score -measures cka,linreg a.npz b.npz
  go run ./experiments/score -json a.npz b.npz c.npz
  go run ./experiments/score -grad gradients.npz a.npz b.npz
  go run ./experiments/score -by stimulus_id a.npz b.npz

It takes seconds.`

// Score is ScoreMain without the process: it returns the exit code.
func Score(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	fs := flag.NewFlagSet("score", flag.ContinueOnError)
	list := fs.String("measures", strings.Join(measures.Names(), ","), "measures, separated by commas: `names` as in the default")
	asJSON := fs.Bool("json", false, "print JSON")
	grad := fs.String("grad", "", "`file`.npz for the gradients of two files: <measure>__gX and <measure>__gY, in the shapes of their activity")
	out := fs.String("out", "", "`folder` for scores.csv")
	by := fs.String("by", "", byUsage)
	files, code := parse(fs, scoreUsage, args, stderr)
	if code >= 0 {
		return code
	}
	if _, err := graph.BLAS(); err != nil {
		return fail(ctx, "score", usage(err), stderr)
	}
	if err := score(ctx, *list, files, *by, *asJSON, *grad, *out, stdout); err != nil {
		return fail(ctx, "score", err, stderr)
	}
	return exitDone
}

// byUsage is what -by takes, in all commands of two datasets.
const byUsage = "align samples by the task variables of these `names`, separated by commas: those that all files have are compared; or order: rows correspond as they are"

// A pairScores is the scores of one pair, as -json prints it.
type pairScores struct {
	X      string     `json:"x"`
	Y      string     `json:"y"`
	BLAS   string     `json:"blas"` // the linear algebra that computed them
	Scores []oneScore `json:"scores"`
	Notes  []string   `json:"notes,omitempty"` // what the data must be read with

	i, j int // places of x and y among the files
}

type oneScore struct {
	Measure string   `json:"measure"`
	Asked   string   `json:"asked,omitempty"`
	Score   *float64 `json:"score,omitempty"`
	Error   string   `json:"error,omitempty"`
	Noise   *float64 `json:"noise,omitempty"` // what noise in y's place scores, if much the same

	m measures.Measure
}

func score(ctx context.Context, list string, files []string, by string, asJSON bool, grad, out string, stdout io.Writer) error {
	ms, err := measures.ByNames(list)
	if err != nil {
		return usage(err)
	}
	asked := measures.Split(list)
	switch {
	case len(files) < 2:
		return usageError("two datasets or files are needed, and %d are given", len(files))
	case grad != "" && len(files) != 2:
		return usageError("-grad takes two files, and %d are given", len(files))
	}
	var sets []*data.Dataset
	for _, file := range files {
		d, err := data.Load(file)
		if err != nil {
			return err
		}
		sets = append(sets, d)
	}
	aligned, err := data.Align(sets, by)
	if err != nil {
		return err
	}
	if own := (&Results{inputs: filesOf(sets)}); grad != "" && own.own(grad) {
		return usageError("-grad %s would replace data that are compared; give another file", grad)
	}
	var pairs []pairScores
	var arrays []data.Array
	scored := false
	for i, x := range aligned {
		for j, y := range aligned {
			if i == j {
				continue
			}
			pair := pairScores{X: x.Name, Y: y.Name, Notes: pairNotes(x, y), i: i, j: j}
			pair.BLAS, _ = graph.BLAS()
			for k, m := range ms {
				// Two files are a reference and another; of more, every pair counts.
				if (i > j && (len(sets) == 2 || m.Symmetric)) || ctx.Err() != nil {
					continue
				}
				one := oneScore{Measure: m.Name, m: m}
				if a := strings.TrimSpace(asked[k]); a != m.Name {
					one.Asked = a
				}
				v, as, err := scoreOne(m, x, y, sets, grad != "")
				if err != nil {
					one.Error = err.Error()
				} else {
					one.Score, scored = &v, true
					if len(sets) == 2 || atBest(m, v) { // of a matrix this would double the time
						one.Noise = noiseLike(m, x.Dataset, y.Dataset, v)
					}
					arrays = append(arrays, as...)
				}
				pair.Scores = append(pair.Scores, one)
			}
			if len(pair.Scores) > 0 {
				pairs = append(pairs, pair)
			}
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := printScores(stdout, pairs, aligned, ms, asJSON); err != nil {
		return err
	}
	if !scored {
		return fmt.Errorf("no measure scored: %s", pairs[0].Scores[0].Error)
	}
	if grad != "" {
		if err := data.WriteArrays(grad, arrays...); err != nil {
			return err
		}
	}
	if out == "" {
		return nil
	}
	t := CSV{Name: "scores", Header: []string{"dataset_x", "dataset_y", "measure", "score"}}
	for _, p := range pairs {
		for _, s := range p.Scores {
			if s.Score != nil {
				t.Rows = append(t.Rows, []any{p.X, p.Y, s.Measure, *s.Score})
			}
		}
	}
	b, err := t.Encode()
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(out, "scores.csv"), b)
}

// scoreOne scores a pair, with the gradients as arrays if they are wanted.
func scoreOne(m measures.Measure, x, y data.Aligned, files []*data.Dataset, gradients bool) (float64, []data.Array, error) {
	if !gradients {
		v, err := m.Eval(x.Samples(), y.Samples())
		return v, nil, err
	}
	v, gx, gy, err := m.Gradient(x.Samples(), y.Samples())
	if err != nil {
		return 0, nil, err
	}
	array := func(side string, g *tensor.Dense, of data.Aligned, file *data.Dataset) data.Array {
		return data.Array{Name: m.Name + "__" + side, Shape: file.Shape, Values: asInFile(g.Float64s(), of, file)}
	}
	return v, []data.Array{array("gX", gx, x, files[0]), array("gY", gy, y, files[1])}, nil
}

// asInFile returns a gradient with the conditions of the file that d was aligned
// from; of those left out it is 0.
func asInFile(g []float64, d data.Aligned, file *data.Dataset) []float64 {
	if d.Kept == nil {
		return g
	}
	units, all := d.Units(), make([]float64, file.NumSamples()*d.Units())
	for t := range d.Times() {
		for i, c := range d.Kept {
			copy(all[(t*file.Conditions()+c)*units:], g[(t*len(d.Kept)+i)*units:][:units])
		}
	}
	return all
}

func printScores(w io.Writer, pairs []pairScores, sets []data.Aligned, ms []measures.Measure, asJSON bool) error {
	if asJSON {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		if len(sets) == 2 {
			return e.Encode(pairs[0])
		}
		return e.Encode(pairs)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, d := range sets {
		kind := ""
		if d.Card.Surrogate {
			kind = "\tSURROGATE data, not a recording"
		}
		fmt.Fprintf(t, "%s\t%s%s\n", plain(d.Name), axes(d.Times(), d.Conditions(), d.Units()), kind)
	}
	fmt.Fprintf(t, "linear algebra\t%s\n\n", pairs[0].BLAS)
	if len(sets) == 2 {
		fmt.Fprintf(t, "measure\tscore\t\n")
		for _, s := range pairs[0].Scores {
			if s.Score == nil {
				fmt.Fprintf(t, "%s\t–\t%s\n", s.Measure, plain(s.Error))
				continue
			}
			fmt.Fprintf(t, "%s\t%.6f\t%s\n", s.Measure, *s.Score, convention(s.m))
		}
		return errors.Join(t.Flush(), printNotes(w, pairs))
	}
	var names []string
	for _, d := range sets {
		names = append(names, d.Name)
	}
	names = shortNames(names)
	for _, m := range ms {
		fmt.Fprintf(t, "%s\t%s\nx \\ y", m.Name, convention(m))
		for _, name := range names {
			fmt.Fprintf(t, "\t%s", plain(name))
		}
		fmt.Fprintln(t)
		for i := range sets {
			fmt.Fprint(t, plain(names[i]))
			for j := range sets {
				fmt.Fprintf(t, "\t%s", cellOf(pairs, m, i, j))
			}
			fmt.Fprintln(t)
		}
		fmt.Fprintln(t)
	}
	return errors.Join(t.Flush(), printNotes(w, pairs))
}

// cellOf is the score of a pair in a matrix; symmetric measures have one of the
// two orders.
func cellOf(pairs []pairScores, m measures.Measure, i, j int) string {
	if i == j {
		return ""
	}
	for _, p := range pairs {
		if !(p.i == i && p.j == j) && !(m.Symmetric && p.i == j && p.j == i) {
			continue
		}
		for _, s := range p.Scores {
			switch {
			case s.Measure != m.Name:
			case s.Score == nil:
				return "–"
			default:
				return fmt.Sprintf("%.6f", *s.Score)
			}
		}
	}
	return "–"
}

// convention is which way a score is up and what it predicts, in a few words.
func convention(m measures.Measure) string {
	direction := "symmetric"
	if !m.Symmetric {
		direction = "predicts x from y"
	}
	return fmt.Sprintf("%s in [%s, %s], %s", m.Kind, limit(m.Range[0]), limit(m.Range[1]), direction)
}
