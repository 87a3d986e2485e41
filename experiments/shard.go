package experiments

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// A shard is the share of a study's cells that one of several runs computes into a folder
// that all of them see.
type shard struct{ i, n int } // the i-th of n, from 1; the 0-th computes nothing

var whole = shard{1, 1}

// shardUsage is what -shard takes.
const shardUsage = "compute the `share` i/n of the cells alone, 1/n to n/n, each as a run of its own into one folder that all see; " +
	"slurm: the share of this task of a Slurm array job; none: no cell. Whichever run finds a record of every cell writes the report"

// parseShard reads a share; of slurm, from the environment of an array job.
func parseShard(text string) (shard, error) {
	switch text {
	case "":
		return whole, nil
	case "none":
		return shard{0, 1}, nil
	case "slurm":
		return slurmShard(os.Getenv)
	}
	before, after, _ := strings.Cut(text, "/")
	i, err := strconv.Atoi(before)
	n, nerr := strconv.Atoi(after)
	if err != nil || nerr != nil || i < 1 || i > n {
		return shard{}, Usagef("-shard %q: it must be i/n, 1/n to n/n, or slurm, or none", text)
	}
	return shard{i, n}, nil
}

// slurmShard is the share of a task of a Slurm array job: number (ID − MIN)/STEP, from 0,
// of (MAX − MIN)/STEP + 1.
func slurmShard(getenv func(string) string) (shard, error) {
	number := map[string]int{}
	for _, name := range []string{"ID", "MIN", "MAX", "STEP", "COUNT"} {
		text := getenv("SLURM_ARRAY_TASK_" + name)
		if text == "" {
			return shard{}, Usagef("-shard slurm: SLURM_ARRAY_TASK_%s is not set, as it is in the tasks of a Slurm array job; elsewhere -shard takes i/n", name)
		}
		v, err := strconv.Atoi(text)
		if err != nil {
			return shard{}, Usagef("-shard slurm: SLURM_ARRAY_TASK_%s is %q; it must be a number", name, text)
		}
		number[name] = v
	}
	id, least, most, step, count := number["ID"], number["MIN"], number["MAX"], number["STEP"], number["COUNT"]
	if step < 1 || id < least || id > most || (id-least)%step != 0 || (most-least)/step+1 != count {
		return shard{}, Usagef("-shard slurm: task %d of an array of %d from %d to %d in steps of %d: the tasks must be evenly spaced, as in --array=0-%d, so that none is left out",
			id, count, least, most, step, max(count, 1)-1)
	}
	return shard{(id-least)/step + 1, count}, nil
}

// of is the share of the cells, in the plan's order. Cells are dealt out in the order of
// their hashes, so that no share has all of one kind.
func (s shard) of(cells []Cell) (mine []Cell) {
	sums := make([]string, len(cells))
	order := make([]int, len(cells))
	for i, c := range cells {
		b, err := json.Marshal(c)
		if err != nil {
			panic(fmt.Errorf("%s: %w", c, err)) // a study's settings or point
		}
		sums[i], order[i] = sumOf(b), i
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(sums[a], sums[b]) })
	dealt := make([]bool, len(cells))
	for k, i := range order {
		dealt[i] = k%s.n == s.i-1
	}
	for i, c := range cells {
		if dealt[i] {
			mine = append(mine, c)
		}
	}
	return mine
}

// lacking are the cells that have no record yet.
func lacking(results store, cells []Cell) (without []Cell, err error) {
	for _, c := range cells {
		switch _, err := results.read(c); {
		case errors.Is(err, os.ErrNotExist) || errors.As(err, new(*damagedErr)):
			without = append(without, c)
		case err != nil:
			return nil, err
		}
	}
	return without, nil
}

// missing says what of a plan other runs have still to compute: nothing, a line for who
// has done its share, or an error for who should have found all.
func (s shard) missing(name string, results store, cells []Cell, stderr io.Writer) (some bool, err error) {
	without, err := lacking(results, cells)
	switch {
	case err != nil || len(without) == 0:
		return false, err
	case s.i == 0:
		return true, fmt.Errorf("%d of %d cells have no record yet, %s the first; the command without -shard, or with -submit slurm, goes on with them", len(without), len(cells), without[0])
	}
	fmt.Fprintf(stderr, "%s: share %d/%d is done; %d of %d cells have no record yet, and the run that finds all writes the report\n", name, s.i, s.n, len(without), len(cells))
	return true, nil
}

// without drops flags, with their values, from a command's arguments.
func without(fs *flag.FlagSet, args []string, drop func(name string) bool) (kept []string) {
	for i := 0; i < len(args); i++ {
		name, hasValue := strings.TrimPrefix(strings.TrimPrefix(args[i], "-"), "-"), false
		name, _, hasValue = strings.Cut(name, "=")
		f := fs.Lookup(name)
		if !strings.HasPrefix(args[i], "-") || f == nil {
			kept = append(kept, args[i])
			if args[i] == "--" && i+1 < len(args) { // a file follows
				i++
				kept = append(kept, args[i])
			}
			continue
		}
		words := args[i : i+1]
		if b, ok := f.Value.(interface{ IsBoolFlag() bool }); !hasValue && i+1 < len(args) && !(ok && b.IsBoolFlag()) {
			words = args[i : i+2]
			i++
		}
		if !drop(name) {
			kept = append(kept, words...)
		}
	}
	return kept
}

// takeAllotment keeps to the processors that Slurm has given a task, unless GOMAXPROCS
// says otherwise.
func takeAllotment() {
	if n, err := strconv.Atoi(os.Getenv("SLURM_CPUS_PER_TASK")); err == nil && n > 0 && os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(n)
	}
}
