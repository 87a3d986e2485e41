package experiments

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"simgrad/data"
	"simgrad/experiments/report"
	"simgrad/graph"
)

// A Command is one without cells: it prints what it is asked, and keeps no records.
type Command struct {
	About
	Flags func(*flag.FlagSet)
	// Do prints what is asked on out, and what it must be read with on warnings.
	Do func(ctx context.Context, out, warnings io.Writer) error

	args []string // as given
}

// Kept returns what a folder keeps of a command's cells, nil of those that are not there or
// cannot be believed, and how to keep another, from which on a kill does not lose it.
func (c *Command) Kept(dir string, cells []Cell) (records []*Record, keep func(Cell, *Record) error, err error) {
	r := &Results{Dir: dir, Recompute: true, study: c.Name, code: codeOf(c.About)}
	blas, _ := graph.BLAS()
	records = make([]*Record, len(cells))
	for i, cell := range cells {
		switch rec, err := r.read(cell); {
		case err == nil && rec.BLAS == blas:
			records[i] = rec
		case err != nil && !errors.Is(err, os.ErrNotExist) && !errors.As(err, new(*damagedErr)):
			return nil, nil, err
		}
	}
	return records, func(cell Cell, rec *Record) error {
		rec.Cell, rec.BLAS = cell, blas
		return r.keep(rec)
	}, nil
}

// WriteReport writes a report into a folder, with the command and the version that made it, and
// removes what killed runs left unfinished there. A file that sets were read from is not replaced.
func (c *Command) WriteReport(dir string, rep *report.Report, sets []*data.Dataset) error {
	blas := rep.BLAS
	finish(rep, c.About, c.args, nil, nil)
	rep.BLAS = blas
	data.Sweep(dir)
	return (&Results{Dir: dir, inputs: sets}).write(rep, nil)
}

// Main runs the command and ends the process.
func (c *Command) Main() {
	os.Exit(untilAsked(c.Name, func(ctx context.Context) int {
		return c.Run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	}))
}

// Run is Main without the process: it returns the exit code.
func (c *Command) Run(ctx context.Context, args []string, out, stderr io.Writer) int {
	c.args = args
	fs := flag.NewFlagSet(c.Name, flag.ContinueOnError)
	dataDir(fs)
	c.Flags(fs)
	files, code := parse(fs, c.About, args, out, stderr)
	if code >= 0 {
		return code
	}
	if _, err := graph.BLAS(); err != nil {
		return fail(ctx, c.Name, Usage(err), stderr)
	}
	err := c.files(files)
	if err == nil {
		counted, end := counting(ctx, c.Name, stderr)
		var found, warnings bytes.Buffer // so that the line of progress is gone before
		err = c.Do(counted, &found, &warnings)
		end()
		_, warned := warnings.WriteTo(stderr)
		_, said := found.WriteTo(out)
		err = cmp.Or(err, said, warned)
	}
	if err != nil {
		return fail(ctx, c.Name, err, stderr)
	}
	return exitDone
}

// patience is how long a process that is asked to end may take: a factorisation of large
// data does not look up.
const patience = 700 * time.Millisecond

// untilAsked runs f until it ends or the process is asked to. Asked twice, it ends at once,
// and asked once after some time: files are whole at any moment, and a cell that has ended
// is kept.
func untilAsked(name string, f func(context.Context) int) int {
	takeAllotment()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ended := context.AfterFunc(ctx, func() {
		stop()
		time.Sleep(patience)
		fmt.Fprintln(os.Stderr, name+": interrupted")
		os.Exit(exitInterrupted)
	})
	defer ended() // what ends by itself is not asked to
	return f(ctx)
}

// parse parses a command's arguments, and returns the files among them and a code
// of -1. If the command ends here, with help or with an error in one line, it
// returns the exit code.
func parse(fs *flag.FlagSet, a About, args []string, stdout, stderr io.Writer) (files []string, code int) {
	fs.SetOutput(io.Discard)
	files, err := interleaved(fs, args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		help(stdout, a, fs)
		return nil, exitDone
	case err != nil:
		said := report.Plain(err.Error())
		if !strings.HasSuffix(said, "?") {
			said += ";"
		}
		fmt.Fprintf(stderr, "%s: %s -h lists the flags\n", fs.Name(), said)
		return nil, exitUsage
	}
	return files, -1
}

// interleaved parses args, flags and files in any order, and returns the files.
func interleaved(fs *flag.FlagSet, args []string) (files []string, err error) {
	for {
		if err := fs.Parse(args); err != nil {
			return nil, unknownFlag(fs, err)
		}
		if args = fs.Args(); len(args) == 0 {
			return files, nil
		}
		files, args = append(files, args[0]), args[1:]
	}
}

// unknownFlag is err, with the flag that is meant by one that there is not.
func unknownFlag(fs *flag.FlagSet, err error) error {
	name, unknown := strings.CutPrefix(err.Error(), "flag provided but not defined: -")
	if !unknown {
		return err
	}
	var known []string
	fs.VisitAll(func(f *flag.Flag) { known = append(known, f.Name) })
	meant := data.Meant(name, known)
	if meant == "" {
		return fmt.Errorf("there is no flag -%s", name)
	}
	return fmt.Errorf("there is no flag -%s; is -%s meant?", name, meant)
}
