// Tests of the kernel as Jupyter meets it: installed, started by kernel.json, and
// spoken to over its sockets. Jupyter itself is not needed.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-zeromq/zmq4"
	"github.com/stretchr/testify/require"
)

// An installation is a kernel in a folder of kernels, and the command by which
// its kernel.json starts it.
type installation struct {
	argv         []string
	bin, kernels string
}

// install installs the kernel of the module in dir into the folder to.
func install(dir, to string) (*installation, error) {
	k := &installation{bin: filepath.Join(to, "bin", "simgrad-kernel"), kernels: filepath.Join(to, "kernels")}
	cmd := exec.Command("go", "run", "./install", "-dir", k.kernels, "-bin", k.bin)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, out)
	}
	b, err := os.ReadFile(filepath.Join(k.kernels, "simgrad", "kernel.json"))
	if err != nil {
		return nil, err
	}
	var spec struct {
		Argv []string `json:"argv"`
		Name string   `json:"display_name"`
	}
	if err := json.Unmarshal(b, &spec); err != nil {
		return nil, err
	}
	if spec.Name != "simgrad (Go)" {
		return nil, fmt.Errorf("the kernel is called %q", spec.Name)
	}
	k.argv = spec.Argv
	return k, nil
}

// installed is the kernel of this module, installed once for all tests.
var installed func() (*installation, error)

func TestMain(m *testing.M) {
	to, err := os.MkdirTemp("", "simgrad-kernel-")
	if err != nil {
		log.Fatal(err)
	}
	installed = sync.OnceValues(func() (*installation, error) { return install(".", to) })
	code := m.Run()
	os.RemoveAll(to)
	os.Exit(code)
}

// Every cell of every notebook compiles against the kernel's bindings; a cell
// that does not is named.
func TestCellsCompile(t *testing.T) {
	k, err := installed()
	require.NoError(t, err)
	out, err := exec.Command(k.bin, append([]string{"-check"}, keptNotebooks(t)...)...).CombinedOutput()
	require.NoError(t, err, "%s", out)

	broken := filepath.Join(t.TempDir(), "broken.ipynb")
	require.NoError(t, os.WriteFile(broken, []byte(`{"cells": [
		{"cell_type": "code", "source": ["import \"simgrad/measures\"\n", "x := 1"]},
		{"cell_type": "markdown", "source": ["text"]},
		{"cell_type": "code", "source": ["x++\n", "measures.NoSuchThing()"]}]}`), 0o644))
	out, err = exec.Command(k.bin, "-check", broken).CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "broken.ipynb: code cell 2: line 2: ")
	require.Contains(t, string(out), "NoSuchThing")
}

// A measure written in a cell, with a primitive of its own, is registered, found by
// name and differentiated.
const ownMeasure = `import "simgrad/graph"
y := data.Gaussian(1, 60, 3)
cube := graph.Prim{
	Name:  "cube",
	Shape: func(in []graph.Mat) (int, int, error) { return in[0].Rows, in[0].Cols, nil },
	Forward: func(c *graph.Call) error {
		for i, v := range c.In[0].Data {
			c.Out.Data[i] = v * v * v
		}
		return nil
	},
	Pullback: func(c *graph.Call, i int, g, gin graph.Mat) error {
		for k, v := range c.In[0].Data {
			gin.Data[k] = 3 * v * v * g.Data[k]
		}
		return nil
	},
}
measures.Register(measures.Measure{
	Name: "cubed-cka", Range: [2]float64{0, 1}, Identity: 1,
	Score: func(x, y *graph.Node) *graph.Node { return measures.CKA.Score(graph.Apply(cube, x), graph.Apply(cube, y)) },
})
p := Must(graph.Compile(func(b *graph.Builder) *graph.Node {
	return Must(measures.ByName("cubed-cka")).Score(b.Const("x", x.Activity), b.Param("y", y))
}))
worst := Must(graph.CheckGrad(p, "y", 1e-5))
worst > 0 && worst < 1e-8`

// Types of a cell implement simgrad's interfaces: a recorder, and a study.
const ownTypes = `import (
	"flag"
	"simgrad/experiments"
	"simgrad/experiments/report"
	"simgrad/notebooks"
	"simgrad/optim"
)
type counter struct{ n int }
func (c *counter) Record(p optim.Point) error { c.n++; return nil }
c := &counter{}
Must(optim.Maximize(context.Background(), p, optim.Adam(0.1), optim.Settings{Steps: 2, Recorder: c}))

type study struct{}
func (study) About() experiments.About { return experiments.About{Name: "mine"} }
func (study) Flags(*flag.FlagSet) {}
func (study) Plan(context.Context) ([]experiments.Cell, error) { return []experiments.Cell{{Part: "a"}, {Part: "b"}}, nil }
func (study) Run(ctx context.Context, cell experiments.Cell) (*experiments.Record, error) {
	return &experiments.Record{}, ctx.Err()
}
func (study) Report(records []*experiments.Record) (*report.Report, error) {
	return &report.Report{Title: fmt.Sprintf("%d records of mine", c.n+len(records)-2)}, nil
}
notebooks.Run(study{})`

