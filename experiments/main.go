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
	_, alone := s.(interface{ Alone() }) // its cells are timed, and would disturb each other
	most := runtime.NumCPU()
	if alone {
		most = 1
	}
	workers := fs.Int("workers", most, "cells run at once; results do not depend on it")
	s.Flags(fs)
	files, code := parse(fs, s.Usage(), args, stderr)
	if code >= 0 {
		return code
	}
	if _, err := graph.BLAS(); err != nil {
		return fail(ctx, s.Name(), usage(err), stderr)
	}
	if err := run(ctx, s, fs, files, *out, *workers, args, stderr); err != nil {
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
	fmt.Fprintf(stderr, "%s: %v\n", name, err)
	if errors.As(err, new(*usageErr)) {
		return exitUsage
	}
	return exitFailure
}

func run(ctx context.Context, s Study, fs *flag.FlagSet, files []string, out string, workers int, args []string, stderr io.Writer) error {
	if named, ok := s.(interface{ Arguments([]string) error }); ok {
		if err := named.Arguments(files); err != nil {
			return err
		}
	} else if len(files) > 0 {
		return usageError("unexpected argument %q; datasets and files are named by -data", files[0])
	}
	if workers < 1 {
		return usageError("-workers %d: at least one is needed", workers)
	}
	if _, alone := s.(interface{ Alone() }); alone && workers > 1 {
		return usageError("-workers %d: %s runs one cell at a time, for its timings would disturb each other", workers, s.Name())
	}
	if out == "" {
		out = filepath.Join("results", s.Name())
		if q := fs.Lookup("quick"); q != nil && q.Value.String() == "true" {
			out += "-quick"
		}
	}
	cells, err := s.Plan()
	if err = errors.Join(ctx.Err(), err); err != nil {
		return err
	}
	results := Results{out}
	if err := results.open(s.Name(), cells); err != nil {
		return err
	}
	records, err := runCells(ctx, s, cells, results, workers, stderr)
	if err != nil {
		return err
	}
	report, err := s.Report(records)
	if err = errors.Join(ctx.Err(), err); err != nil {
		return err
	}
	report.finish(s.Name(), args, cells, records)
	if err := results.write(report); err != nil {
		return err
	}
	fmt.Fprintf(stderr, "%s\n%s: %s\n", report.plainFinding(), s.Name(), filepath.Join(out, "report.html"))
	return nil
}

// runCells returns the record of every cell, running those that have none.
func runCells(ctx context.Context, s Study, cells []Cell, results Results, workers int, stderr io.Writer) ([]*Record, error) {
	records := make([]*Record, len(cells))
	var todo []int
	for i, c := range cells {
		r, err := results.read(c)
		switch {
		case err == nil:
			records[i] = r
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

func runCell(ctx context.Context, s Study, c Cell, results Results, m *monitor) (r *Record, err error) {
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

// parse parses args, flags and files in any order, and returns the files and a
// code of -1. If the command ends here, with help or with an error in one line, it
// returns the exit code.
func parse(fs *flag.FlagSet, usage string, args []string, stderr io.Writer) (files []string, code int) {
	fs.SetOutput(io.Discard)
	for {
		switch err := fs.Parse(args); {
		case errors.Is(err, flag.ErrHelp):
			fs.SetOutput(stderr)
			fmt.Fprintf(stderr, "%s\n\nFlags:\n", usage)
			fs.PrintDefaults()
			return nil, exitDone
		case err != nil:
			fmt.Fprintf(stderr, "%s: %v; -h lists the flags\n", fs.Name(), err)
			return nil, exitUsage
		}
		if args = fs.Args(); len(args) == 0 {
			return files, -1
		}
		files, args = append(files, args[0]), args[1:]
	}
}

// A usageErr is a mistake in the command itself.
type usageErr struct{ error }

func (u *usageErr) Unwrap() error { return u.error }

func usage(err error) error { return &usageErr{err} }

func usageError(format string, args ...any) error { return usage(fmt.Errorf(format, args...)) }
