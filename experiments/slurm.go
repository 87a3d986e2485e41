package experiments

import (
	"bytes"
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"simgrad/data"
	"simgrad/experiments/report"
	"simgrad/graph"
)

// A cluster is what a Slurm array job is submitted with. Of the cluster it needs a file
// system that its nodes and this machine share, and no Go.
type cluster struct {
	engine    string // slurm, or "" for this machine
	dryRun    bool
	tasks     int
	partition string
	time      string
	memory    string
	cpus      int
}

// mostTasks are those of an array job, unless they are asked for.
const mostTasks = 64

func (c *cluster) flags(fs *flag.FlagSet) {
	fs.StringVar(&c.engine, "submit", "", "`slurm`: submit the cells that have no record yet as a Slurm array job, and a job that reports after it; the results folder must be on a file system that the nodes share")
	fs.BoolVar(&c.dryRun, "dry-run", false, "with -submit, print the jobs' scripts and do nothing")
	fs.IntVar(&c.tasks, "slurm-tasks", 0, fmt.Sprintf("most tasks of the array job, among which cells are shared (default %d)", mostTasks))
	fs.StringVar(&c.partition, "slurm-partition", "", "`partition` to run in (default the cluster's)")
	fs.StringVar(&c.time, "slurm-time", "", "`limit` of a task's time, as sbatch --time takes it: minutes, hours:minutes:seconds, days-hours (default the partition's); what it cuts off is gone on with by the same command")
	fs.StringVar(&c.memory, "slurm-memory", "", "`memory` of a task, as sbatch --mem takes it: 4G (default the partition's)")
	fs.IntVar(&c.cpus, "slurm-cpus", 1, "processors of a task: as many cells run at once")
}

// isOfPlace is whether a flag says where cells run, of which no result knows.
func isOfPlace(name string) bool {
	return name == "shard" || name == "plan" || name == "submit" || name == "dry-run" || strings.HasPrefix(name, "slurm-")
}

var slurmWord = regexp.MustCompile(`^[A-Za-z0-9_.:,+-]*$`)

// check says what is wrong with the flags.
func (c *cluster) check(fs *flag.FlagSet, about About, s shard) error {
	if c.engine == "" {
		var useless error
		fs.Visit(func(f *flag.Flag) {
			if f.Name == "dry-run" || strings.HasPrefix(f.Name, "slurm-") {
				useless = Usagef("-%s has no effect without -submit slurm", f.Name)
			}
		})
		return useless
	}
	for name, word := range map[string]string{"partition": c.partition, "time": c.time, "memory": c.memory} {
		if !slurmWord.MatchString(word) {
			return Usagef("-slurm-%s %q: it must be of letters, digits and any of _ . : , + -", name, word)
		}
	}
	switch {
	case c.engine != "slurm":
		return Usagef("-submit %q: it must be slurm", c.engine)
	case s != whole:
		return Usagef("-submit shares the cells out itself; leave -shard out")
	case about.Alone:
		return Usagef("-submit: %s times its cells, on one machine", about.Name)
	case c.tasks < 0:
		return Usagef("-slurm-tasks %d: at least one is needed", c.tasks)
	case c.cpus < 1:
		return Usagef("-slurm-cpus %d: at least one is needed", c.cpus)
	}
	return nil
}

// A job is a script that Slurm runs in the folder where the command was given.
type job struct {
	name, folder, logs, program string
	tasks                       int // of an array; 0 is no array
	args                        []string
}

// script is a job's. It becomes the program, so that what Slurm asks to end is that; what
// is preempted or loses its node is queued again and goes on with the records that are there.
func (c *cluster) script(j job) (string, error) {
	var b strings.Builder
	b.WriteString("#!/bin/bash\n")
	option := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "#SBATCH --%s=%s\n", name, value)
		}
	}
	for _, path := range []string{j.folder, j.logs} {
		if strings.ContainsAny(path, "\"\\\n\r") {
			return "", fmt.Errorf("%q: sbatch takes no folder with a quote, a backslash or a line's end in its name; choose another with -out", path)
		}
	}
	option("job-name", j.name)
	logs := strings.ReplaceAll(j.logs, "%", "%%")
	if j.tasks > 0 {
		option("array", fmt.Sprintf("0-%d", j.tasks-1))
		option("output", `"`+logs+`/%A_%a.log"`)
	} else {
		option("output", `"`+logs+`/%j.log"`)
	}
	option("chdir", `"`+j.folder+`"`)
	option("open-mode", "append")
	option("partition", c.partition)
	option("time", c.time)
	option("mem", c.memory)
	option("cpus-per-task", fmt.Sprint(c.cpus))
	b.WriteString("#SBATCH --requeue\n\n")
	path, _ := graph.BLAS()
	path, _, _ = strings.Cut(path, ":")
	fmt.Fprintf(&b, "export SIMGRAD_BLAS=%s\n", path)
	for _, variable := range os.Environ() {
		if name, value, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "SIMGRAD_") && name != "SIMGRAD_BLAS" && slurmWord.MatchString(name) {
			fmt.Fprintf(&b, "export %s=%s\n", name, quoted(value))
		}
	}
	b.WriteString("exec " + quoted(j.program))
	for _, arg := range j.args {
		b.WriteString(" " + quoted(arg))
	}
	b.WriteString("\n")
	return b.String(), nil
}

