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

	"simgrad/data"
	"simgrad/experiments/report"
	"simgrad/graph"

	"golang.org/x/term"
)

// A liveLine is one that changes: on a terminal, or where a Watch has it shown.
type liveLine struct {
	show  func(text string) // nil where there is none
	shown time.Time
}

type watcherKey struct{}

// Watch is a ctx under which the line of how far a study is goes to show, again and again,
// and at its end "".
func Watch(ctx context.Context, show func(line string)) context.Context {
	return context.WithValue(ctx, watcherKey{}, show)
}

// lineOn is the line of ctx's watcher, or of w if that is a terminal.
func lineOn(ctx context.Context, w io.Writer) *liveLine {
	if show, ok := ctx.Value(watcherKey{}).(func(string)); ok {
		return &liveLine{show: show}
	}
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return &liveLine{}
	}
	return &liveLine{show: func(text string) {
		width := columns
		if of, _, err := term.GetSize(int(f.Fd())); err == nil && of > 1 {
			width = min(of-1, columns)
		}
		fmt.Fprintf(w, "\r\x1b[2K%s", report.Cut(text, width))
	}}
}

// draw shows a text, at most ten times a second unless it must be now.
func (l *liveLine) draw(text func() string, now bool) {
	if l.show == nil || (!now && time.Since(l.shown) < 100*time.Millisecond) {
		return
	}
	l.shown = time.Now()
	l.show(text())
}

func (l *liveLine) close() {
	if l.show != nil {
		l.show("")
	}
}

// A monitor shows how far a study is: in one line that changes, or in a pipe in one line a
// finished cell. Time left comes first.
type monitor struct {
	mu       sync.Mutex
	w        io.Writer
	line     *liveLine
	name     string
	cells    []Cell // of the plan
	state    []cellState
	done     int // cells that have a record
	workers  int
	forecast forecast
	busy     int // cells under way
	threads  int // that products might take before
	announce func(*Record) string
}

// A cellState is how far a cell is.
type cellState struct {
	done  bool
	began time.Time // zero before
	where string
}

// newMonitor is a monitor of the cells, of which some have a record already.
func newMonitor(ctx context.Context, name string, cells []Cell, kept []*Record, workers int, w io.Writer) *monitor {
	m := &monitor{w: w, line: lineOn(ctx, w), name: name, cells: cells, state: make([]cellState, len(cells)), workers: workers, threads: graph.Threads(1)}
	for i, r := range kept {
		if r != nil {
			m.state[i].done = true
			m.done++
			m.forecast.add(cells[i], r.Seconds)
		}
	}
	if m.done > 0 && m.done < len(cells) {
		fmt.Fprintf(w, "%s: going on: %d of %d cells are there\n", name, m.done, len(cells))
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
	line, start := lineOn(ctx, w), time.Now()
	var mu sync.Mutex
	count := func(done, of int) {
		mu.Lock()
		defer mu.Unlock()
		line.draw(func() string {
			left := time.Since(start).Seconds() * float64(of-done) / float64(max(1, done))
			return fmt.Sprintf("%s: about %s left · %d of %d", name, duration(left), done, of)
		}, done == of)
	}
	return context.WithValue(ctx, countKey{}, count), line.close
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

// watch returns what the cell at i calls at its steps.
func (m *monitor) watch(i int) func(step int, score float64) {
	return func(step int, score float64) {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.state[i].where = fmt.Sprintf(": step %d, score %.3f", step, score)
		m.draw(i, false)
	}
}

func (m *monitor) begin(i int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.state[i].began = time.Now()
	m.busy++
	m.share()
	m.draw(i, false)
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

func (m *monitor) end(i int, r *Record) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.done++
	m.state[i].done, m.state[i].where = true, ""
	m.forecast.add(m.cells[i], r.Seconds)
	m.tell(r)
	m.draw(i, true)
	if m.line.show != nil {
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
	fmt.Fprintf(m.w, "%s%s, %.1f s\n", m.said(i), outcome, r.Seconds)
}

// tell prints what is to be said of a record at once.
func (m *monitor) tell(r *Record) {
	if m.announce == nil {
		return
	}
	if text := m.announce(r); text != "" {
		m.line.close()
		fmt.Fprint(m.w, text)
	}
}

// said is how far the study is, and what the cell at i is: time left first.
func (m *monitor) said(i int) string {
	return fmt.Sprintf("%s: %s%d/%d %s", m.name, m.left(), m.done, len(m.cells), report.Plain(m.cells[i].words(shown)))
}

func (m *monitor) draw(i int, now bool) {
	m.line.draw(func() string { return m.said(i) + m.state[i].where }, now)
}

// left is the time to go: of each cell what those like it took, less what it has had. Where
// none like it has ended, it may be more.
func (m *monitor) left() string {
	if m.done == len(m.cells) {
		return ""
	}
	sum, longest, about := 0., 0., "about"
	for i, c := range m.cells {
		if m.state[i].done {
			continue
		}
		seconds, known := m.forecast.of(c)
		if !known {
			about = "more than"
		}
		if began := m.state[i].began; !began.IsZero() {
			seconds -= time.Since(began).Seconds()
		}
		sum, longest = sum+max(0, seconds), max(longest, seconds)
	}
	seconds := max(longest, sum/float64(m.workers))
	if about == "more than" && seconds < 1 {
		return ""
	}
	return fmt.Sprintf("%s %s left · ", about, duration(seconds))
}

// shown is a dataset's name in a line: of a file without its folder.
func shown(d *data.Dataset) string {
	if d.File == "" {
		return d.Name
	}
	return report.ShortNames([]string{d.Name})[0]
}

func (m *monitor) close() {
	graph.Threads(m.threads)
	m.line.close()
}
