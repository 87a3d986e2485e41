package experiments

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"simgrad/data"
	"simgrad/experiments/report"
	"simgrad/graph"
)

// Exit codes of a study's command.
const (
	exitDone        = 0
	exitFailure     = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// Main runs s as a command and ends the process: it plans, runs the cells that
// have no record yet, and reports.
func Main(s Study) {
	os.Exit(untilAsked(s.About().Name, func(ctx context.Context) int {
		return Run(ctx, s, os.Args[1:], os.Stdout, os.Stderr)
	}))
}

// Run is Main without the process: it returns the exit code, and writes what was found and
// the report's path to stdout, progress, warnings and errors to stderr.
func Run(ctx context.Context, s Study, args []string, stdout, stderr io.Writer) int {
	fs := flag.NewFlagSet(s.About().Name, flag.ContinueOnError)
	out := fs.String("out", "", "`folder` for results (default results/"+s.About().Name+", with the dataset that was asked for after it, and -quick or -deep)")
	workers := fs.Int("workers", mostWorkers(s), "cells run at once; results do not depend on it")
	recompute := fs.Bool("recompute", false, "compute anew what another version of the code has computed")
	d := driver{stdout: stdout, stderr: stderr}
	fs.StringVar(&d.share, "shard", "", shardUsage)
	fs.BoolVar(&d.plan, "plan", false, "say how many cells there are to compute, and how long and how much memory they take, by running some of each kind for seconds; compute and write nothing")
	d.flags(fs)
	dataDir(fs)
	s.Flags(fs)
	files, code := parse(fs, s.About(), args, stdout, stderr)
	if code >= 0 {
		return code
	}
	if _, err := graph.BLAS(); err != nil {
		return fail(ctx, s.About().Name, Usage(err), stderr)
	}
	d.results, d.workers, d.args = &Results{Dir: *out, Recompute: *recompute}, *workers, without(fs, args, isOfPlace)
	if err := d.run(ctx, s, fs, files); err != nil {
		if asked := new(helpErr); errors.As(err, &asked) {
			fmt.Fprintln(stdout, asked.text)
			return exitDone
		}
		code := fail(ctx, s.About().Name, err, stderr)
		if code == exitInterrupted {
			fmt.Fprintln(stderr, "The same command goes on from here.")
		}
		return code
	}
	return exitDone
}

// dataDir declares -data-dir, which is SIMGRAD_DATA for this process.
func dataDir(fs *flag.FlagSet) {
	fs.Func("data-dir", "`folder` of published recordings, as mante2013.npz, that are known by name (default $"+data.FolderVariable+", else recordings)", func(folder string) error {
		if folder == "" {
			return errors.New("name a folder")
		}
		return os.Setenv(data.FolderVariable, folder)
	})
}

// fail says err in one line and returns the exit code for it.
func fail(ctx context.Context, name string, err error, stderr io.Writer) int {
	if ctx.Err() != nil {
		fmt.Fprintf(stderr, "%s: interrupted\n", name)
		return exitInterrupted
	}
	fmt.Fprintf(stderr, "%s: %s\n", name, report.Plain(err.Error()))
	if errors.As(err, new(*usageErr)) {
		return exitUsage
	}
	return exitFailure
}

// A driver runs a study's command: where its cells run, and where results go.
type driver struct {
	cluster
	results *Results
	workers int
	share   string   // of the cells, as asked for
	plan    bool     // whether that is all
	args    []string // without those of where cells run
	stdout  io.Writer
	stderr  io.Writer
}

func (d *driver) run(ctx context.Context, s Study, fs *flag.FlagSet, files []string) error {
	if err := s.About().files(files); err != nil {
		return err
	}
	if d.workers < 1 {
		return Usagef("-workers %d: at least one is needed", d.workers)
	}
	if s.About().Alone && d.workers > 1 {
		return Usagef("-workers %d: %s runs one cell at a time, for its timings would disturb each other", d.workers, s.About().Name)
	}
	share, err := parseShard(d.share)
	if err != nil {
		return err
	}
	if s.About().Alone && share != whole {
		return Usagef("-shard: %s times its cells, on one machine", s.About().Name)
	}
	if err := d.check(fs, s.About(), share); err != nil {
		return err
	}
	cells, err := s.Plan(ctx)
	if err = errors.Join(ctx.Err(), err); err != nil {
		return err
	}
	results, stderr := d.results, d.stderr
	if results.Dir == "" {
		results.Dir = filepath.Join("results", folderOf(s.About().Name, fs, files, datasets(cells)))
	}
	if d.dryRun {
		return d.submit(ctx, s.About().Name, results, cells, cells, d.args, stderr)
	}
	if d.plan {
		results.study, results.code = s.About().Name, codeOf(s.About())
		todo, err := lacking(results, share.of(cells))
		if err != nil {
			return err
		}
		return d.printPlan(ctx, s, cells, todo, d.stdout)
	}
	if err := results.open(s, cells); err != nil {
		return err
	}
	for _, set := range datasets(cells) { // so that axes taken for others are seen at once
		fmt.Fprintln(stderr, report.Wrap(report.Plain(report.Describe(set).Line()), columns, s.About().Name+": ", "  "))
		for _, remark := range set.Card.Remarks {
			fmt.Fprintln(stderr, report.Wrap(report.Plain(shown(set)+": "+remark), columns, s.About().Name+": ", "  "))
		}
	}
	switch {
	case d.engine != "":
		if todo, err := lacking(results, cells); err != nil || len(todo) > 0 {
			if err != nil {
				return err
			}
			return d.submit(ctx, s.About().Name, results, cells, todo, d.args, stderr)
		}
	case share != whole:
		if _, err := runCells(ctx, s, share.of(cells), results, d.workers, stderr); err != nil {
			return err
		}
		if some, err := share.missing(s.About().Name, results, cells, stderr); err != nil || some {
			return err
		}
	}
	records, err := runCells(ctx, s, cells, results, d.workers, stderr)
	if err != nil {
		return err
	}
	rep, err := reportOn(s, records)
	if err = errors.Join(ctx.Err(), err); err != nil {
		return err
	}
	finish(rep, s.About(), d.args, cells, records)
	if err := results.whole(cells); err != nil { // before the report, which is of what is kept
		return err
	}
	if err := results.write(rep, records); err != nil {
		return err
	}
	if others := results.others(cells); others != nil {
		fmt.Fprintln(stderr, report.Wrap(fmt.Sprintf("%s has records of %s too, and this report leaves them out: ask for them as well, or choose another folder with -out.",
			report.Plain(results.Dir), strings.Join(others, ", ")), columns, s.About().Name+": ", "  "))
	}
	if err := results.whole(cells); err != nil {
		return err
	}
	found, printed := d.stdout, []byte(nil)
	if p, ok := s.(Printer); ok {
		if printed, err = p.Print(rep); err != nil {
			return err
		}
		if printed != nil {
			found = stderr
		}
	}
	say(rep, datasets(cells), found, stderr)
	if _, err = fmt.Fprintln(found, report.Plain(filepath.Join(results.Dir, "report.html"))); err == nil && printed != nil {
		_, err = d.stdout.Write(printed)
	}
	return err
}

// folderOf is the folder for results that nobody has named: the study's, and of datasets
// that were asked for the first, by name, with the number of others, and the content of
// all. So none takes the place of another's.
func folderOf(study string, fs *flag.FlagSet, files []string, sets []*data.Dataset) string {
	asked, size := len(files) > 0, ""
	fs.Visit(func(f *flag.Flag) {
		asked = asked || f.Name == "data"
		if (f.Name == "quick" || f.Name == "deep") && f.Value.String() == "true" {
			size = "-" + f.Name
		}
	})
	if asked && len(sets) > 0 {
		content, others := sets[0].Hash(), ""
		if len(sets) > 1 {
			for _, d := range sets[1:] {
				content += d.Hash()
			}
			content, others = sumOf([]byte(content)), fmt.Sprintf("+%d", len(sets)-1)
		}
		study += fmt.Sprintf("-%s-%.6s%s", report.Slug(sets[0].Name), content, others)
	}
	return study + size
}

// ReportOf runs a study, with flags as its command takes them, and returns its
// report. It reads and writes no results: a measure defined anew is computed anew.
func ReportOf(ctx context.Context, s Study, args ...string) (*report.Report, error) {
	rep, err := reportOf(ctx, s, args)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.About().Name, err)
	}
	return rep, nil
}