// What a cell shows, and what it says when it fails.
func TestCells(t *testing.T) {
	k := startInstalled(t)
	const imports = `import (
		"fmt"
		"context"
		"simgrad/data"
		"simgrad/measures"
	)`
	for _, c := range []struct{ cell, shows, fails string }{
		{cell: imports},
		{cell: imports},
		{cell: `x := Must(data.Load("toy2d"))`},
		{cell: `x := Must(data.Load("toy2d")); x.Units()`, shows: "2"},
		{cell: `1.23456789`, shows: "1.23457"},
		{cell: `fmt.Println("π", 1)`, shows: "π 1\n"},
		{cell: `measures.CKA.Eval(x.Activity, x.Activity)`, shows: "1"},
		{cell: `type pair struct{ a, b int }; p := pair{1, 2}; p.b`, shows: "2"},
		{cell: `func double(v int) int { return 2 * v }; double(3)`, shows: "6"},
		{cell: `func double(v int) int { return 2*v + 1 }; double(3)`, shows: "7"},
		{cell: `x`, shows: "toy2d\nshape           10 times × 6 conditions × 2 units"},
		{cell: `Must(data.Load("nowhere"))`, fails: "data: nowhere: no such dataset; "},
		{cell: `measures.ByName("ckaa")`, fails: `measures: "ckaa": `},
		{cell: "y := 1\nundefined + y", fails: "line 2: undefined identifier: undefined; no cell that has run declares it"},
		{cell: `notebooks.Scores(x, x, "cka")`, fails: `undefined identifier: notebooks; it is a package, known once a cell has run import "simgrad/notebooks"`},
		{cell: `import "simgrad/notebooks"`},
		{cell: `notebooks.Scores("toy2d", x, "cka")`, shows: "cka      1.0000"},
		{cell: `notebooks.Scores(x, 3, "cka")`, fails: "notebooks: int cannot be scored; give a dataset, an array, or a name"},
		{cell: `x.Time(0, 6).Where("choice", "-1").Unit(1)`, shows: "6 times × 3 conditions × 1 unit"},
		{cell: `x.Condition(9)`, fails: "data: toy2d has conditions 0 … 5, and no condition 9"},
		{cell: `notebooks.Plot([]float64{1, 2}, []float64{3, 5})`, shows: "3 at 1, 5 at 2"},
		{cell: `notebooks.Plot("x", "y", notebooks.Line("a", nil, []int{4, 7}))`, shows: "a: 4 at 0, 7 at 1"},
		{cell: `notebooks.Scatter(x.Samples(), []float64{3})`, fails: "notebooks: x has 120 values and y 1; a curve needs as many of both"},
		{cell: `notebooks.Heat(x.Samples())`, shows: "60 × 2 values"},
		{cell: `notebooks.Hist(x.Activity)`, shows: "number against value"},
		{cell: "var s []int\ns[3]", fails: "reflect: slice index out of range"},
		{cell: `x.Units()`, shows: "2"},
		{cell: `import "simgrad/nosuch"`, fails: "package simgrad/nosuch is not in the kernel, which has most of Go's own and gonum.org/v1/gonum/mat, gonum.org/v1/gonum/stat, gorgonia.org/gorgonia, gorgonia.org/tensor, simgrad/data, "},
		{cell: `import "slices"`, fails: "package slices is Go's own but generic, and cells know Go up to generics: write a loop, or use package sort"},
		{cell: `func Map[T any](x []T, f func(T) T) []T { return x }`, fails: "line 1: expected '(', found '['; cells know Go up to generics: write the types out in place of type parameters"},
		{cell: `type Pair[T any] struct{ a, b T }`, fails: "found 'IDENT' any; cells know Go up to generics: write the types out"},
		{cell: `for i := range 10 { _ = i }`, fails: "line 1: cannot range over 10 <int>; cells know Go up to generics: write for i := 0; i < 10; i++"},
		{cell: `for i := range func(func(int) bool) {} { _ = i }`, fails: "; cells know Go up to generics: call the function"},
		{cell: "n := []int{1}\nn[0 1]", fails: "line 2: expected ']'"},
		{cell: `min(2, 3) + max(len("abc"), 2)`, shows: "5"},
		{cell: `min(2.5, 3)`, shows: "2.5"},
		{cell: ownMeasure, shows: "true"},
		{cell: ownMeasure, shows: "true"},
		{cell: ownTypes, shows: "3 records of mine\n"},
		{cell: `graph.Compile(func(b *graph.Builder) *graph.Node { return graph.MatMul(b.Const("x", y), b.Const("y", y)) })`, fails: "graph: MatMul: (60, 3) × (60, 3): inner dimensions differ"},
	} {
		shown, failure := k.run(c.cell)
		require.Contains(t, failure, c.fails, c.cell)
		require.Equal(t, c.fails == "", failure == "", "%s: %s", c.cell, failure)
		require.Contains(t, shown, c.shows, c.cell)
		require.Equal(t, c.shows == "", shown == "", "%s: %s", c.cell, shown)
		require.NotContains(t, failure+shown, "<nil>")
		require.NotContains(t, failure, "\n")
	}
}

