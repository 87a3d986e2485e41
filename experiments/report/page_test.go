package report

import (
	"context"
	"fmt"
	"html/template"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"simgrad/data"
)

// A visit is a page in a browser, and what went wrong there.
type visit struct {
	*testing.T
	ctx context.Context

	mu   sync.Mutex
	said []string
}

// browse starts Chromium; tests step aside where there is none.
func browse(t *testing.T) context.Context {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	file := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			file = found
			break
		}
	}
	if file == "" {
		t.Skip("no Chromium to open pages in")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(file), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()), chromedp.WSURLReadTimeout(time.Minute))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	require.NoError(t, chromedp.Do(ctx))
	return ctx
}

// open opens a page in a tab of 1200 × 800.
func open(t *testing.T, browser context.Context, html []byte, before ...chromedp.Action[chromedp.Void]) *visit {
	file := filepath.Join(t.TempDir(), "report.html")
	require.NoError(t, os.WriteFile(file, html, 0o644))
	ctx, stop := chromedp.NewContext(browser)
	t.Cleanup(stop)
	ctx, stop = context.WithTimeout(ctx, time.Minute)
	t.Cleanup(stop)
	v := &visit{T: t, ctx: ctx}
	address := "file://" + file
	require.NoError(t, chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			v.say("exception: " + e.ExceptionDetails.Text)
		case *runtime.EventConsoleAPICalled:
			v.say(fmt.Sprintf("console: %s", e.Type))
		case *log.EventEntryAdded:
			v.say(fmt.Sprintf("log: %s", e.Entry.Text))
		case *network.EventRequestWillBeSent:
			if e.Request.URL != address {
				v.say("request: " + e.Request.URL)
			}
		}
	}))
	v.run(call(network.Enable, network.EnableParams{}), call(log.Enable, cdp.Empty{}), call(runtime.Enable, cdp.Empty{}), chromedp.EmulateViewport(1200, 800))
	v.run(append(before, chromedp.Navigate(address))...)
	return v
}

func (v *visit) say(what string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.said = append(v.said, what)
}

// complaints are what the browser had to say of the page.
func (v *visit) complaints() []string {
	v.run(chromedp.Evaluate[chromedp.Void]("new Promise(r => setTimeout(r, 50))", chromedp.EvalAwaitPromise))
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.said
}

func (v *visit) run(steps ...chromedp.Action[chromedp.Void]) {
	v.Helper()
	require.NoError(v, chromedp.Do(v.ctx, steps...))
}

// call is a command of the browser's protocol.
func call[P any](c cdp.Command[P, cdp.Empty], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, params)
		return err
	})
}

// get is what an expression gives in the page.
func get[T any](v *visit, expression string) T {
	v.Helper()
	value, err := chromedp.Run(v.ctx, chromedp.Evaluate[T](expression))
	require.NoError(v, err)
	return value
}

// at is the place of a share of a panel's plot on the screen.
func (v *visit) at(figure string, panel int, fx, fy float64) (x, y float64) {
	v.Helper()
	box := get[[]float64](v, fmt.Sprintf(`(() => { const r = document.querySelector('#figure-%s [data-panel="%d"] .over'); r.scrollIntoView({block: "center"}); const b = r.getBoundingClientRect(); return [b.x, b.y, b.width, b.height]; })()`, figure, panel))
	return box[0] + fx*box[2], box[1] + (1-fy)*box[3]
}

// point moves the mouse there, and returns what the page says of it.
func (v *visit) point(figure string, panel int, fx, fy float64) string {
	v.Helper()
	x, y := v.at(figure, panel, fx, fy)
	v.run(chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, x, y))
	return get[string](v, `(() => { const t = document.getElementById("tip"); return t.hidden ? "" : [...t.querySelectorAll("b, tr")].map(r => (r.cells ? [...r.cells].map(c => c.textContent).join("|") : r.textContent)).join("\n"); })()`)
}

// click clicks with the mouse on what an expression finds; on nothing where it finds none.
func (v *visit) click(expression string) {
	v.Helper()
	at := get[[]float64](v, fmt.Sprintf(`(() => { const e = %s; if (!e) return []; e.scrollIntoView({block: "center"}); const b = e.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; })()`, expression))
	if len(at) == 2 {
		v.run(chromedp.MouseClickXY(at[0], at[1]))
	}
}

// drag draws a box with the mouse.
func (v *visit) drag(figure string, panel int, from, to [2]float64) {
	v.Helper()
	x0, y0 := v.at(figure, panel, from[0], from[1])
	x1, y1 := v.at(figure, panel, to[0], to[1])
	v.run(chromedp.DragAndDropXY(x0, y0, x1, y1))
}