// quoted is a word as a shell takes it.
func quoted(word string) string {
	if word != "" && strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./,=:+@%") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// submit hands the cells without a record to Slurm: a copy of this program in the results
// folder, an array job among whose tasks all cells are shared, and after it, whatever has
// become of its tasks, a job that reports or says what is missing.
func (c *cluster) submit(ctx context.Context, name string, results *Results, cells, todo []Cell, args []string, stderr io.Writer) error {
	here, err := os.Getwd()
	if err != nil {
		return err
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	folder, err := filepath.Abs(filepath.Join(results.Dir, "slurm"))
	if err != nil {
		return err
	}
	sum, err := sumOfFile(program)
	if err != nil {
		return err
	}
	j := job{name: report.Slug(name), folder: here, logs: folder, program: filepath.Join(folder, report.Slug(name)+"-"+sum[:8]), tasks: min(cmp.Or(c.tasks, mostTasks), len(cells))}
	array := j
	array.args = append(slices.Clone(args), "-shard", "slurm")
	last := j
	last.tasks, last.args, last.name = 0, append(slices.Clone(args), "-shard", "none"), j.name+"-report"
	var scripts []string
	for _, j := range []job{array, last} {
		script, err := c.script(j)
		if err != nil {
			return err
		}
		scripts = append(scripts, script)
	}
	if c.dryRun {
		for i, script := range scripts {
			fmt.Fprintf(stderr, "# %s, %s\n%s\n", filepath.Join(folder, scriptNames[i]), [2]string{"an array job", "after it, whatever becomes of its tasks"}[i], script)
		}
		return nil
	}
	sbatch, err := exec.LookPath("sbatch")
	if err != nil {
		return fmt.Errorf("-submit slurm: there is no sbatch on this machine; run this where jobs are submitted from, or with -dry-run for the scripts alone")
	}
	if err := copyProgram(program, j.program); err != nil {
		return err
	}
	var ids []string
	for i, script := range scripts {
		file := filepath.Join(folder, scriptNames[i])
		if err := writeFile(file, []byte(script)); err != nil {
			return err
		}
		call := []string{"--parsable"}
		if i > 0 {
			call = append(call, "--dependency=afterany:"+ids[0])
		}
		cmd := exec.CommandContext(ctx, sbatch, append(call, file)...)
		var said bytes.Buffer
		cmd.Stderr = &said
		out, err := cmd.Output()
		if err != nil {
			err = fmt.Errorf("sbatch %s: %w: %s", file, err, strings.TrimSpace(said.String()))
			if i > 0 {
				err = fmt.Errorf("job %s runs, and its last task will report; the job that reports after it was refused: %w", ids[0], err)
			}
			return err
		}
		id, _, _ := strings.Cut(strings.TrimSpace(string(out)), ";") // the cluster's name may follow
		ids = append(ids, id)
	}
	path, _ := graph.BLAS()
	fmt.Fprintf(stderr, "%s: %d of %d cells have no record yet; all are shared by the %d tasks of job %s, and job %s reports after them\n", name, len(todo), len(cells), j.tasks, ids[0], ids[1])
	fmt.Fprintf(stderr, "  linear algebra: %s on every node, as here; a node that lacks it refuses, and SIMGRAD_BLAS=avx2 or gonum before this command asks for less\n", path)
	fmt.Fprintf(stderr, "  follow:         squeue -j %s,%s; tail -F %s\n", ids[0], ids[1], quoted(filepath.Join(folder, ids[0]))+"_*.log")
	fmt.Fprintf(stderr, "  stop:           scancel %s %s; the same command goes on from there\n", ids[0], ids[1])
	fmt.Fprintf(stderr, "  report:         %s\n", report.Plain(filepath.Join(results.Dir, "report.html")))
	return nil
}

var scriptNames = [2]string{"array.sbatch", "report.sbatch"}

// copyProgram copies a program, whole or not at all.
func copyProgram(from, to string) error {
	if _, err := os.Stat(to); err == nil {
		if sum, err := sumOfFile(to); err == nil && strings.HasSuffix(to, sum[:8]) {
			return nil
		}
	}
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	part, err := data.WritePart(to, func(w io.Writer) error {
		_, err := io.Copy(w, f)
		return err
	})
	if err != nil {
		return err
	}
	if err := cmp.Or(os.Chmod(part, 0o755), os.Rename(part, to)); err != nil {
		os.Remove(part)
		return err
	}
	return nil
}