// An interrupt ends interpreted loops and compiled code that has a context, and
// keeps what cells have made.
func TestInterrupt(t *testing.T) {
	k := startInstalled(t)
	_, failure := k.run(`import "context"; import "time"; n := 0`)
	require.Empty(t, failure)
	for _, endless := range []string{`for { n++ }`, `n++; <-context.Background().Done()`} {
		k.send(k.shell, "execute_request", map[string]any{"code": endless, "silent": false, "stop_on_error": true})
		time.Sleep(300 * time.Millisecond)
		k.send(k.control, "interrupt_request", map[string]any{})
		_, failure = k.result()
		require.Contains(t, failure, "interrupted", endless)
	}
	// Cells sent before a failure was known are not run.
	for _, cell := range []string{`time.Sleep(300 * time.Millisecond); panic("broken")`, `n = 0`} {
		k.send(k.shell, "execute_request", map[string]any{"code": cell, "silent": false, "stop_on_error": true})
	}
	_, failure = k.result()
	require.Equal(t, "broken", failure)
	shown, failure := k.run(`n > 1`)
	require.Empty(t, failure)
	require.Equal(t, "true", shown)
}

// A kernel ends after the Jupyter that started it, also one that was killed.
func TestEndsWithJupyter(t *testing.T) {
	k, err := installed()
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	file := filepath.Join(t.TempDir(), "connection.json")
	require.NoError(t, os.WriteFile(file, fmt.Appendf(nil, `{"transport": "tcp", "ip": "127.0.0.1", "hb_port": %d}`, l.Addr().(*net.TCPAddr).Port), 0o600)) // the others: any
	args := append(append([]string{"-c", `JPY_PARENT_PID=$$ "$@" & echo $!; wait`, "sh"}, k.argv[:len(k.argv)-1]...), file)
	cmd := exec.Command("sh", args...)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	var pid int
	_, err = fmt.Fscan(out, &pid)
	require.NoError(t, err)
	kernel, err := os.FindProcess(pid)
	require.NoError(t, err)
	t.Cleanup(func() { _ = kernel.Kill(); _ = cmd.Wait() })
	require.Eventually(t, func() bool { // until it serves
		c, err := net.Dial("tcp", l.Addr().String())
		return err == nil && c.Close() == nil
	}, 2*time.Minute, 100*time.Millisecond)
	require.NoError(t, cmd.Process.Kill())
	ended := make(chan struct{})
	go func() { // the kernel holds its end of the pipe as long as it lives
		defer close(ended)
		_, _ = io.Copy(io.Discard, out)
	}()
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Fatal("the kernel lives on")
	}
}

// The kernel holds simgrad as it is when it starts; where simgrad does not build,
// as it last was, and says so.
func TestRebuild(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a copy of the repository")
	}
	root := t.TempDir()
	require.NoError(t, os.CopyFS(filepath.Join(root, "simgrad"), os.DirFS("../..")))
	k, err := install(filepath.Join(root, "simgrad", "notebooks", "kernel"), root)
	require.NoError(t, err)
	cka := filepath.Join(root, "simgrad", "measures", "cka.go")
	source, err := os.ReadFile(cka)
	require.NoError(t, err)
	label := func() string {
		shown, failure := start(t, k.argv, t.TempDir()).run(`import "simgrad/measures"; measures.CKA.Source`)
		require.Empty(t, failure)
		return shown
	}
	require.Equal(t, "Kornblith et al. 2019, section 3", label())
	require.NoError(t, os.WriteFile(cka, []byte(strings.ReplaceAll(string(source), "Kornblith et al. 2019, section 3", "changed")), 0o644))
	require.Equal(t, "changed", label())
	require.NoError(t, os.WriteFile(cka, []byte("package measures\n\nvar CKA = nonsense\n"), 0o644))
	require.Regexp(t, "(?s)simgrad did not build.*measures/cka.go:3:11: undefined: nonsense.*changed", label())
}