// drawn are the places of a line in shares of its panel's axes, as the page has them.
func (v *visit) drawn(figure string, panel, line int) [][2]float64 {
	v.Helper()
	return get[[][2]float64](v, fmt.Sprintf(`(() => {
		const s = document.querySelector('#figure-%s [data-panel="%d"]'), o = s.querySelector(".over"), n = (k) => +o.getAttribute(k);
		return [...s.querySelectorAll('[data-line="%d"]')].flatMap(e => e.tagName === "circle" ? [[e.getAttribute("cx"), e.getAttribute("cy")]] : e.getAttribute("d").slice(1).split(/[LM]/).map(c => c.split(",")))
			.map(([x, y]) => [(x - n("x")) / n("width"), 1 - (y - n("y")) / n("height")]);
	})()`, figure, panel, line))
}

// hostile is a name that would be markup, had it the chance.
const hostile = `<img src=x onerror="console.error(1)"></script><script>console.error(2)</script>`

// sample is a report with what pages have.
func sample() *Report {
	x := []float64{0, 0.25, 0.5, 0.75, 0.9, 0.99}
	curve := func(name string, hue int, y ...float64) ([]Line, Band) {
		low, high := make([]float64, len(y)), make([]float64, len(y))
		for i, v := range y {
			low[i], high[i] = v-0.02, v+0.03
		}
		return []Line{
			NewLine(NewMark(name, Hue(hue), Solid), x, y),
			NewLine(NewMark("", Hue(hue), Dashed), []float64{0, 1}, []float64{0.9, 0.9}),
			NewLine(NewMark("", Hue(hue), Vertical), []float64{0.6}, nil),
		}, NewBand(NewMark("", Hue(hue), Shade), x, low, high)
	}
	a, bandA := curve("context", 0, 0.5, 0.5, 0.52, 0.54, 0.55, 0.62)
	b, bandB := curve(hostile, 1, 0.5, 0.62, 0.7, 0.76, 0.82, 0.86)
	scores := &Figure{
		Name: "scores", Title: "made/data", Caption: "Accuracy against score. " + strings.Repeat("More is said of it. ", 10), Columns: 5, CSV: "summary",
		Legend: []Mark{NewMark("context", Hue(0), Solid), NewMark(hostile, Hue(1), Solid), NewMark("the dataset itself", Black, Dashed)},
	}
	for _, m := range []string{"CKA", "NBS", "angular Procrustes", "angular CKA"} {
		score := CosineScore
		if strings.HasPrefix(m, "angular") {
			score = AngleScore
		}
		scores.Panels = append(scores.Panels, Panel{Title: m, X: "score", Y: "accuracy", XRange: [2]float64{0, 1}, YRange: [2]float64{0.4, 1}, Score: score, Bands: []Band{bandA, bandB}, Lines: append(append([]Line{}, a...), b...)})
	}
	points := []float64{1e-4, 3e-3, 0.02, 0.5}
	axes := &Figure{Name: "axes", Caption: "Other axes.", Columns: 2, Legend: []Mark{NewMark("context", Hue(0), Points)}, Panels: []Panel{
		{Title: "logarithmic", X: "share", Y: "speed", LogX: true, LogY: true, Lines: []Line{NewLine(NewMark("", Hue(0), Points), points, []float64{1e-6, 1e-3, 0.1, 7})}},
		{Title: "from what is drawn", X: "step", Y: "score", Lines: []Line{NewLine(NewMark("context", Hue(0), Solid), []float64{0, 10, 20, 40}, []float64{-0.3, 0.1, math.NaN(), 0.7}), NewLine(NewMark("proven", Black, Solid), []float64{0, 40}, []float64{0.5, 0.6}), NewLine(NewMark("proven", Black, Solid), []float64{0, 40}, []float64{-0.2, -0.1})}},
		{Title: "of names", Y: "score", XRange: [2]float64{-0.5, 1.5}, XTicks: []Tick{NewTick(0, "CKA"), NewTick(1, "angular\nProcrustes")}, Lines: []Line{NewLine(NewMark("context", Hue(0), Points), []float64{0, 1}, []float64{0.2, 0.8})}},
	}}
	rise := []float64{0, 1, 2, 4}
	ends := &Figure{Name: "ends", Caption: "Where curves end.", Columns: 3, Legend: []Mark{NewMark("upper", Hue(0), Solid), NewMark("lower", Hue(1), Solid)}, Panels: []Panel{
		{Title: "a title that is longer than the plot", X: "step", Lines: []Line{NewLine(NewMark("upper", Hue(0), Solid), rise, []float64{0, 1, 2, 3}), NewLine(NewMark("lower", Hue(1), Solid), rise, []float64{0, 1, 1, 1})}},
		{Title: "ends at one place", X: "step", Lines: []Line{NewLine(NewMark("upper", Hue(0), Solid), rise, []float64{0, 1, 2, 3}), NewLine(NewMark("lower", Hue(1), Solid), rise, []float64{0, 1, 1, 3})}},
		{Title: "ends before the axis", X: "step", Lines: []Line{NewLine(NewMark("upper", Hue(0), Solid), rise, []float64{0, 1, 2, 3}), NewLine(NewMark("lower", Hue(1), Solid), []float64{0, 1, 2}, []float64{0, 1, 1})}},
	}}
	return &Report{
		Title: "A page", Question: "Is " + hostile + " text?", Finding: []string{"At CKA 0.9 context is decoded at 0.55.", "Further."}, Theory: []string{"A law."},
		Figures: []*Figure{scores, axes, ends}, Warnings: []string{"Take care: " + hostile},
		Formings: []Forming{
			{Dataset: hostile, Measure: "CKA", Times: 2, Conditions: 1, Scores: []float64{0.1, 0.5, 0.95}, Planes: []float64{1, 1, 1, -1, 0.5, 0, 0.5, 1, 1, 0, 0, 1}, Reference: []float64{1, 0, 0, 1}},
			{Dataset: hostile, Measure: "NBS", Times: 2, Conditions: 1, Scores: []float64{0.2, 0.99}, Planes: []float64{1, 1, 1, -1, 1, 0, 0, 1}, Reference: []float64{1, 0, 0, 1}},
		},
		Tables:      []Table{{Caption: "Numbers " + hostile, Header: []string{"dataset", "measure", "at 0.9"}, Rows: [][]string{{"a", hostile, "0.55 [0.53–0.57, 3 starts]"}, {"a", "=nbs", "0.10"}, {"b", "cka", "–"}, {"b", "z", "−0.30"}}}},
		Datasets:    []*Description{{Name: hostile, Hash: "0", Times: 1, Conditions: 2, Units: 3, Card: data.Card{Surrogate: true, Task: hostile}}},
		Conventions: []string{"One."}, Command: "go run . -data '" + hostile + "'", Settings: [][2]string{{"rate", "0.1"}},
	}
}

