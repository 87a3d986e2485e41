package bench

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"simgrad/experiments/report"
	"simgrad/measures"
)

//go:embed peer.py
var peerScript string

// A peer is a Python process with PyTorch and scikit-learn that answers requests.
type peer struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	stderr bytes.Buffer
	once   sync.Once
	ended  error
}

// A peerEnded is the unexpected end of a peer.
type peerEnded struct{ error }

// startPeer starts a peer with so many threads; it lives until ctx is done.
func startPeer(ctx context.Context, python string, threads int) (*peer, error) {
	p := &peer{cmd: exec.Command(python, "-c", peerScript, strconv.Itoa(threads))}
	p.cmd.Env = peerEnvironment(os.Environ(), threads)
	p.cmd.Stderr = &p.stderr
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, p.end)
	return p, nil
}

// peerEnvironment lets the peer's BLAS choose its best kernel, on so many threads.
// OpenMP's idle threads are to sleep: looking for work, they take the processors
// from those of OpenBLAS.
func peerEnvironment(env []string, threads int) []string {
	env = slices.DeleteFunc(slices.Clone(env), func(s string) bool {
		name, _, _ := strings.Cut(s, "=")
		return tunes(name)
	})
	t := strconv.Itoa(threads)
	return append(env, "OPENBLAS_NUM_THREADS="+t, "OMP_NUM_THREADS="+t, "OMP_WAIT_POLICY=passive")
}

// tunes reports whether a variable of the environment chooses for a BLAS or for
// PyTorch.
func tunes(variable string) bool {
	return slices.ContainsFunc([]string{"OPENBLAS_", "GOTO_", "MKL_", "BLIS_", "OMP_", "ATEN_", "DNNL_"},
		func(prefix string) bool { return strings.HasPrefix(variable, prefix) })
}

func (p *peer) end() {
	p.once.Do(func() {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait() // says that it was killed
	})
}

// errNotApplicable is what the peer says of a form that fails on the data.
type errNotApplicable struct{ error }

// ask sends a request and reads the answer. Errors are errNotApplicable, after
// which the peer lives on, and *peerEnded.
func (p *peer) ask(request map[string]any, answer any) error {
	if p.ended != nil {
		return p.ended
	}
	b, err := json.Marshal(request)
	if err != nil {
		return err
	}
	resume(p.cmd.Process)
	defer pause(p.cmd.Process)
	var line []byte
	if _, err = p.in.Write(append(b, '\n')); err == nil {
		line, err = p.out.ReadBytes('\n')
	}
	if err != nil {
		p.end()
		said := strings.TrimSpace(p.stderr.String())
		if said = said[strings.LastIndex(said, "\n")+1:]; said != "" {
			said = ": " + said
		}
		p.ended = &peerEnded{fmt.Errorf("the Python beside us ended unexpectedly (%v)%s", p.cmd.ProcessState, said)}
		return p.ended
	}
	var failure struct{ Error string }
	if err := json.Unmarshal(line, &failure); err != nil {
		p.end()
		p.ended = &peerEnded{fmt.Errorf("the Python beside us answers %.60q", line)}
		return p.ended
	}
	if failure.Error != "" {
		return errNotApplicable{errors.New(failure.Error)}
	}
	return json.Unmarshal(line, answer)
}

// begin gives the peer an ascent to take in a form, and returns its first scores.
func (p *peer) begin(f peerForm, s *stepper) (scores []float64, err error) {
	var answer struct{ Scores report.Floats }
	err = p.ask(map[string]any{
		"do": "begin", "form": f.Form, "scale": f.Scale, "penalty": f.Penalty, "folds": f.Folds, "single": f.Single,
		"n": s.x.Shape()[0], "p": s.x.Shape()[1], "x": encoded(s.x.Float64s()), "y": encoded(s.y0.Float64s()),
		"down": s.measure.Kind == measures.Distance,
	}, &answer)
	return answer.Scores, err
}

// steps times steps of the ascent, from its start if back is set; single steps are those of the
// one in single precision.
func (p *peer) steps(steps int, back, single bool) (seconds float64, err error) {
	var answer struct{ Seconds float64 }
	err = p.ask(map[string]any{"do": "turn", "steps": steps, "back": back, "single": single}, &answer)
	return answer.Seconds, err
}

// peak returns the memory that the ascent needs at most, in MB; NaN if unknown.
func (p *peer) peak() (float64, error) {
	var answer struct{ MB report.Floats }
	err := p.ask(map[string]any{"do": "peak"}, &answer)
	if err != nil || len(answer.MB) == 0 {
		return math.NaN(), err
	}
	return answer.MB[0], nil
}

// encoded is x as the peer reads it.
func encoded(x []float64) string {
	b := make([]byte, 0, 8*len(x))
	for _, v := range x {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return base64.StdEncoding.EncodeToString(b)
}

// findPeer returns the first Python of PATH that has PyTorch and scikit-learn, or
// the one that is asked for, and what it says of itself. None is no error: what
// says why.
func findPeer(asked string) (python, what string) {
	var candidates []string
	switch asked {
	case "none":
		return "", "none was asked for"
	case "":
		for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
			if file, err := exec.LookPath(filepath.Join(dir, "python3")); err == nil {
				candidates = append(candidates, file)
			}
		}
	default:
		candidates = []string{asked}
	}
	what = "there is no python3"
	for _, file := range candidates {
		about, err := introduce(file)
		if err == nil {
			return file, about
		}
		what = err.Error()
	}
	return "", what
}

// introduce asks a Python for the versions that a comparison depends on.
func introduce(python string) (string, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	p, err := startPeer(ctx, python, 1)
	if err != nil {
		return "", err
	}
	var about struct{ Torch, Sklearn, BLAS string }
	if err := p.ask(map[string]any{"do": "about"}, &about); err != nil {
		return "", err
	}
	return fmt.Sprintf("PyTorch %s, scikit-learn %s, %s", about.Torch, about.Sklearn, about.BLAS), nil
}

// A peerForm is one way to compute a measure in PyTorch.
type peerForm struct {
	Form, Scale string
	Penalty     float64
	Folds       int
	Single      bool // precision
}

// peerForms are the ways to compute a measure on n×p data; none if it is not
// known how.
func peerForms(measure string, n, p int) (forms []peerForm) {
	base, scale := measures.ScalingOf(measure).Base, measures.ScalingOf(measure).Name
	switch base {
	case "cka":
		forms = append(forms, peerForm{Form: "cka-p", Scale: scale})
		if n < 3*p { // beyond, the n×n kernels cost twice as much
			forms = append(forms, peerForm{Form: "cka-n", Scale: scale})
		}
		return forms
	case "nbs":
		if n <= p { // singular values of p×p, and most of them 0, would cost (p/n)² times as much
			return []peerForm{{Form: "nbs-n", Scale: scale}}
		}
		return []peerForm{{Form: "nbs", Scale: scale}}
	case "linreg-r2":
		return []peerForm{{Form: "qr"}, {Form: "chol"}}
	}
	m, err := measures.ByName(base)
	if err != nil || !regression(m) {
		return nil
	}
	f := peerForm{Form: "chol", Penalty: m.Values["lambda"], Folds: int(m.Values["cv"])}
	cross := f.Folds > 0
	if cross {
		f.Form = "folds"
	}
	forms = []peerForm{f}
	if cross && n-(n+f.Folds-1)/f.Folds > p {
		f.Form = "sums"
		forms = append(forms, f)
	}
	return forms
}
