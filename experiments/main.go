package experiments

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"

	"simgrad/data"
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
	os.Exit(command(func(ctx context.Context) int {
		return Run(ctx, s, os.Args[1:], os.Stderr)
	}))
}

// command runs f until it ends or the process is asked to.
// Asked twice, it ends at once.
func command(f func(context.Context) int) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return f(ctx)
}

// Run is Main without the process: it returns the exit code and writes progress
// and errors to stderr.
func Run(ctx context.Context, s Study, args []string, stderr io.Writer) int {
	fs := flag.NewFlagSet(s.Name(), flag.ContinueOnError)
	out := fs.String("out", "", "`folder` for results (default results/"+s.Name()+"; with -quick, results/"+s.Name()+"-quick)")
	workers := fs.Int("workers", mostWorkers(s), "cells run at once; results do not depend on it")
	recompute := fs.Bool("recompute", false, "compute anew what another version of the code has computed")
	s.Flags(fs)
	files, code := parse(fs, s.Usage(), args, stderr)
	if code >= 0 {
		return code
	}
	if _, err := graph.BLAS(); err != nil {
		return fail(ctx, s.Name(), usage(err), stderr)
	}
	if err := run(ctx, s, fs, files, &Results{Dir: *out, Recompute: *recompute}, *workers, args, stderr); err != nil {
		return fail(ctx, s.Name(), err, stderr)
	}
	return exitDone
}

// fail says err in one line and returns the exit code for it.
func fail(ctx context.Context, name string, err error, stderr io.Writer) int {
	if ctx.Err() != nil {
		fmt.Fprintf(stderr, "%s: interrupted; the same command goes on from here\n", name)
		return exitInterrupted
	}
	fmt.Fprintf(stderr, "%s: %s\n", name, plain(err.Error()))
	if errors.As(err, new(*usageErr)) {
		return exitUsage
	}
	return exitFailure
}

func run(ctx context.Context, s Study, fs *flag.FlagSet, files []string, results *Results, workers int, args []string, stderr io.Writer) error {
	if err := arguments(s, files); err != nil {
		return err
	}
	if workers < 1 {
		return usageError("-workers %d: at least one is needed", workers)
	}
	if _, alone := s.(interface{ Alone() }); alone && workers > 1 {
		return usageError("-workers %d: %s runs one cell at a time, for its timings would disturb each other", workers, s.Name())
	}
	if results.Dir == "" {
		results.Dir = filepath.Join("results", s.Name())
		if q := fs.Lookup("quick"); q != nil && q.Value.String() == "true" {
			results.Dir += "-quick"
		}
	}
	cells, err := s.Plan(ctx)
	if err = errors.Join(ctx.Err(), err); err != nil {
		return err
	}
	if err := results.open(s, cells); err != nil {
		return err
	}
	if of, ok := s.(interface{ Datasets() []*data.Dataset }); ok {
		for _, d := range of.Datasets() { // so that axes taken for others are seen at once
			fmt.Fprintf(stderr, "%s: %s\n", s.Name(), plain(Describe(d).line()))
		}
	}
	records, err := runCells(ctx, s, cells, results, workers, stderr)
	if err != nil {
		return err
	}
	report, err := reportOn(s, records)
	if err = errors.Join(ctx.Err(), err); err != nil {
		return err
	}
	report.finish(s.Name(), args, cells, records)
	if err := results.write(report); err != nil {
		return err
	}
	for _, line := range report.Finding {
		fmt.Fprintln(stderr, plain(line))
	}
	for _, w := range report.Warnings {
		fmt.Fprintln(stderr, "warning: "+plain(w))
	}
	fmt.Fprintf(stderr, "%s: %s\n", s.Name(), plain(filepath.Join(results.Dir, "report.html")))
	return nil
}

// ReportOf runs a study, with flags as its command takes them, and returns its
// report. It reads and writes no results: a measure defined anew is computed anew.
func ReportOf(ctx context.Context, s Study, args ...string) (*Report, error) {
	report, err := reportOf(ctx, s, args)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name(), err)
	}
	return report, nil
}