func reportOf(ctx context.Context, s Study, args []string) (*report.Report, error) {
	_, files, err := flagsOf(s, args)
	if err != nil {
		return nil, err
	}
	if err := s.About().files(files); err != nil {
		return nil, err
	}
	cells, err := s.Plan(ctx)
	if err != nil {
		return nil, err
	}
	records, err := runCells(ctx, s, cells, nowhere{}, mostWorkers(s), io.Discard)
	if err != nil {
		return nil, err
	}
	rep, err := reportOn(s, records)
	if err != nil {
		return nil, err
	}
	finish(rep, s.About(), args, cells, records)
	return rep, nil
}

// flagsOf sets a study's flags from arguments, and returns the others.
func flagsOf(s Study, args []string) (fs *flag.FlagSet, files []string, err error) {
	fs = flag.NewFlagSet(s.About().Name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	dataDir(fs)
	s.Flags(fs)
	files, err = interleaved(fs, args)
	return fs, files, err
}

// reportOn is the study's Report, of which a panic is an error.
func reportOn(s Study, records []*Record) (rep *report.Report, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("report: panic: %v", p)
		}
	}()
	if len(records) == 0 {
		return nil, errors.New("there are no records to report on")
	}
	return s.Report(records)
}

// mostWorkers is how many cells of a study run at once, unless fewer are asked
// for: one where cells are timed, and would disturb each other.
func mostWorkers(s Study) int {
	if s.About().Alone {
		return 1
	}
	return runtime.GOMAXPROCS(0)
}