// A client is Jupyter's side of a kernel.
type client struct {
	t                     *testing.T
	shell, control, iopub zmq4.Socket
	messages              chan message // of iopub
	count                 int
}

type message struct {
	kind    string
	parent  string
	content map[string]any
}

func startInstalled(t *testing.T) *client {
	k, err := installed()
	require.NoError(t, err)
	return start(t, k.argv, t.TempDir())
}

// start starts the kernel in dir as kernel.json says.
func start(t *testing.T, argv []string, dir string) *client {
	ctx, cancel := context.WithCancel(t.Context())
	c := &client{t: t, shell: zmq4.NewDealer(ctx), control: zmq4.NewDealer(ctx), iopub: zmq4.NewSub(ctx), messages: make(chan message, 100)}
	connection := map[string]any{"transport": "tcp", "ip": "127.0.0.1", "key": "", "signature_scheme": "hmac-sha256"}
	address := map[string]string{}
	for _, name := range []string{"shell", "control", "iopub", "stdin", "hb"} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		address[name] = "tcp://" + l.Addr().String()
		connection[name+"_port"] = l.Addr().(*net.TCPAddr).Port
		require.NoError(t, l.Close())
	}
	b, err := json.Marshal(connection)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "connection.json")
	require.NoError(t, os.WriteFile(file, b, 0o600))
	args := append([]string(nil), argv[1:]...)
	args[len(args)-1] = file
	cmd := exec.CommandContext(ctx, argv[0], args...)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // killed, and so in error
	})
	for name, s := range map[string]zmq4.Socket{"shell": c.shell, "control": c.control, "iopub": c.iopub} {
		require.Eventually(t, func() bool { return s.Dial(address[name]) == nil }, 2*time.Minute, 100*time.Millisecond)
	}
	require.NoError(t, c.iopub.SetOption(zmq4.OptionSubscribe, ""))
	go func() {
		for {
			m, err := c.iopub.Recv()
			if err != nil {
				return
			}
			c.messages <- parse(m)
		}
	}()
	for _, s := range []zmq4.Socket{c.shell, c.control} {
		go func() { // replies are not looked at
			for {
				if _, err := s.Recv(); err != nil {
					return
				}
			}
		}()
	}
	for { // until iopub hears
		c.send(c.shell, "kernel_info_request", map[string]any{})
		select {
		case <-c.messages:
			for c.idle() {
			}
			return c
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// idle drops a message if there is one soon.
func (c *client) idle() bool {
	select {
	case <-c.messages:
		return true
	case <-time.After(300 * time.Millisecond):
		return false
	}
}

func parse(m zmq4.Msg) (parsed message) {
	for i, f := range m.Frames {
		if string(f) != "<IDS|MSG>" {
			continue
		}
		var header, parent struct {
			ID   string `json:"msg_id"`
			Kind string `json:"msg_type"`
		}
		_ = json.Unmarshal(m.Frames[i+2], &header) // what is no message is none of any kind
		_ = json.Unmarshal(m.Frames[i+3], &parent)
		_ = json.Unmarshal(m.Frames[i+5], &parsed.content)
		parsed.kind, parsed.parent = header.Kind, parent.ID
		break
	}
	return parsed
}

func (c *client) send(s zmq4.Socket, kind string, content map[string]any) {
	c.count++
	header, err := json.Marshal(map[string]string{"msg_id": fmt.Sprint(c.count), "msg_type": kind, "session": "test", "version": "5.3"})
	require.NoError(c.t, err)
	body, err := json.Marshal(content)
	require.NoError(c.t, err)
	require.NoError(c.t, s.SendMulti(zmq4.NewMsgFrom([]byte("<IDS|MSG>"), nil, header, []byte("{}"), []byte("{}"), body)))
}

// run runs a cell and returns what it shows, as text, and its error.
func (c *client) run(code string) (shown, failure string) {
	c.send(c.shell, "execute_request", map[string]any{"code": code, "silent": false, "stop_on_error": true})
	return c.result()
}

// result waits for the end of the running cell.
func (c *client) result() (shown, failure string) {
	started := false
	for {
		select {
		case m := <-c.messages:
			switch m.kind {
			case "execute_input":
				started = true
			case "stream":
				shown += m.content["text"].(string)
			case "error":
				failure = m.content["evalue"].(string)
			case "display_data", "execute_result":
				shown += m.content["data"].(map[string]any)["text/plain"].(string)
			case "status":
				if started && m.content["execution_state"] == "idle" {
					return shown, failure
				}
			}
		case <-time.After(time.Minute):
			require.Fail(c.t, "the cell does not end")
		}
	}
}
