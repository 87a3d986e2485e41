package bench

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"strconv"

	"simgrad/experiments"
	"simgrad/experiments/report"
	"simgrad/measures"
)

// A comparison is what turns at one piece of work on so many threads showed.
type comparison struct {
	*experiments.Record
	measure string
	shape
	threads int
}

// comparisons are those of a record, by threads.
func comparisons(r *experiments.Record) (all []comparison) {
	for _, t := range r.Frame("readings", "of threads", "value").Where("of", "simgrad").Values("threads") {
		threads, _ := strconv.Atoi(t)
		c := comparison{Record: r, measure: r.Cell.Part, threads: threads}
		if p, ok := r.Cell.Point.(primitive); ok {
			c.measure, c.shape = p.Name, p.shape
		} else if len(r.Cell.Measures) > 0 {
			c.measure = r.Cell.Measures[0].Name
			c.shape = r.Cell.Point.(shape)
		} else {
			c.shape = shape{r.Dataset.Times * r.Dataset.Conditions, r.Dataset.Units}
		}
		all = append(all, c)
	}
	return all
}

func (c comparison) all(of string) []float64 { return readings(c.Record, of, strconv.Itoa(c.threads)) }

// one is the only reading of something, NaN if there is none.
func (c comparison) one(of string) float64 {
	if v := c.all(of); len(v) > 0 {
		return v[0]
	}
	return math.NaN()
}

func least(v []float64) float64 {
	if len(v) == 0 {
		return math.NaN()
	}
	return slices.Min(v)
}

// ratio is how many times as long theirs takes: the median over pairs of turns,
// with the range.
func (c comparison) ratio() (mid, low, high float64) { return c.ratioTo("peer") }

// ratioTo is that of the times of who by ours.
func (c comparison) ratioTo(who string) (mid, low, high float64) {
	own, peers := c.all("simgrad"), c.all(who)
	var ratios []float64
	for i := range min(len(own), len(peers)) {
		ratios = append(ratios, peers[i]/own[i])
	}
	if len(ratios) == 0 {
		return math.NaN(), math.NaN(), math.NaN()
	}
	return median(ratios), slices.Min(ratios), slices.Max(ratios)
}

// form is the peer's fastest.
func (c comparison) form() string {
	name, fastest := "", math.Inf(1)
	for _, f := range c.Frame("forms", "form threads", "ms").Where("threads", strconv.Itoa(c.threads)).Rows {
		if ms := f.Number("ms"); ms < fastest {
			name, fastest = f.Key("form"), ms
		}
	}
	return name
}

// flops are the operations that a step cannot do without, of score and gradient,
// the reference constant; NaN where they are not counted.
func flops(measure string, s shape) float64 {
	n, p := float64(s.n), float64(s.p)
	switch measure {
	case "cka", "cka-angular-score": // by p×p products or by n×n kernels
		return min(7*n*p*p, 3*n*n*p)
	case "nbs", "nbs-squared", "procrustes-angular-score", "procrustes-distance=angular":
		if s.p <= s.n {
			return 4*n*p*p + 40.0/3*p*p*p // two products, and four iterations for the polar factor
		}
	case "linreg-r2":
		if s.p < s.n-1 {
			return 7*n*p*p + 7.0/3*p*p*p
		}
	}
	return math.NaN()
}

// rate is that of the counted operations, in GFLOP/s.
func (c comparison) rate() float64 {
	if c.Cell.Part == partScore { // which reads files and checks
		return math.NaN()
	}
	return flops(c.measure, c.shape) / median(c.all("simgrad")) / 1e6
}

// share is the part of the kernel's speed that counted operations reach.
func (c comparison) share() float64 { return c.rate() / median(c.all("kernel")) }