// The page draws lines and ticks where draw.go does.
func TestPageCoordinates(t *testing.T) {
	r := sample()
	html, err := r.HTML()
	require.NoError(t, err)
	v := open(t, browse(t), html)
	const side = 1000
	square := draw.Canvas{Rectangle: vg.Rectangle{Max: vg.Point{X: side, Y: side}}}
	compared := 0
	for _, f := range r.Figures {
		for i, p := range f.Panels {
			pl := p.plot()
			tx, ty := pl.Transforms(&square)
			for k, l := range p.Lines {
				xs, ys := onAxis(p.LogX, l.X), onAxis(p.LogY, l.Y)
				drawn := v.drawn(f.Name, i, k)
				if l.Style == Vertical {
					require.InDelta(t, float64(tx(xs[0]))/side, drawn[0][0], 1e-4)
					continue
				}
				var want [][2]float64
				for j, x := range xs {
					if finite(x) && finite(ys[j]) {
						want = append(want, [2]float64{float64(tx(x)) / side, float64(ty(ys[j])) / side})
					}
				}
				require.Len(t, drawn, len(want), "%s, panel %d, line %d", f.Name, i, k)
				for j := range want {
					require.InDelta(t, want[j][0], drawn[j][0], 1e-4)
					require.InDelta(t, want[j][1], drawn[j][1], 1e-4)
					compared++
				}
			}
			var labels []string
			for _, m := range pl.X.Tick.Marker.Ticks(pl.X.Min, pl.X.Max) {
				labels = append(labels, strings.Split(m.Label, "\n")...)
			}
			for _, m := range pl.Y.Tick.Marker.Ticks(pl.Y.Min, pl.Y.Max) {
				labels = append(labels, m.Label)
			}
			for _, label := range append(labels, p.Title, p.X, p.Y) {
				if label != "" {
					require.Contains(t, get[[]string](v, fmt.Sprintf(`[...document.querySelectorAll('#figure-%s [data-panel="%d"] text')].map(e => e.textContent)`, f.Name, i)), label)
				}
			}
		}
	}
	require.Greater(t, compared, 60)
	require.Empty(t, v.complaints())
}

