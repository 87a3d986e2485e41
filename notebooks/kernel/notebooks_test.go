package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// jupyter returns a function that executes a notebook with Jupyter's nbconvert
// and a kernel newly installed; without Jupyter it skips the test.
func jupyter(t *testing.T) (execute func(notebook string) (executed string, err error)) {
	if testing.Short() {
		t.Skip("runs notebooks")
	}
	if _, err := exec.LookPath("jupyter-nbconvert"); err != nil {
		t.Skip("jupyter-nbconvert is not installed; Debian's package of that name has it")
	}
	k, err := installed()
	require.NoError(t, err)
	return func(notebook string) (string, error) {
		executed := filepath.Join(t.TempDir(), "executed.ipynb")
		cmd := exec.Command("jupyter-nbconvert", "--to", "notebook", "--execute", "--ExecutePreprocessor.timeout=600", "--output", executed, notebook)
		cmd.Env = append(os.Environ(), "JUPYTER_PATH="+filepath.Dir(k.kernels))
		out, err := cmd.CombinedOutput()
		if err != nil {
			err = fmt.Errorf("%w\n%s", err, out)
		}
		return executed, err
	}
}

// keptNotebooks are the project's, without what nbconvert may have left.
func keptNotebooks(t *testing.T) (files []string) {
	all, err := filepath.Glob("../*.ipynb")
	require.NoError(t, err)
	for _, file := range all {
		if !strings.HasSuffix(file, ".nbconvert.ipynb") {
			files = append(files, file)
		}
	}
	require.Len(t, files, 4)
	return files
}

// Jupyter runs every notebook, and the outputs are those that are kept, numbers
// within tolerance and pictures aside.
func TestNotebooksRun(t *testing.T) {
	execute := jupyter(t)
	for _, kept := range keptNotebooks(t) {
		t.Run(filepath.Base(kept), func(t *testing.T) {
			executed, err := execute(kept)
			require.NoError(t, err)
			want, got := outputs(t, kept), outputs(t, executed)
			require.Len(t, got, len(want))
			for i := range want {
				require.NoError(t, alike(want[i], got[i]), "code cell %d", i+1)
			}
		})
	}
}

// A cell that fails makes nbconvert fail, with the cell's error.
func TestBrokenNotebook(t *testing.T) {
	execute := jupyter(t)
	b, err := os.ReadFile("../01-first-score.ipynb")
	require.NoError(t, err)
	broken := filepath.Join(t.TempDir(), "broken.ipynb")
	b = []byte(strings.Replace(string(b), `data.Load(\"toy2d\")`, `data.Load(\"toy3d\")`, 1))
	require.NoError(t, os.WriteFile(broken, b, 0o644))
	_, err = execute(broken)
	require.ErrorContains(t, err, "data: toy3d: no such dataset")
}

// Kept notebooks are whole: every cell has run, in order, and no output holds a
// path of the machine that ran it.
func TestNotebooksKept(t *testing.T) {
	for _, file := range keptNotebooks(t) {
		b, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NotRegexp(t, `"[^"]*/(home|root|tmp|usr|work|Users)/`, string(b), file)
		for i, c := range cells(t, file) {
			require.Equal(t, i+1, c.Count, "%s: code cell %d was not run in order", file, i+1)
		}
	}
}

type cell struct {
	Kind    string `json:"cell_type"`
	Count   int    `json:"execution_count"`
	Outputs []struct {
		Kind  string           `json:"output_type"`
		Text  lines            `json:"text"`
		Value string           `json:"evalue"`
		Data  map[string]lines `json:"data"`
	} `json:"outputs"`
}

// lines are a text that nbformat may cut into lines.
type lines string

// UnmarshalJSON implements json.Unmarshaler.
func (l *lines) UnmarshalJSON(b []byte) error {
	var many []string
	if json.Unmarshal(b, &many) == nil {
		*l = lines(strings.Join(many, ""))
		return nil
	}
	return json.Unmarshal(b, (*string)(l))
}

// cells returns the code cells of a notebook.
func cells(t *testing.T, file string) (code []cell) {
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	var notebook struct{ Cells []cell }
	require.NoError(t, json.Unmarshal(b, &notebook), file)
	for _, c := range notebook.Cells {
		if c.Kind == "code" {
			code = append(code, c)
		}
	}
	return code
}

// outputs returns what each code cell of a notebook says, in words: pictures by
// their text, and that there is one.
func outputs(t *testing.T, file string) (texts []string) {
	for _, c := range cells(t, file) {
		text := ""
		for _, o := range c.Outputs {
			said := string(o.Text) + o.Value + string(o.Data["text/plain"])
			if said == "" && o.Data["image/png"] == "" {
				continue // a study's progress, which is over
			}
			text += said + "\n"
			if o.Data["image/png"] != "" {
				text += "picture\n"
			}
		}
		texts = append(texts, text)
	}
	return texts
}

var numeral = regexp.MustCompile(`[-−]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?`)

// alike says where two texts differ by more than the linear algebra of another
// machine may make them: in words, or in numbers by more than 0.03 and 3 %.
func alike(want, got string) error {
	words := func(s string) string { return strings.Join(strings.Fields(numeral.ReplaceAllString(s, "#")), " ") }
	if w, g := words(want), words(got); w != g {
		return fmt.Errorf("the words differ:\n%s\n%s", w, g)
	}
	g := numeral.FindAllString(got, -1)
	for i, w := range numeral.FindAllString(want, -1) {
		a, b := number(w), number(g[i])
		if math.Abs(a-b) > 0.03+0.03*math.Abs(a) {
			return fmt.Errorf("number %d was %s and is %s:\n%s\n%s", i+1, w, g[i], want, got)
		}
	}
	return nil
}

func number(s string) float64 {
	v, err := strconv.ParseFloat(strings.Replace(s, "−", "-", 1), 64)
	if err != nil {
		return math.NaN()
	}
	return v
}

func TestAlike(t *testing.T) {
	require.NoError(t, alike("score 0.912\n  at 20", "score 0.915   at 20"))
	require.NoError(t, alike("decoded at .56", "decoded at .57"))
	require.Error(t, alike("decoded at .56", "decoded at .61"))
	require.Error(t, alike("score 0.9", "scores 0.9"))
	require.Error(t, alike("20 steps", "22 steps"))
	require.Error(t, alike("−0.2", "0.2"))
	require.Error(t, alike("picture", ""))
}