// times writes a ratio, as 1.62 or 12.3.
func times(v float64) string {
	switch {
	case math.IsNaN(v):
		return "–"
	case v >= 9.95:
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

// milliseconds writes a time to three digits that count, as 0.0200, 16.0 and 4842.
func milliseconds(v float64) string {
	if math.IsNaN(v) || v <= 0 {
		return "–"
	}
	return report.Fixed(v, max(0, 2-int(math.Floor(math.Log10(v)))))
}

// label is the measure's in figures.
func label(measure string) string {
	if m, err := measures.ByName(measure); err == nil {
		return m.Label
	}
	return measure
}

func (s shape) by() string { return fmt.Sprintf("%d×%d", s.n, s.p) }

// A benchmark is all that a run of the study found.
type benchmark struct {
	kernel, figure []*experiments.Record
	step, growth   []comparison
	score          []comparison
	primitives     []comparison
	decode         []comparison
	ascents        []*experiments.Record
	scaling        []*experiments.Record
	settings       benchSettings
}

// Report implements Study.
func (s *Study) Report(records []*experiments.Record) (*report.Report, error) {
	b := &benchmark{settings: records[0].Cell.Settings.(benchSettings)}
	rep := &report.Report{Title: "The cost of a step, of decoding, and of figure 2", Question: "How long does a step take, and how long in PyTorch?"}
	for _, r := range records {
		switch r.Cell.Part {
		case partKernel:
			b.kernel = append(b.kernel, r)
		case partStep:
			b.step = append(b.step, comparisons(r)...)
		case partScore:
			b.score = append(b.score, comparisons(r)...)
		case partPrimitives:
			b.primitives = append(b.primitives, comparisons(r)...)
		case partGrowth:
			b.growth = append(b.growth, comparisons(r)...)
		case partSteps:
			b.ascents = append(b.ascents, r)
		case partScaling:
			b.scaling = append(b.scaling, r)
		case partDecode:
			b.decode = append(b.decode, comparisons(r)...)
			rep.Datasets = append(rep.Datasets, r.Dataset)
		case partFigure:
			b.figure = append(b.figure, r)
		}
	}
	rep.Compared = fmt.Sprintf("steps on normal noise; %s, kernel %s, float64", b.settings.Machine, b.settings.Kernel)
	if b.compared() {
		rep.Compared += "; beside " + b.settings.Peer
	} else {
		rep.Question = "How long does a step take?"
	}
	if len(rep.Datasets) > 0 {
		rep.Compared = "decoding of " + rep.Datasets[0].Short() + "; " + rep.Compared
	}
	rep.Finding = b.finding()
	rep.Figures = []*report.Figure{b.stepFigure(), b.growthFigure()}
	rep.Tables = b.tables()
	rep.CSV = b.csv()
	rep.Conventions = b.conventions()
	return rep, nil
}

// threads is the least number of threads that steps were timed with, in words.
func (b *benchmark) threads() (n int, words string) {
	for _, c := range b.step {
		if n == 0 || c.threads < n {
			n = c.threads
		}
	}
	if n <= 1 {
		return 1, "one thread"
	}
	return n, fmt.Sprintf("%d threads", n)
}

// chosen are the measures that the finding speaks of: those of figure 2 that were timed, and
// if there are none, all that were.
func (b *benchmark) chosen() (names []string) {
	for _, c := range b.step {
		if !slices.Contains(names, c.measure) {
			names = append(names, c.measure)
		}
	}
	if of := slices.DeleteFunc(slices.Clone(names), func(m string) bool { return !slices.Contains(mainMeasures, m) }); len(of) > 0 {
		names = of
	}
	return names
}

// compared reports whether there is a peer.
func (b *benchmark) compared() bool { return b.settings.Without == "" }

// mainMeasures are those that the finding tells of, where they were timed.
var mainMeasures = []string{"cka", "nbs", "procrustes-angular-score", "linreg-r2"}

// An extreme is the least or the most of something, and where it is so.
type extreme struct {
	value float64
	at    comparison
}

// extremes are the least and the most of what of says of the comparisons.
func extremes(all []comparison, of func(comparison) float64) (low, high extreme) {
	for _, c := range all {
		v := of(c)
		switch {
		case math.IsNaN(v):
		case low.at.Record == nil:
			low, high = extreme{v, c}, extreme{v, c}
		case v < low.value:
			low = extreme{v, c}
		case v > high.value:
			high = extreme{v, c}
		}
	}
	return low, high
}

func (e extreme) String() string {
	return fmt.Sprintf("%s on %s × %s", label(e.at.measure), report.Count(e.at.n, "sample"), report.Count(e.at.p, "unit"))
}

// finding answers in a sentence, with the two ends of what was measured; the tables have the
// rest.
func (b *benchmark) finding() (lines []string) {
	threads, onThreads := b.threads()
	chosen := b.chosen()
	var steps, all []comparison
	for _, c := range b.step {
		if c.threads == threads {
			all = append(all, c)
			if slices.Contains(chosen, c.measure) {
				steps = append(steps, c)
			}
		}
	}
	ratio := func(c comparison) float64 {
		mid, _, _ := c.ratio()
		return mid
	}
	if low, high := extremes(steps, ratio); low.at.Record != nil {
		if low.value == high.value {
			lines = append(lines, fmt.Sprintf("For a step (score, gradient, update) PyTorch takes %s times as long: %s, on %s.", times(low.value), low, onThreads))
		} else {
			lines = append(lines, fmt.Sprintf("For a step (score, gradient, update) PyTorch takes %s (%s) to %s (%s) times as long, on %s.", times(low.value), low, times(high.value), high, onThreads))
		}
		if behind, _ := extremes(all, ratio); behind.value < 1 {
			lines = append(lines, fmt.Sprintf("PyTorch is faster for some, most of all for %s: it takes %s times as long.", behind, times(behind.value)))
		} else {
			lines = append(lines, fmt.Sprintf("No step is faster in PyTorch, on %s.", onThreads))
		}
	} else if low, high := extremes(steps, func(c comparison) float64 { return median(c.all("simgrad")) }); low.at.Record != nil {
		line := fmt.Sprintf("A step (score, gradient, update) takes %s ms (%s)", milliseconds(low.value), low)
		if low.value < high.value {
			line += fmt.Sprintf(" to %s ms (%s)", milliseconds(high.value), high)
		}
		lines = append(lines, line+fmt.Sprintf(", on %s.", onThreads), "No peer was timed: "+b.settings.Without+".")
	}
	if _, most := extremes(all, func(c comparison) float64 { return c.one("bytes") }); most.at.Record != nil && most.value > 0 {
		lines = append(lines, fmt.Sprintf("A step allocates at most %.0f bytes.", most.value))
	} else if most.at.Record != nil {
		lines = append(lines, "Steps allocate nothing.")
	}
	if low, high := extremes(b.score, ratio); low.at.Record != nil {
		lines = append(lines, fmt.Sprintf("From two files to their score, numpy takes %s (%s) to %s (%s) times as long.", times(low.value), low, times(high.value), high))
	}
	for _, r := range b.figure {
		line := fmt.Sprintf("The study decode, figure 2 of the paper, on %s takes %.0f s from command to report", r.Cell.Data[0].Name, readings(r, "seconds", "")[0])
		if v := b.figurePeer(r); !math.IsNaN(v) {
			line += fmt.Sprintf("; PyTorch and scikit-learn would need about %.0f s for its steps and decodings alone, shared evenly by %d processes", v, runtime.NumCPU())
		}
		lines = append(lines, line+".")
	}
	return lines
}

// grid is the answer of every size and measure, on the least number of threads: how many
// times as long PyTorch takes, or else milliseconds.
func (b *benchmark) grid() report.Table {
	threads, onThreads := b.threads()
	of, caption := func(c comparison) string {
		mid, _, _ := c.ratio()
		return times(mid)
	}, "How many times as long a step takes in PyTorch"
	if !b.compared() {
		of, caption = func(c comparison) string { return milliseconds(median(c.all("simgrad"))) }, "Milliseconds a step"
	}
	t := report.Table{Key: true, First: !b.compared(), Caption: fmt.Sprintf("%s, on %s, by samples × units.", caption, onThreads), Header: []string{"measure"}}
	for _, c := range b.step {
		if c.threads != threads {
			continue
		}
		column := slices.Index(t.Header, c.by())
		if column < 0 {
			column, t.Header = len(t.Header), append(t.Header, c.by())
		}
		row := slices.IndexFunc(t.Rows, func(r []string) bool { return r[0] == label(c.measure) })
		if row < 0 {
			row, t.Rows = len(t.Rows), append(t.Rows, []string{label(c.measure)})
		}
		for len(t.Rows[row]) <= column {
			t.Rows[row] = append(t.Rows[row], "–")
		}
		t.Rows[row][column] = of(c)
	}
	for i := range t.Rows {
		for len(t.Rows[i]) < len(t.Header) {
			t.Rows[i] = append(t.Rows[i], "–")
		}
	}
	return t
}

// speedups are the work of a cell on two threads and of two cells side by side,
// in the time of one on one thread.
func speedups(r *experiments.Record) (ofTwo, ofBoth float64) {
	var twos, boths []float64
	two, both := readings(r, "two threads", ""), readings(r, "side by side", "")
	for i, one := range readings(r, "one", "") {
		twos = append(twos, one/two[i])
		boths = append(boths, 2*one/both[i])
	}
	return median(twos), median(boths)
}

// figurePeer estimates figure 2's time by the peer, in seconds: the ascents' steps
// and all decodings, from the time of one of each on one thread.
func (b *benchmark) figurePeer(r *experiments.Record) float64 {
	sum := 0.0
	for _, ascent := range r.Frame("ascents", "measure", "steps").Rows {
		each := r.Column("peer", "ms", "measure", ascent.Key("measure"))
		if len(each) == 0 {
			return math.NaN()
		}
		sum += ascent.Number("steps") * each[0]
	}
	for _, c := range b.decode {
		if c.Cell.Data[0] == r.Cell.Data[0] && c.threads == 1 {
			sum += readings(r, "decodings", "")[0] * median(c.all("peer"))
			return sum / 1e3 / float64(runtime.NumCPU())
		}
	}
	return math.NaN()
}

// stepFigure shows all ratios, or how long steps take where there is nothing to compare with.
func (b *benchmark) stepFigure() *report.Figure {
	f := &report.Figure{
		Name: "ratio", Columns: 1, Width: 520, Height: 210, CSV: "summary",
		Caption: "How many times as long a step takes in PyTorch as here: median and range over pairs of turns.",
	}
	axis, lowest, of := "PyTorch's time / ours", 0.9, comparison.ratio
	if !b.compared() {
		f.Name, f.Caption = "step", "How long a step takes, by samples × units: median and range of turns."
		axis, lowest, of = "ms a step", math.Inf(1), func(c comparison) (mid, low, high float64) {
			all := c.all("simgrad")
			return median(all), least(all), slices.Max(all)
		}
	}
	var names []string
	var sizes []shape
	var threads []int
	for _, c := range b.step {
		if !slices.Contains(names, c.measure) {
			names = append(names, c.measure)
		}
		if !slices.Contains(sizes, c.shape) {
			sizes = append(sizes, c.shape)
		}
		if !slices.Contains(threads, c.threads) {
			threads = append(threads, c.threads)
		}
	}
	mark := func(i int) report.Mark {
		if i < 6 {
			return report.NewMark(label(names[i]), report.Hue(i), report.Points)
		}
		return report.NewMark(label(names[i]), report.Hue(i), report.OpenPoints)
	}
	slices.Sort(threads)
	for _, t := range threads {
		p := report.Panel{Title: fmt.Sprintf("%d thread", t), X: "samples × units", Y: axis, LogY: true, XRange: [2]float64{-0.5, float64(len(sizes)) - 0.5}}
		if t > 1 {
			p.Title += "s"
		}
		bottom, top := lowest, 0.0
		if b.compared() {
			top = 2
		}
		for i, size := range sizes {
			p.XTicks = append(p.XTicks, report.NewTick(float64(i), size.by()))
		}
		for _, c := range b.step {
			mid, low, high := of(c)
			if c.threads != t || math.IsNaN(mid) {
				continue
			}
			bottom, top = min(bottom, 0.9*low), max(top, 1.1*high)
			i := slices.Index(names, c.measure)
			x := float64(slices.Index(sizes, c.shape)) + 0.07*(float64(i)-float64(len(names)-1)/2)
			m := mark(i)
			p.Lines = append(p.Lines, report.NewLine(report.NewMark("", m.Colour, report.Solid), []float64{x, x}, []float64{low, high}), report.NewLine(m, []float64{x}, []float64{mid}))
		}
		p.YRange = [2]float64{bottom, top}
		if b.compared() {
			p.YTicks = ratioTicks(bottom, top)
			p.Lines = append(p.Lines, report.NewLine(report.NewMark("", report.Black, report.Dashed), p.XRange[:], []float64{1, 1}))
		}
		f.Panels = append(f.Panels, p)
	}
	for i := range names {
		f.Legend = append(f.Legend, mark(i))
	}
	if b.compared() {
		f.Legend = append(f.Legend, report.NewMark("as long as here", report.Black, report.Dashed))
	}
	return f
}

func ratioTicks(low, high float64) (ticks []report.Tick) {
	for _, v := range []float64{0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200} {
		if v >= low && v <= high {
			ticks = append(ticks, report.NewTick(v, strconv.FormatFloat(v, 'g', -1, 64)))
		}
	}
	return ticks
}

// peak is the highest rate of the kernel on so many threads, in GFLOP/s.
func (b *benchmark) peak(threads int) float64 {
	rate := math.NaN()
	for _, r := range b.kernel {
		for _, v := range r.Column("kernel", "rate", "threads", strconv.Itoa(threads)) {
			if !(v <= rate) {
				rate = v
			}
		}
	}
	return rate
}

// growthFigure shows how cost grows with n, with p and with steps.
func (b *benchmark) growthFigure() *report.Figure {
	first := 1
	if len(b.growth) > 0 {
		first = b.growth[0].threads
	}
	f := &report.Figure{
		Name: "growth", Columns: 3, CSV: "summary",
		Caption: fmt.Sprintf("How the time of a step grows with samples (100 units) and with units (1000 samples), and that of an ascent with its steps (1000 samples × 100 units, ours with compilation), on %s. Dotted: what the additions and multiplications of score and gradient would take at the speed of the fastest matrix product here (%.0f GFLOP/s).", report.Count(first, "thread"), b.peak(first)),
		Legend:  []report.Mark{report.NewMark("ours", 0, report.Solid)},
	}
	if b.compared() {
		f.Legend = append(f.Legend, report.NewMark("PyTorch", 1, report.Solid))
	}
	f.Legend = append(f.Legend, report.NewMark("arithmetic alone", report.Black, report.Dotted))
	for _, name := range grown {
		along := func(axis string, of func(shape) (at int, on bool)) (p report.Panel, any bool) {
			p = report.Panel{Title: label(name), X: axis, Y: "ms a step", LogX: true, LogY: true}
			var x, own, peers, limit []float64
			cs := slices.Clone(b.growth)
			slices.SortStableFunc(cs, func(a, c comparison) int { return a.n*a.p - c.n*c.p })
			for _, c := range cs {
				if at, on := of(c.shape); on && c.measure == name {
					x = append(x, float64(at))
					own = append(own, median(c.all("simgrad")))
					peers = append(peers, median(c.all("peer")))
					limit = append(limit, flops(name, c.shape)/b.peak(c.threads)/1e6)
				}
			}
			p.Lines = curves(x, own, peers)
			p.Lines = append(p.Lines, report.NewLine(report.NewMark("", report.Black, report.Dotted), x, limit))
			return p, len(x) > 0
		}
		if p, any := along("samples", func(s shape) (int, bool) { return s.n, s.p == 100 }); any {
			f.Panels = append(f.Panels, p)
		}
		if p, any := along("units", func(s shape) (int, bool) { return s.p, s.n == 1000 }); any {
			f.Panels = append(f.Panels, p)
		}
		for _, r := range b.ascents {
			if r.Cell.Measures[0].Name == name {
				p := report.Panel{Title: label(name), X: "steps", Y: "seconds", LogX: true, LogY: true}
				p.Lines = curves(r.Column("ascent", "step"), r.Column("ascent", "simgrad"), r.Column("ascent", "peer"))
				size := r.Cell.Point.(shape)
				var limit []float64
				for _, steps := range r.Column("ascent", "step") {
					limit = append(limit, steps*flops(name, size)/b.peak(first)/1e9)
				}
				p.Lines = append(p.Lines, report.NewLine(report.NewMark("", report.Black, report.Dotted), r.Column("ascent", "step"), limit))
				f.Panels = append(f.Panels, p)
			}
		}
	}
	return f
}

// curves are ours and, where there is one, the peer's, with points.
func curves(x, own, peers []float64) (lines []report.Line) {
	for i, y := range [][]float64{own, peers} {
		if len(y) == len(x) && !slices.ContainsFunc(y, math.IsNaN) {
			lines = append(lines, report.NewLine(report.NewMark("", report.Hue(i), report.Solid), x, y), report.NewLine(report.NewMark("", report.Hue(i), report.Points), x, y))
		}
	}
	return lines
}

// single is how many times as long a step takes in PyTorch in single precision.
func single(c comparison) float64 {
	mid, _, _ := c.ratioTo("single")
	return mid
}

func (b *benchmark) tables() (tables []report.Table) {
	ratio := func(c comparison) string {
		mid, low, high := c.ratio()
		if math.IsNaN(mid) {
			return "–"
		}
		return fmt.Sprintf("%s [%s–%s]", times(mid), times(low), times(high))
	}
	step := report.Table{
		Caption: "A step (score, gradient, update): medians of turns and the fastest, PyTorch's in that of our forms which is fastest there (-p: by products of units, -n: of samples), their ratio with its range over pairs of turns, that of PyTorch in float32, which keeps 7 of our 16 digits, bytes that a step of ours allocates, and the most memory that each side needs for data and step.",
		Header:  []string{"measure", "samples × units", "threads", "ours, ms", "fastest", "PyTorch, ms", "fastest", "form", "ratio", "ratio, float32", "bytes", "ours, MB", "PyTorch, MB"},
	}
	for _, c := range b.step {
		step.Rows = append(step.Rows, []string{
			label(c.measure), c.by(), strconv.Itoa(c.threads),
			milliseconds(median(c.all("simgrad"))), milliseconds(least(c.all("simgrad"))),
			milliseconds(median(c.all("peer"))), milliseconds(least(c.all("peer"))), c.form(), ratio(c), times(single(c)),
			fmt.Sprintf("%.0f", c.one("bytes")), megabytes(c.one("our memory")), megabytes(c.one("their memory")),
		})
	}
	score := report.Table{
		Caption: "From two files of normal values to their score, on one thread, ours beside numpy alone: medians, their ratio with its range over pairs of turns, and the most memory that each takes besides.",
		Header:  []string{"measure", "samples × units", "ours, ms", "numpy, ms", "ratio", "ours, MB", "numpy, MB"},
	}
	for _, c := range b.score {
		score.Rows = append(score.Rows, []string{
			label(c.measure), c.by(), milliseconds(median(c.all("simgrad"))), milliseconds(median(c.all("peer"))), ratio(c),
			megabytes(c.one("our memory")), megabytes(c.one("their memory")),
		})
	}
	kernel := report.Table{Caption: "How fast the kernel multiplies two square matrices.", Header: []string{"rows", "threads", "GFLOP/s"}}
	for _, k := range b.kernelRows() {
		kernel.Rows = append(kernel.Rows, []string{fmt.Sprint(k[0]), fmt.Sprint(k[1]), fmt.Sprintf("%.0f", k[2])})
	}
	share := report.Table{Caption: "How near a step of CKA comes to the speed of a matrix product, measured in turns, its operations counted as min(7np², 3n²p) on n samples × p units.", Header: []string{"samples × units", "threads", "step, GFLOP/s", "product, GFLOP/s", "share"}}
	for _, c := range b.step {
		if v := c.share(); !math.IsNaN(v) {
			share.Rows = append(share.Rows, []string{c.by(), strconv.Itoa(c.threads), fmt.Sprintf("%.1f", c.rate()), fmt.Sprintf("%.1f", median(c.all("kernel"))), fmt.Sprintf("%.0f %%", 100*v)})
		}
	}
	scaling := report.Table{Caption: "What a second core brings: milliseconds of a step on one thread, on two, and of two ascents side by side, and how much more work is done in a time.", Header: []string{"measure", "samples × units", "one thread", "two threads", "side by side", "two threads: times the work", "side by side: times the work"}}
	for _, r := range b.scaling {
		two, both := speedups(r)
		size := r.Cell.Point.(shape)
		scaling.Rows = append(scaling.Rows, []string{
			label(r.Cell.Measures[0].Name), size.by(), milliseconds(median(readings(r, "one", ""))), milliseconds(median(readings(r, "two threads", ""))),
			milliseconds(median(readings(r, "side by side", ""))), times(two), times(both),
		})
	}
	decode := report.Table{
		Caption: "Decoding all task variables of one snapshot, beside scikit-learn at its defaults, and how many predictions on the same folds differ from those of scikit-learn run to a tolerance of 10⁻¹⁰.",
		Header:  []string{"dataset", "threads", "ours, ms", "scikit-learn, ms", "ratio", "predictions that differ"},
	}
	for _, c := range b.decode {
		differ := "–"
		if n := readings(c.Record, "predictions", ""); len(n) > 0 {
			differ = fmt.Sprintf("%.0f of %.0f", readings(c.Record, "other predictions", "")[0], n[0])
		}
		decode.Rows = append(decode.Rows, []string{c.Dataset.Short(), strconv.Itoa(c.threads), milliseconds(median(c.all("simgrad"))), milliseconds(median(c.all("peer"))), ratio(c), differ})
	}
	primitives, _ := primitiveTable(b.primitives, ratio)
	for _, t := range []report.Table{b.grid(), step, score, primitives, share, scaling, decode, kernel} {
		if len(t.Rows) > 0 {
			tables = append(tables, t)
		}
	}
	return tables
}

func megabytes(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return fmt.Sprintf("%.1f", max(0, v)) // a few pages may go the other way
}

// kernelRows are side, threads and GFLOP/s.
func (b *benchmark) kernelRows() (rows [][]any) {
	for _, r := range b.kernel {
		for _, product := range r.Frame("kernel", "threads", "size rate").Rows {
			rows = append(rows, []any{product.Number("size"), product.Key("threads"), product.Number("rate")})
		}
	}
	return rows
}

func (b *benchmark) csv() []report.CSV {
	summary := report.CSV{Name: "summary", Header: []string{
		"measure", "n", "p", "threads", "ours_ms", "peer_ms", "ratio", "part", "dataset", "form", "pairs", "ours_min_ms", "peer_min_ms",
		"ratio_low", "ratio_high", "bytes_per_step", "ours_peak_mb", "peer_peak_mb", "gflops", "kernel_gflops", "ratio_float32",
	}}
	for _, c := range slices.Concat(b.step, b.score, b.growth, b.decode) {
		mid, low, high := c.ratio()
		dataset := ""
		if c.Dataset != nil {
			dataset = c.Dataset.Name
		}
		summary.Rows = append(summary.Rows, []any{
			c.measure, c.n, c.p, c.threads, median(c.all("simgrad")), median(c.all("peer")), mid, c.Cell.Part, dataset, c.form(),
			len(c.all("simgrad")), least(c.all("simgrad")), least(c.all("peer")), low, high,
			c.one("bytes"), c.one("our memory"), c.one("their memory"), c.rate(), median(c.all("kernel")), single(c),
		})
	}
	nan := math.NaN()
	for _, r := range b.figure {
		for _, c := range b.decode {
			if threads, _ := b.threads(); c.Cell.Data[0] == r.Cell.Data[0] && c.threads == threads {
				own := 1e3 * readings(r, "seconds", "")[0]
				summary.Rows = append(summary.Rows, []any{
					"figure-2", c.n, c.p, runtime.NumCPU(), own, nan, nan, partFigure, r.Cell.Data[0].Name, "", 1, own, nan, nan, nan, nan, nan, nan, nan, nan, nan,
				})
			}
		}
	}
	scaling := report.CSV{Name: "scaling", Header: []string{"measure", "n", "p", "one_thread_ms", "two_threads_ms", "side_by_side_ms", "gain_two_threads", "gain_side_by_side"}}
	for _, r := range b.scaling {
		two, both := speedups(r)
		s := r.Cell.Point.(shape)
		scaling.Rows = append(scaling.Rows, []any{r.Cell.Measures[0].Name, s.n, s.p, median(readings(r, "one", "")), median(readings(r, "two threads", "")), median(readings(r, "side by side", "")), two, both})
	}
	steps := report.CSV{Name: "steps", Header: []string{"measure", "n", "p", "step", "ours_s", "peer_s"}}
	for _, r := range b.ascents {
		s := r.Cell.Point.(shape)
		for _, mark := range r.Frame("ascent", "", "step simgrad peer").Rows {
			steps.Rows = append(steps.Rows, []any{r.Cell.Measures[0].Name, s.n, s.p, mark.Number("step"), mark.Number("simgrad"), mark.Number("peer")})
		}
	}
	_, primitives := primitiveTable(b.primitives, func(comparison) string { return "" })
	return []report.CSV{summary, scaling, steps, primitives, {Name: "kernel", Header: []string{"side", "threads", "gflops"}, Rows: b.kernelRows()}}
}

func (b *benchmark) conventions() []string {
	lines := []string{
		"A step is the score, its gradient by y and Adam's update, in float64, on normal data; what depends on the reference x alone is computed before. Every turn begins at the same y.",
		"Ours and the peer take turns in one run, in changing order, each turn of at least some milliseconds. A ratio is the median over pairs of turns of theirs by ours.",
		"Timings differ from run to run: the promise of equal bytes for equal seeds does not hold for this study. Cells run one at a time.",
		"Memory is resident memory at its highest, less what the process held before it had the data; counted by the system, in whole pages.",
	}
	if b.compared() {
		lines = append(lines,
			"The peer is a form in PyTorch of our own, not that of a package: the reference's part is computed once, no more is formed than needed, and of several forms (p×p products and n×n kernels of CKA; QR and Cholesky factors of regression) the fastest counts. It must score as we do to 10⁻⁸ at the start and after each of three steps; where it does not, the warnings say so.",
			"The peer's BLAS chooses its own kernel: environment variables that would choose for it are removed. OpenMP's idle threads sleep (OMP_WAIT_POLICY=passive), which is the faster setting for it beside OpenBLAS's threads.",
			"Scores of files are beside numpy alone, by a script of ours: products between samples where units are more, singular values or QR factors elsewhere, files mapped into memory. Ours read, check and hash the files besides. It must score as we do to 10⁻⁸. Of wide data linear regression's 1 is said by its script without a look at them.",
			"Where y has n − 1 units or more, linear regression scores 1 whatever y is; its time at such sizes is that of finding out.")
	}
	return lines
}
