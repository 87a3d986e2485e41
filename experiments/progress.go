package experiments

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"simgrad/experiments/report"
	"simgrad/graph"

	"golang.org/x/term"
)

// A monitor shows how far a study is: on a terminal one line that changes, in a
// pipe one line a finished cell.
type monitor struct {
	mu       sync.Mutex
	w        io.Writer
	name     string
	terminal bool
	total    int // cells of the plan
	kept     int // of which had a record before
	done     int // of which have one now
	workers  int
	start    time.Time
	shown    time.Time
	running  map[string]string // cell → where it stands
	busy     int               // cells under way
	threads  int               // that products might take before
}

func newMonitor(name string, total, kept, workers int, w io.Writer) *monitor {
	m := &monitor{w: w, name: name, total: total, kept: kept, done: kept, workers: workers, start: time.Now(), running: map[string]string{}, threads: graph.Threads(1)}
	if f, ok := w.(*os.File); ok {
		m.terminal = term.IsTerminal(int(f.Fd()))
	}
	if kept > 0 && kept < total {
		fmt.Fprintf(w, "%s: going on: %d of %d cells are there\n", name, kept, total)
	}
	return m
}

type (
	watchKey   struct{}
	scratchKey struct{}
	countKey   struct{}
)

// Count shows how far a command without cells is, on a terminal.
func Count(ctx context.Context, done, of int) {
	if f, ok := ctx.Value(countKey{}).(func(done, of int)); ok {
		f(done, of)
	}
}

// counting is a ctx whose counts are shown on w, if that is a terminal; end takes the line
// away.
func counting(ctx context.Context, name string, w io.Writer) (with context.Context, end func()) {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return ctx, func() {}
	}
	m := newMonitor(name, 0, 0, 1, w)
	count := func(done, of int) {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.done, m.total = done, of
		m.show(Cell{}, done == of)
	}
	return context.WithValue(ctx, countKey{}, count), m.close
}

// Scratch is a folder on the disk that results go to, for what a cell makes that is more
// than memory holds.
func Scratch(ctx context.Context) string {
	if dir, ok := ctx.Value(scratchKey{}).(string); ok {
		return dir
	}
	return os.TempDir()
}

// Progress tells the monitor of ctx, if there is one, where its cell stands.
func Progress(ctx context.Context, step int, score float64) {
	if f, ok := ctx.Value(watchKey{}).(func(int, float64)); ok {
		f(step, score)
	}
}

// watch returns what the cell calls at its steps.
func (m *monitor) watch(c Cell) func(step int, score float64) {
	return func(step int, score float64) {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.running[c.String()] = fmt.Sprintf("step %d, score %.3f", step, score)
		m.show(c, false)
	}
}

func (m *monitor) begin(c Cell) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.running[c.String()] = "begins"
	m.busy++
	m.share()
	m.show(c, false)
}

// leave ends a cell, done or not.
func (m *monitor) leave() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.busy--
	m.share()
}

// share gives every cell under way its part of the processors: large products of
// one that runs alone are shared between threads.
func (m *monitor) share() { graph.Threads(runtime.GOMAXPROCS(0) / max(1, m.busy)) }

func (m *monitor) end(c Cell, r *Record) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.done++
	delete(m.running, c.String())
	if m.terminal {
		m.show(c, true)
		return
	}
	outcome := ""
	var steps, scores []float64
	for _, f := range r.Frames {
		if slices.Contains(f.Numbers, "step") && slices.Contains(f.Numbers, "score") {
			steps, scores = f.Column("step"), f.Column("score")
		}
	}
	if len(scores) > 0 {
		outcome = fmt.Sprintf(" to score %.4f at step %.0f", report.Last(scores), report.Last(steps))
	}
	fmt.Fprintf(m.w, "%s: %d/%d %s%s, %.1f s%s\n", m.name, m.done, m.total, report.Plain(c.String()), outcome, r.Seconds, m.left())
}

// show redraws the terminal's line, at most ten times a second.
func (m *monitor) show(c Cell, now bool) {
	if !m.terminal || (!now && time.Since(m.shown) < 100*time.Millisecond) {
		return
	}
	m.shown = time.Now()
	line := fmt.Sprintf("%s: %d/%d", m.name, m.done, m.total)
	if where, ok := m.running[c.String()]; ok {
		line += fmt.Sprintf(" · %s: %s", report.Plain(c.String()), where)
	}
	line += m.left()
	if width, _, err := term.GetSize(int(m.w.(*os.File).Fd())); err == nil {
		if runes := []rune(line); len(runes) >= width && width > 1 {
			line = string(runes[:width-1])
		}
	}
	fmt.Fprintf(m.w, "\r\x1b[2K%s", line)
}

// left estimates the time to go from the cells done so far.
func (m *monitor) left() string {
	ran := m.done - m.kept
	if ran < m.workers || m.done == m.total {
		return ""
	}
	left := time.Since(m.start) * time.Duration(m.total-m.done) / time.Duration(ran)
	return fmt.Sprintf("; about %s left", left.Round(time.Second))
}

func (m *monitor) close() {
	graph.Threads(m.threads)
	if m.terminal {
		fmt.Fprint(m.w, "\r\x1b[2K")
	}
}
