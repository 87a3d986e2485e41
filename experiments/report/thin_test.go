package report

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// sweep is a report on five datasets with 600 ascents of 1001 scores.
func sweep() *Report {
	r := &Report{Title: "A sweep", Question: "How far?", Finding: []string{"Far."}, Theory: []string{"A law."}}
	all := &Figure{Name: "scores", Columns: 3}
	short, long := Table{Caption: "Of all.", Header: []string{"dataset", "score"}}, Table{Caption: "Long.", Header: []string{"dataset", "measure"}}
	for d := range 5 {
		name := fmt.Sprintf("set-%d", d)
		p := Panel{Title: name, X: "step", Y: "score"}
		for i := range 120 {
			l := NewLine(NewMark("", Hue(i/10), Solid), nil, nil)
			for s := range 1001 {
				l.X, l.Y = append(l.X, float64(s)), append(l.Y, 1-math.Exp(-float64(s)/float64(20+i))+1e-4*math.Sin(float64(s*s+7*d)))
			}
			p.Lines = append(p.Lines, l)
		}
		all.Panels = append(all.Panels, p)
		r.Datasets = append(r.Datasets, &Description{Name: "folder/" + name + ".npz", Label: name})
		r.Finding = append(r.Finding, name+": it is so.", name+" is that far.")
		r.Theory = append(r.Theory, name+": by law.")
		r.Tables = append(r.Tables, Table{Caption: "Its own, of " + name, Dataset: name, Key: true, Header: []string{"pc"}, Rows: [][]string{{"1"}}})
		short.Rows = append(short.Rows, []string{name, "1"})
		for i := range 12 {
			long.Rows = append(long.Rows, []string{name, fmt.Sprint("m", i)})
		}
		for _, of := range []string{"a", "b"} {
			r.Figures = append(r.Figures, &Figure{Name: of + "-" + name, Title: name, Dataset: name, Columns: 3, Panels: []Panel{{X: "x", Y: "y", Lines: []Line{NewLine(NewMark("", Hue(0), Solid), []float64{0, 1}, []float64{0, 1})}}}})
		}
	}
	r.Figures = append(r.Figures, all)
	r.Finding = append(r.Finding, "Of all the same holds.")
	r.Tables = append(r.Tables, short, long)
	return r
}

// A sweep's page stays small, and no curve is further from its own than the eye tells.
func TestSweepIsSmall(t *testing.T) {
	r := sweep()
	html, err := r.HTML()
	require.NoError(t, err)
	require.Less(t, len(html), 2<<20)
	for _, l := range r.Figures[len(r.Figures)-1].Panels[0].Lines {
		require.Len(t, l.X, 1001, "the figure's own lines")
	}
	thin := r.Figures[len(r.Figures)-1].thinned().Panels[0]
	for k, l := range r.Figures[len(r.Figures)-1].Panels[0].Lines {
		at := 0
		for j, x := range l.X {
			for thin.Lines[k].X[at+1] < x {
				at++
			}
			x0, x1, y0, y1 := thin.Lines[k].X[at], thin.Lines[k].X[at+1], thin.Lines[k].Y[at], thin.Lines[k].Y[at+1]
			require.InDelta(t, l.Y[j], y0+(y1-y0)*(x-x0)/(x1-x0), 0.02) // steep parts: 0.0005 across them
		}
	}
}

// Of many datasets the page shows the chosen one's figures, findings, tables and rows of long
// tables, and draws no others.
func TestSweepByDataset(t *testing.T) {
	html, err := sweep().HTML()
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(string(html), "<h1>"))
	v := open(t, browse(t), html)
	seen := func() string {
		return get[string](v, `[...document.querySelectorAll("figure")].filter(f => f.checkVisibility()).map(f => f.id + ":" + f.querySelectorAll(".panels svg").length).join(" ")`)
	}
	said := func() string {
		return get[string](v, `[...document.querySelectorAll("#findings h3, #findings p, #theory h3, #theory p, caption")].filter(e => !e.closest(".other")).map(e => e.firstChild.textContent).join(" ")`)
	}
	rows := func() string {
		return get[string](v, `[...document.querySelectorAll("table.numbers tbody")].map(b => [...b.rows].filter(r => r.checkVisibility() || r.closest("details")).length).join(" ")`)
	}
	require.Equal(t, "Its own, of set-0 Of all the same holds. set-0 It is so. set-0 is that far. Of all. Long. A law. set-0 By law.", said())
	require.Equal(t, "1 0 0 0 0 5 12", rows())
	require.Equal(t, "figure-a-set-0:1 figure-b-set-0:1 figure-scores:5", seen())
	require.Equal(t, 7, get[int](v, `document.querySelectorAll(".panels svg").length`))
	v.run(chromedp.Evaluate[chromedp.Void](`(() => { const s = document.getElementById("dataset"); s.value = "set-3"; s.dispatchEvent(new Event("change")); })()`))
	require.Equal(t, "figure-a-set-3:1 figure-b-set-3:1 figure-scores:5", seen())
	require.Equal(t, "Its own, of set-3 Of all the same holds. set-3 It is so. set-3 is that far. Of all. Long. A law. set-3 By law.", said())
	require.Equal(t, "0 0 0 1 0 5 12", rows())
	require.True(t, get[bool](v, `document.getElementById("figure-a-set-3").getBoundingClientRect().top < 400`))
	require.Empty(t, v.complaints())
}