// use uses a page as a reader does, and returns what is wrong with it.
func use(v *visit) (wrong []string) {
	expect := func(what string, ok bool) {
		if !ok {
			wrong = append(wrong, what)
		}
	}
	// Halfway between .25 and .5, and what it says of both curves with their ranges.
	said := v.point("scores", 0, 0.375, 0.5)
	expect("hover: "+said, said == "score 0.38\n|context|0.51|0.49–0.54|the dataset itself 0.90\n|"+hostile+"|0.66|0.64–0.69|the dataset itself 0.90")
	said = v.point("axes", 2, 0.3, 0.5)
	expect("hover of a name: "+said, said == "CKA\n|context|0.20||")

	said = v.point("axes", 1, 0.125, 0.9)
	expect("hover of two lines of one name: "+said, said == "step 5.00\n|context|−0.10||\n|proven|0.51||\n|proven|−0.19||")

	// A name is hidden everywhere, and shown again.
	count := func() int {
		return get[int](v, `[...document.querySelectorAll(".panels [data-line]")].length`)
	}
	all := count()
	chip := func(name string) {
		v.click(fmt.Sprintf(`[...document.querySelectorAll("#figure-scores .chip")].find(c => c.dataset.name === %s)`, strconv.Quote(name)))
	}
	chip("context")
	expect("hide", count() == all-4*3-4-1-2)
	expect("hide: hover", !strings.Contains(v.point("scores", 1, 0.375, 0.5), "context"))
	expect("hide: chips", get[int](v, `document.querySelectorAll(".chip[aria-pressed=false]").length`) == 2)
	chip("context")
	expect("show", count() == all)

	// Curves whose ends are apart have their names there, once and as text; not where two end at
	// one place or one before the axis does, nor where names are too long.
	ends := func(panel int) string {
		return get[string](v, fmt.Sprintf(`[...document.querySelectorAll('#figure-scores [data-panel="%d"] .end')].map(e => e.textContent).join(", ")`, panel))
	}
	expect("ends of a long name: "+ends(0), ends(0) == "")
	expect("ends: "+get[string](v, `[...document.querySelectorAll('#figure-ends .end')].map(e => e.textContent).join(", ")`), get[string](v, `[...document.querySelectorAll('#figure-ends .end')].map(e => e.textContent).join(", ")`) == "upper, lower")
	expect("title within its panel", get[bool](v, `[...document.querySelectorAll(".panels .title")].every(e => { const a = e.getBoundingClientRect(), b = e.closest("svg").getBoundingClientRect(); return a.width > b.width || (a.left >= b.left - 1 && a.right <= b.right + 1); })`))

	// A box zooms x in all panels of the figure, and a button takes it back.
	before := v.drawn("scores", 1, 0)[0]
	v.drag("scores", 0, [2]float64{0.5, 0.5}, [2]float64{1, 0.5})
	after := v.drawn("scores", 1, 0)
	expect(fmt.Sprintf("zoom: %v", after[2]), math.Abs(after[2][0]) < 0.01 && math.Abs(after[4][0]-0.8) < 0.01)
	v.click(`document.querySelector("#figure-scores .reset")`)
	expect("reset", v.drawn("scores", 1, 0)[0] == before)

	// The score axis by angle and by −log(1 − s); angles are angles already.
	choose := func(scale string) {
		v.run(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`(() => { const s = document.getElementById("scale"); s.value = %q; s.dispatchEvent(new Event("change")); })()`, scale)))
	}
	choose("angle")
	expect("angle", math.Abs(v.drawn("scores", 0, 0)[4][0]-(1-2/math.Pi*math.Acos(0.9))) < 1e-3 && math.Abs(v.drawn("scores", 2, 0)[4][0]-0.9) < 1e-3)
	choose("log")
	at := v.drawn("scores", 0, 0)
	expect("−log(1 − s)", math.Abs(at[4][0]/at[5][0]-0.5) < 1e-3)
	choose("score")

	// One slider moves the data as they form and the marker in every panel of scores.
	labels := func() string {
		return get[string](v, `[...document.querySelectorAll("#forming span span")].map(e => e.textContent).join(", ")`)
	}
	expect("forming: "+labels(), labels() == "CKA 0.95, NBS 0.99, the dataset")
	slide := func(to string) {
		v.run(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`(() => { const s = document.getElementById("mark"); s.value = %s; s.dispatchEvent(new Event("input")); })()`, to)))
	}
	picture := `document.querySelector("#forming canvas").toDataURL()`
	late := get[string](v, picture)
	slide("0.5")
	expect("slider: "+labels(), labels() == "CKA 0.50, NBS 0.99, the dataset")
	expect("slider: picture", get[string](v, picture) != late)
	marked := get[string](v, `[...document.querySelectorAll("#figure-scores .marker")].map(m => [...m.querySelectorAll("text")].map(t => t.textContent).join(" ")).join("|")`)
	expect("marker: "+marked, marked == "0.70 0.52|0.70 0.52|0.70 0.52|0.70 0.52")
	choose("angle")
	expect("slider by angle", get[float64](v, `+document.getElementById("mark").value`) < 0.34 && strings.HasPrefix(labels(), "CKA 0.50"))
	choose("score")
	v.click(`document.getElementById("play")`)
	v.run(chromedp.Sleep(300 * time.Millisecond))
	v.click(`document.getElementById("play")`)
	went := get[float64](v, `+document.getElementById("mark").value`)
	expect(fmt.Sprintf("play: %v", went), went > 0.52 && went < 0.9)

	// Tables sort, numbers as numbers and what is none last.
	column := func(i int) string {
		return get[string](v, fmt.Sprintf(`[...document.querySelectorAll("table.numbers tbody tr")].map(r => r.cells[%d].textContent).join(" ")`, i))
	}
	v.click(`document.querySelector("table.numbers th:nth-child(3)")`)
	expect("sort: "+column(2), column(2) == "−0.30 0.10 0.55 –")
	v.click(`document.querySelector("table.numbers th:nth-child(3)")`)
	expect("sort down: "+column(2), column(2) == "0.55 0.10 −0.30 –")

	// Text is text, and no smaller than 12 px.
	expect("markup", get[int](v, `document.images.length + document.querySelectorAll("script").length`) == 2)
	expect("title", get[string](v, `document.querySelector("h1").textContent`) == "Is "+hostile+" text?")
	expect("small text", get[float64](v, `Math.min(...[...document.querySelectorAll("body *")].filter(e => e.textContent.trim() && e.checkVisibility()).map(e => parseFloat(getComputedStyle(e).fontSize)))`) >= 12)

	// No page is wider than its window, and no more than three panels stand in a row.
	for _, width := range []int64{1200, 500} {
		v.run(chromedp.EmulateViewport(width, 800), chromedp.Sleep(100*time.Millisecond))
		expect(fmt.Sprintf("width at %d", width), get[bool](v, "document.documentElement.scrollWidth <= innerWidth"))
		across := get[int](v, `getComputedStyle(document.querySelector("#figure-scores .panels")).gridTemplateColumns.split(" ").length`)
		expect(fmt.Sprintf("%d panels across at %d", across, width), across == map[int64]int{1200: 3, 500: 1}[width])
	}
	v.run(chromedp.EmulateViewport(1200, 800), chromedp.Sleep(100*time.Millisecond))

	// In print the static figures stand, and nothing is folded away.
	v.run(chromedp.Evaluate[chromedp.Void](`dispatchEvent(new Event("beforeprint"))`), call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}))
	expect("print", get[bool](v, `[...document.querySelectorAll(".live")].every(e => !e.checkVisibility()) && [...document.querySelectorAll(".static svg")].every(e => e.checkVisibility()) && document.querySelector("#theory p").checkVisibility()`))
	printed, err := chromedp.Run(v.ctx, chromedp.PrintToPDF())
	require.NoError(v, err)
	expect("PDF", len(printed) > 10000)
	v.run(call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{}), chromedp.Evaluate[chromedp.Void](`dispatchEvent(new Event("afterprint"))`))
	expect("after print", get[bool](v, `!document.querySelector("#theory").open`))
	return append(wrong, v.complaints()...)
}