// runCells returns the record of every cell, running those that have none.
func runCells(ctx context.Context, s Study, cells []Cell, results store, workers int, stderr io.Writer) ([]*Record, error) {
	records := make([]*Record, len(cells))
	var todo []int
	for i, c := range cells {
		r, err := results.read(c)
		switch {
		case err == nil:
			records[i] = r
			if kept, ok := results.(*Results); ok {
				os.Remove(checkpointIn(kept.folder(c))) // of a run that was killed on its way out
			}
		case errors.As(err, new(*damagedErr)):
			fmt.Fprintf(stderr, "%s: %s; it is computed anew\n", s.About().Name, report.Plain(err.Error()))
			todo = append(todo, i)
		case errors.Is(err, os.ErrNotExist):
			todo = append(todo, i)
		default:
			return nil, err
		}
	}
	runtime.GC() // what a plan has checked of its measures is as much as a cell takes
	m := newMonitor(ctx, s.About().Name, cells, records, min(workers, max(1, len(todo))), stderr)
	defer m.close()
	if a, ok := s.(Announcer); ok {
		m.announce = a.Announce
		for _, r := range records {
			if r != nil {
				m.tell(r)
			}
		}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	queue := make(chan int)
	var wg sync.WaitGroup
	for range min(workers, len(todo)) {
		wg.Go(func() {
			for i := range queue {
				r, err := runCell(ctx, s, i, results, m)
				if err != nil {
					cancel(fmt.Errorf("%s: %w", cells[i], err))
					continue
				}
				records[i] = r
			}
		})
	}
feed:
	for _, i := range inOrder(cells, todo) {
		select {
		case queue <- i:
		case <-ctx.Done():
			break feed
		}
	}
	close(queue)
	wg.Wait()
	return records, context.Cause(ctx)
}

func runCell(ctx context.Context, s Study, i int, results store, m *monitor) (r *Record, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	defer func() { // a study's bug costs its cell and names it
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	c, start := m.cells[i], time.Now()
	m.begin(i)
	defer m.leave()
	ctx = context.WithValue(ctx, watchKey{}, m.watch(i))
	seconds := func() float64 { return time.Since(start).Seconds() }
	if kept, ok := results.(*Results); ok {
		ctx = context.WithValue(ctx, scratchKey{}, kept.Dir)
		stands, err := kept.checkpointOf(c, m.sayer(c))
		if err != nil {
			return nil, err
		}
		defer stands.close()
		ctx, seconds = context.WithValue(ctx, checkpointKey{}, stands), stands.seconds
	}
	r, err = s.Run(ctx, c)
	if err != nil {
		return nil, err
	}
	r.Cell, r.Seconds = c, seconds()
	r.BLAS, _ = graph.BLAS()
	if err := results.keep(r); err != nil {
		return nil, err
	}
	m.end(i, r)
	return r, nil
}

// A usageErr is a mistake in the command itself.
type usageErr struct{ error }

func (u *usageErr) Unwrap() error { return u.error }

// Usage is err as a mistake in the command itself, of which the exit code is 2.
func Usage(err error) error { return &usageErr{err} }
