package experiments

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"simgrad/experiments/report"
	"simgrad/graph"
)

// planning is how long the trials of a plan take, about, and each at least and at most.
const planning, shortestTrial = 2 * time.Minute, time.Second

var longestTrial = 10 * time.Second

// A trial is a cell that ran for a while, for all of its kind.
type trial struct {
	kind    string
	cell    Cell
	cells   int     // of its kind
	steps   int     // that each makes at most, of all legs; 0 if it has not said so
	seconds float64 // that each takes
	most    bool    // whether it did not end: it takes this long if it makes all of its steps
	more    bool    // whether it did not end, and has no steps to count: it takes longer
}

type trialKey struct{}

// printPlan says how many cells there are to compute, and how long they and how much memory
// they will take: one of each kind, of the same part, data and measures, runs for seconds,
// as many at once as will. What a cell that does not end within them takes follows from the
// steps that it has made. Nothing is written.
func (d *driver) printPlan(ctx context.Context, s Study, cells, todo []Cell, w io.Writer) error {
	var trials []*trial
	of := map[string]*trial{}
	for _, c := range todo {
		kind := kinds(c)[0]
		if of[kind] == nil {
			of[kind] = &trial{kind: kind, cell: c}
			trials = append(trials, of[kind])
		}
		of[kind].cells++
	}
	workers := min(d.workers, max(1, len(todo)))
	threads := graph.Threads(1)
	defer graph.Threads(threads)
	graph.Threads(runtime.GOMAXPROCS(0) / workers)
	limit := min(longestTrial, max(shortestTrial, planning*time.Duration(workers)/time.Duration(max(1, len(trials)))))
	queue := make(chan *trial)
	errs := make([]error, workers)
	var wg sync.WaitGroup
	for i := range workers {
		wg.Go(func() {
			for p := range queue {
				if errs[i] == nil {
					errs[i] = p.run(ctx, s, limit)
				}
			}
		})
	}
	for _, p := range trials {
		queue <- p
	}
	close(queue)
	wg.Wait()
	if err := errors.Join(append(errs, ctx.Err())...); err != nil {
		return err
	}
	name := s.About().Name
	say := func(format string, args ...any) {
		fmt.Fprintln(w, report.Wrap(fmt.Sprintf(format, args...), columns, "", "  "))
	}
	say("%s: %d cells, %d of them to compute. Nothing has been computed for good.", name, len(cells), len(todo))
	if len(todo) == 0 {
		return nil
	}
	sum, longest, most, more := 0., 0., false, false
	for _, p := range trials {
		sum, longest, most, more = sum+p.seconds*float64(p.cells), max(longest, p.seconds), most || p.most, more || p.more
	}
	slices.SortStableFunc(trials, func(a, b *trial) int {
		return int(b.seconds*float64(b.cells) - a.seconds*float64(a.cells))
	})
	const listed = 20
	fmt.Fprintf(w, "\n%7s %9s %9s  %s\n", "cells", "each", "in sum", "of")
	rest, restCells := 0., 0
	for i, p := range trials {
		if i >= listed {
			rest, restCells = rest+p.seconds*float64(p.cells), restCells+p.cells
			continue
		}
		c := p.cell
		c.Point = nil
		of, _, _ := strings.Cut(c.words(shown), " · seed ")
		fmt.Fprintln(w, report.Cut(fmt.Sprintf("%7d %9s %9s  %s", p.cells, p.bound()+length(p.seconds), p.bound()+length(p.seconds*float64(p.cells)), report.Plain(of)), columns))
	}
	if restCells > 0 {
		fmt.Fprintf(w, "%7d %9s %9s  %d other kinds\n", restCells, "", length(rest), len(trials)-listed)
	}
	about := "about"
	switch {
	case most && !more:
		about = "at most"
	case more && !most:
		about = "more than"
	}
	fmt.Fprintln(w)
	say("time: %s %s on this machine, %s at once.", about, length(max(longest, sum/float64(workers))), report.Count(workers, "cell"))
	if most {
		say("≤: if it makes all of its steps. An ascent that reaches the score at which it stops ends before.")
	}
	if more {
		say(">: it did not end within %s, and has no steps to count.", limit)
	}
	if mb := peakMemory(); mb > 0 {
		say("memory: %.0f MB, as the trials had at their most; records of cells come on top.", mb)
	}
	return nil
}

// run runs the cell for so long at most.
func (p *trial) run(ctx context.Context, s Study, limit time.Duration) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%s: panic: %v", p.cell, r)
		}
	}()
	var steps []time.Duration // when each was reached, of all legs
	begun := time.Now()
	probing, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	watch := func(int, float64) { steps = append(steps, time.Since(begun)) }
	_, err = s.Run(context.WithValue(context.WithValue(probing, watchKey{}, watch), trialKey{}, p), p.cell)
	took := time.Since(begun)
	p.seconds = took.Seconds()
	switch {
	case err == nil || ctx.Err() != nil:
		return err
	case probing.Err() == nil:
		return fmt.Errorf("%s: %w", p.cell, err)
	}
	if p.steps == 0 { // one that optimises by itself
		own, err := fields(p.cell.Settings)
		if err != nil {
			return err
		}
		p.steps, _ = strconv.Atoi(own["steps"])
	}
	if p.steps == 0 || len(steps) < 2 {
		p.more = true
		return nil
	}
	// As fast as in the second half: what is done at the start alone is not done again.
	half := len(steps) / 2
	each := (took - steps[half]).Seconds() / float64(len(steps)-half)
	p.most, p.seconds = true, p.seconds+each*float64(max(0, p.steps+1-len(steps)))
	return nil
}

// bound is the sign before what a trial has found.
func (p *trial) bound() string {
	switch {
	case p.more:
		return ">"
	case p.most:
		return "≤"
	}
	return ""
}

// length is a time in two digits.
func length(seconds float64) string {
	for _, unit := range []struct {
		name string
		of   float64
	}{{"d", 86400}, {"h", 3600}, {"min", 60}} {
		if seconds >= 1.5*unit.of {
			return fmt.Sprintf("%.2g %s", seconds/unit.of, unit.name)
		}
	}
	return fmt.Sprintf("%.2g s", seconds)
}