// A reader points, hides, zooms, sorts and prints, without an error or a request. Pages
// that are broken are found to be.
func TestPage(t *testing.T) {
	html, err := sample().HTML()
	require.NoError(t, err)
	again, err := sample().HTML()
	require.NoError(t, err)
	require.Equal(t, html, again)
	browser := browse(t)
	require.Empty(t, use(open(t, browser, html)))

	free := func(page string) string { // without the policy that keeps scripts out
		from, to := strings.Index(page, `<meta http-equiv="Content-Security-Policy"`), strings.Index(page, `<meta name="viewport"`)
		return page[:from] + page[to:]
	}
	for name, c := range map[string]struct{ from, to, says string }{
		"a hover that reads the wrong place": {"v = d.atX(x), named", "v = d.atX(x + 40), named", "hover: "},
		"a hover without ranges":             {"row.range = ", "row.none = ", "hover: "},
		"an error":                           {"axisChoice(document", "console.error(1); axisChoice(document", "console: error"},
		"an exception":                       {"  follow();\n  let width", "  follow(); nothing();\n  let width", "exception: "},
		"a request":                          {"axisChoice(document", "new Image().src = 'http://127.0.0.1:9/x.png'; axisChoice(document", "request: http://127.0.0.1:9/x.png"},
		"a slider that moves no marker":      {"for (const v of views) for (const d of v.drawn || []) v.marker(d);", "", "marker: "},
		"a zoom of one panel":                {"this.zoom.x = [d.atX", "this.zoom.z = [d.atX", "zoom: "},
		"names of curves over each other":    {"e.y - found[i - 1].y < 14", "false", "ends: "},
		"a name that is hidden in no figure": {"drawAll();\n      };\n      return b;", "};\n      return b;", "hide"},
	} {
		broken := strings.Replace(free(string(html)), c.from, c.to, 1)
		require.NotEqual(t, free(string(html)), broken, name)
		wrong := use(open(t, browser, []byte(broken)))
		require.Contains(t, strings.Join(wrong, "\n"), c.says, name)
	}
	// What the policy keeps out is complained of as well.
	blocked := strings.Replace(string(html), "axisChoice(document", "new Image().src = 'http://127.0.0.1:9/x.png'; axisChoice(document", 1)
	require.NotEmpty(t, open(t, browser, []byte(blocked)).complaints())
}