func reportOf(ctx context.Context, s Study, args []string) (*Report, error) {
	_, files, err := flagsOf(s, args)
	if err != nil {
		return nil, err
	}
	if err := arguments(s, files); err != nil {
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
	report, err := reportOn(s, records)
	if err != nil {
		return nil, err
	}
	report.finish(s.Name(), args, cells, records)
	return report, nil
}

// flagsOf sets a study's flags from arguments, and returns the others.
func flagsOf(s Study, args []string) (fs *flag.FlagSet, files []string, err error) {
	fs = flag.NewFlagSet(s.Name(), flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	s.Flags(fs)
	files, err = interleaved(fs, args)
	return fs, files, err
}

// reportOn is the study's Report, of which a panic is an error.
func reportOn(s Study, records []*Record) (rep *Report, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("report: panic: %v", p)
		}
	}()
	return s.Report(records)
}

// arguments hands a study the arguments that are no flags.
func arguments(s Study, files []string) error {
	if named, ok := s.(interface{ Arguments([]string) error }); ok {
		return named.Arguments(files)
	}
	if len(files) > 0 {
		return usageError("unexpected argument %q; datasets and files are named by -data", files[0])
	}
	return nil
}

// mostWorkers is how many cells of a study run at once, unless fewer are asked
// for: one where cells are timed, and would disturb each other.
func mostWorkers(s Study) int {
	if _, alone := s.(interface{ Alone() }); alone {
		return 1
	}
	return runtime.NumCPU()
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
		case errors.As(err, new(*damagedErr)):
			fmt.Fprintf(stderr, "%s: %s; it is computed anew\n", s.Name(), plain(err.Error()))
			todo = append(todo, i)
		case errors.Is(err, os.ErrNotExist):
			todo = append(todo, i)
		default:
			return nil, err
		}
	}
	m := newMonitor(s.Name(), len(cells), len(cells)-len(todo), min(workers, max(1, len(todo))), stderr)
	defer m.close()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	queue := make(chan int)
	var wg sync.WaitGroup
	for range min(workers, len(todo)) {
		wg.Go(func() {
			for i := range queue {
				r, err := runCell(ctx, s, cells[i], results, m)
				if err != nil {
					cancel(fmt.Errorf("%s: %w", cells[i], err))
					continue
				}
				records[i] = r
			}
		})
	}
feed:
	for _, i := range todo {
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

func runCell(ctx context.Context, s Study, c Cell, results store, m *monitor) (r *Record, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	defer func() { // a study's bug costs its cell and names it
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	start := time.Now()
	m.begin(c)
	defer m.leave()
	r, err = s.Run(context.WithValue(ctx, watchKey{}, m.watch(c)), c)
	if err != nil {
		return nil, err
	}
	r.Cell, r.Seconds = c, time.Since(start).Seconds()
	r.BLAS, _ = graph.BLAS()
	if err := results.keep(r); err != nil {
		return nil, err
	}
	m.end(c, r)
	return r, nil
}

// parse parses a command's arguments, and returns the files among them and a code
// of -1. If the command ends here, with help or with an error in one line, it
// returns the exit code.
func parse(fs *flag.FlagSet, usage string, args []string, stderr io.Writer) (files []string, code int) {
	fs.SetOutput(io.Discard)
	files, err := interleaved(fs, args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fs.SetOutput(stderr)
		fmt.Fprintf(stderr, "%s\n\nFlags:\n", usage)
		fs.PrintDefaults()
		return nil, exitDone
	case err != nil:
		fmt.Fprintf(stderr, "%s: %s; -h lists the flags\n", fs.Name(), plain(err.Error()))
		return nil, exitUsage
	}
	return files, -1
}

// interleaved parses args, flags and files in any order, and returns the files.
func interleaved(fs *flag.FlagSet, args []string) (files []string, err error) {
	for {
		if err := fs.Parse(args); err != nil {
			return nil, err
		}
		if args = fs.Args(); len(args) == 0 {
			return files, nil
		}
		files, args = append(files, args[0]), args[1:]
	}
}

// A usageErr is a mistake in the command itself.
type usageErr struct{ error }

func (u *usageErr) Unwrap() error { return u.error }

func usage(err error) error { return &usageErr{err} }

func usageError(format string, args ...any) error { return usage(fmt.Errorf(format, args...)) }