// keyboard uses a page by keys alone, and returns what is wrong with it.
func keyboard(v *visit) (wrong []string) {
	expect := func(what string, ok bool) {
		if !ok {
			wrong = append(wrong, what)
		}
	}
	press := func(keys string) { v.run(chromedp.KeyEvent(keys)) }
	focus := func(expression string) { v.run(chromedp.Evaluate[chromedp.Void](expression + ".focus()")) }

	// Tab goes to all that can be used, which has a name and shows that it has the focus.
	all := get[[]string](v, `(() => {
		const all = [...document.querySelectorAll("a, button, select, input, summary, svg[tabindex]")].filter(e => e.checkVisibility());
		all.forEach((e, i) => { e.dataset.stop = i; });
		return all.map(e => e.tagName + " " + (e.ariaLabel || e.textContent || e.closest("label")?.textContent || "").trim());
	})()`)
	for _, kind := range []string{"A findings", "A SVG", "BUTTON context", "BUTTON published", "BUTTON play", "BUTTON dataset", "BUTTON copy as CSV", "SELECT score", "SELECT abcd", "INPUT at score", "SUMMARY Theory", "SUMMARY more", "svg CKA, accuracy, score"} {
		expect("there is no "+kind, slices.ContainsFunc(all, func(s string) bool { return strings.HasPrefix(strings.Join(strings.Fields(s), " "), kind) }))
	}
	reached := map[string]bool{}
	for range len(all) + 1 {
		press(kb.Tab)
		at := get[[]string](v, `(() => { const e = document.activeElement, s = getComputedStyle(e), b = e.getBoundingClientRect(); return [e.dataset.stop ?? "", s.outlineStyle === "none" || parseFloat(s.outlineWidth) < 2 ? "no outline" : "", b.top < 0 || b.bottom > innerHeight ? "out of sight" : "", document.querySelector("#controls").contains(e) || b.top > document.querySelector("#controls").getBoundingClientRect().bottom - 1 || scrollY === 0 ? "" : "covered"]; })()`)
		if at[0] == "" {
			break
		}
		reached[at[0]] = true
		i, _ := strconv.Atoi(at[0])
		expect("focus: "+strings.Join(at[1:], "")+" at "+all[i], strings.Join(at[1:], "") == "")
	}
	for i, name := range all {
		expect("Tab: "+name, reached[strconv.Itoa(i)])
		expect("name: "+name, strings.Contains(name, " ") && !strings.HasSuffix(name, " "))
	}

	// Enter and Space do what a click does, and the focus stays.
	chip := `[...document.querySelectorAll("#figure-scores .chip")].find(c => c.dataset.name === "context")`
	focus(chip)
	for _, key := range []string{kb.Enter, " "} {
		was := get[string](v, chip+".ariaPressed")
		press(key)
		expect(fmt.Sprintf("chip by %q", key), get[string](v, chip+".ariaPressed") != was)
		expect("focus of the chip", get[bool](v, chip+" === document.activeElement"))
	}
	sort := `document.querySelector("table.numbers th:nth-child(3)")`
	focus(sort + `.querySelector("button")`)
	press(kb.Enter)
	expect("sort by Enter", get[string](v, sort+".ariaSort") == "ascending")
	top := get[float64](v, "scrollY")
	press(" ")
	expect("sort by Space", get[string](v, sort+".ariaSort") == "descending" && get[float64](v, "scrollY") == top)
	focus(`document.querySelector(".copy")`)
	press(kb.Enter)
	v.run(chromedp.Sleep(50 * time.Millisecond))
	expect("copy", get[string](v, `document.querySelector(".copy").textContent`) != "copy as CSV")
	focus(`document.querySelector("#theory summary")`)
	press(" ")
	expect("fold", get[bool](v, `document.querySelector("#theory").open`))

	// Arrows read along curves, names and points; plus and minus zoom all panels of a figure, and
	// 0 and Escape take it back. How is said.
	tip := func() string {
		return get[string](v, `(() => { const t = document.getElementById("tip"); return t.hidden ? "" : [...t.querySelectorAll("b, tr")].map(r => (r.cells ? [...r.cells].map(c => c.textContent).join("|") : r.textContent)).join("\n"); })()`)
	}
	panel := func(figure string, i int) string {
		return fmt.Sprintf(`document.querySelector('#figure-%s [data-panel="%d"]')`, figure, i)
	}
	focus(panel("scores", 0))
	press(kb.ArrowRight + kb.ArrowLeft + kb.ArrowLeft)
	expect("read: "+tip(), tip() == "score 0.88\n|context|0.55|0.53–0.58|the dataset itself 0.90\n|"+hostile+"|0.81|0.79–0.84|the dataset itself 0.90")
	focus(panel("axes", 2))
	press(kb.ArrowLeft + kb.ArrowLeft + kb.ArrowRight)
	expect("read names: "+tip(), tip() == "angular Procrustes\n|context|0.80||")
	focus(panel("axes", 0))
	press(strings.Repeat(kb.ArrowLeft, 4) + kb.ArrowRight)
	expect("read points: "+tip(), strings.HasSuffix(tip(), "0.0030, 0.0010||"))
	expect("keys are said", get[string](v, `document.querySelector("#tip small").textContent + document.getElementById(document.activeElement.getAttribute("aria-describedby")).textContent`) == "← → read, + − zoom, 0 shows all againArrow keys read along the curves, plus and minus zoom, 0 or Escape shows all again.")
	focus(panel("scores", 0))
	places := func() [][2]float64 { return v.drawn("scores", 1, 3) }
	whole := places()
	for _, back := range []string{"0", kb.Escape, "-"} {
		press("+")
		wide := places()[4][0] - places()[0][0]
		expect(fmt.Sprintf("zoom by +: %v", wide), math.Abs(wide-2*(whole[4][0]-whole[0][0])) < 1e-3)
		expect("focus of the panel", get[bool](v, panel("scores", 0)+" === document.activeElement"))
		press(back)
		expect(fmt.Sprintf("zoom back by %q", back), slices.Equal(places(), whole))
	}
	focus(`document.getElementById("mark")`)
	expect("read: ends with the focus", tip() == "")

	// Arrows move the slider, choose an axis and a dataset.
	focus(`document.getElementById("mark")`)
	press(kb.Home + kb.ArrowRight + kb.ArrowRight)
	expect("slider", get[string](v, `document.getElementById("mark").value + " " + document.getElementById("mark").ariaValueText`) == "0.004 0.0040")
	focus(`document.getElementById("play")`)
	press(" ")
	expect("play", get[string](v, `document.activeElement.textContent`) == "stop")
	press(" ")
	focus(`document.getElementById("scale")`)
	press(kb.ArrowDown)
	expect("axis", strings.Contains(get[string](v, `document.querySelector("#figure-scores .label").textContent`), "by its angle"))
	focus(`document.getElementById("dataset")`)
	press(kb.ArrowDown)
	expect("dataset", get[bool](v, `document.getElementById("figure-b").checkVisibility() && !document.getElementById("figure-a").checkVisibility()`))
	return append(wrong, v.complaints()...)
}

// A reader without a mouse has all that a page has to use.
func TestPageKeyboard(t *testing.T) {
	r := sample()
	f := r.Figures[0]
	f.Panels[0].Lines = append(f.Panels[0].Lines, NewLine(NewMark("", Hue(0), Overlay), []float64{0, 1}, []float64{0.5, 0.7}))
	f.Legend = append(f.Legend, NewMark("published", Black, Overlay))
	for _, name := range []string{"a", "b", "c", "d"} {
		r.Figures = append(r.Figures, &Figure{Name: name, Dataset: name, Caption: "Of one.", Panels: []Panel{{Title: name, Lines: []Line{NewLine(NewMark(name, 0, Solid), []float64{0, 1}, []float64{0, 1})}}}})
	}
	html, err := r.HTML()
	require.NoError(t, err)
	browser := browse(t)
	require.Empty(t, keyboard(open(t, browser, html)))
	page := string(html)
	from, to := strings.Index(page, `<meta http-equiv="Content-Security-Policy"`), strings.Index(page, `<meta name="viewport"`)
	page = page[:from] + page[to:]
	for _, breaks := range []map[string][2]string{ // those of one page do not touch each other
		{
			"focus: no outline":   {":focus-visible { outline: 2px solid", ":focus-visible { outline: 0 solid"},
			"Tab: BUTTON dataset": {`class: "sort",`, `class: "sort", tabindex: -1,`},
			"zoom by +":           {"this.closer(d, 0.5), \"=\"", "this.closer(d, 1), \"=\""},
		},
		{
			"focus: out of sight": {"scroll-padding: 3.5rem 0 1rem", "scroll-padding: 0"},
			"name: INPUT":         {`make("label", {}, "at score", input, out)`, `input`},
			"focus of the panel":  {"this.drawn[d.index].svg.focus();", ""},
		},
		{
			"focus of the chip": {"[0]?.focus();", "[0]?.blur();"},
			"read: score 0.90":  {"stops.length - 1, d.stop + by", "stops.length - 1, d.stop"},
		},
	} {
		broken := page
		for says, c := range breaks {
			require.Contains(t, broken, c[0], says)
			broken = strings.Replace(broken, c[0], c[1], 1)
		}
		wrong := strings.Join(keyboard(open(t, browser, []byte(broken))), "\n")
		for says := range breaks {
			require.Contains(t, wrong, says)
		}
	}
}

// A page within a page is drawn when it is shown, as in a notebook's cell, and again when it
// is wider.
func TestPageInFrame(t *testing.T) {
	html, err := sample().HTML()
	require.NoError(t, err)
	v := open(t, browse(t), []byte(`<!DOCTYPE html><body><iframe style="display:none;width:600px;height:400px" srcdoc="`+template.HTMLEscapeString(string(html))+`"></iframe>`))
	drawn := func(style string) float64 {
		v.run(chromedp.Evaluate[chromedp.Void](`(() => { const s = document.querySelector("iframe").style; `+style+` })()`), chromedp.Sleep(200*time.Millisecond))
		return get[float64](v, `[...document.querySelector("iframe").contentDocument.querySelectorAll("#figure-scores .panels svg")].reduce((sum, e) => sum + e.getBoundingClientRect().width, 0)`)
	}
	require.Zero(t, drawn(""))
	shown := drawn(`s.display = "block"`)
	require.Greater(t, shown, 900.0)
	require.Greater(t, drawn(`s.width = "1000px"`), shown)
	inside := `document.querySelector("iframe").contentDocument`
	require.Zero(t, get[int](v, inside+`.querySelectorAll(".files").length`), "there are none")
	v.run(chromedp.Evaluate[chromedp.Void](inside+`.querySelector("nav a[href='#theory']").click()`), chromedp.Sleep(200*time.Millisecond))
	require.Equal(t, "about:srcdoc", get[string](v, inside+`.location.href`))
	require.True(t, get[bool](v, inside+`.querySelector("#theory").open && `+inside+`.querySelector("#theory").getBoundingClientRect().top < 400`))
	require.Empty(t, v.complaints())
}

// Without scripts the static figures stand.
func TestPageWithoutScripts(t *testing.T) {
	html, err := sample().HTML()
	require.NoError(t, err)
	v := open(t, browse(t), html, call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))
	v.run(call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{}))
	require.False(t, get[bool](v, `document.documentElement.classList.contains("js")`))
	require.Greater(t, get[float64](v, `document.querySelector(".static svg").getBoundingClientRect().height`), 100.0)
	require.Empty(t, v.complaints())
}

// Dark and light, the text of a page stands out from what is behind it.
func TestPageContrast(t *testing.T) {
	html, err := sample().HTML()
	require.NoError(t, err)
	v := open(t, browse(t), html)
	for _, scheme := range []string{"light", "dark"} {
		v.run(call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}))
		least := get[float64](v, `(() => {
			const part = (c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
			const light = (c) => { const [r, g, b] = c.match(/[\d.]+/g).map(Number); return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b); };
			const behind = (e) => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (c !== "rgba(0, 0, 0, 0)") return c; } };
			return Math.min(...[...document.querySelectorAll("p, h1, h2, h3, td:not(.same), th, li, a, caption, figcaption, summary, .panels text")].filter(e => e.checkVisibility()).map(e => {
				const [a, b] = [light(e.tagName === "text" ? getComputedStyle(e).fill : getComputedStyle(e).color), light(behind(e))];
				return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
			}));
		})()`)
		require.Greater(t, least, 4.5, scheme)
	}
}

// The first figure ends within the first screen, under the table that comes before it; labels
// at the slider's score cover no point; what others published is drawn when asked; a column is
// aligned in one way.
func TestFirstScreen(t *testing.T) {
	r := sample()
	f := r.Figures[0]
	f.Columns = 2
	for i := range f.Panels {
		p := &f.Panels[i]
		p.Lines = append(p.Lines, NewLine(NewMark("", Hue(0), Overlay), []float64{0, 0.5, 1}, []float64{0.5, 0.6, 0.7}),
			NewLine(NewMark("", Black, Points), []float64{0.93}, []float64{0.565}))
	}
	f.Legend = append(f.Legend, NewMark("published", Black, Overlay))
	r.Tables = []Table{{First: true, Caption: "First.", Header: []string{"variable", "by CKA", "peer"}, Rows: [][]string{{"a", "✓", "–"}, {"b", "–", "–"}, {"c", "✗", "–"}}}}
	html, err := r.HTML()
	require.NoError(t, err)
	look := func(v *visit) (wrong []string) {
		is := func(what string, ok bool) {
			if !ok {
				wrong = append(wrong, what)
			}
		}
		is("height", get[float64](v, `[...document.querySelectorAll("#figure-scores .panels svg")].pop().getBoundingClientRect().bottom`) < 800)
		is("order", get[bool](v, `document.querySelector("table.numbers").compareDocumentPosition(document.querySelector("figure")) === 4`))
		is("alignment", get[string](v, `[1, 2].map(i => [...new Set([...document.querySelectorAll("table.numbers tr")].map(r => getComputedStyle(r.cells[i]).textAlign))].join("+")).join(" ")`) == "center right")
		pale := func() int {
			return get[int](v, `document.querySelectorAll('#figure-scores [data-line][stroke-opacity]').length`)
		}
		is("published unasked", pale() == 0)
		v.click(`[...document.querySelectorAll("#figure-scores .chip")].find(c => c.textContent === "show published")`)
		is("published", pale() == 4)
		is("covered", get[bool](v, `[...document.querySelectorAll("#figure-scores .panels svg")].every(s => { const c = [...s.querySelectorAll("circle[data-line]")].map(e => e.getBoundingClientRect()); return [...s.querySelectorAll(".read")].every(e => { const b = e.getBoundingClientRect(); return c.every(p => p.right < b.left || p.left > b.right || p.bottom < b.top || p.top > b.bottom); }); })`))
		return append(wrong, v.complaints()...)
	}
	browser := browse(t)
	require.Empty(t, look(open(t, browser, html)))
	page := string(html)
	from, to := strings.Index(page, `<meta http-equiv="Content-Security-Policy"`), strings.Index(page, `<meta name="viewport"`)
	page = page[:from] + page[to:]
	for says, c := range map[string][2]string{
		"height":            {"Math.min(this.low, ", "Math.min(Infinity, "},
		"alignment":         {".mark { text-align: center;", ".mark {"},
		"published unasked": {"let overlaid = false", "let overlaid = true"},
		"covered":           {"at.cost += d.ink", "at.cost += [].concat().length; d.ink"},
	} {
		broken := strings.Replace(page, c[0], c[1], 1)
		require.NotEqual(t, page, broken, says)
		require.Contains(t, look(open(t, browser, []byte(broken))), says)
	}
}
