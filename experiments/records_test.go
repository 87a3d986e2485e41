package experiments_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"simgrad/data"
	"simgrad/experiments"
	"simgrad/experiments/report"
	"simgrad/experiments/studies/decode"
	"simgrad/experiments/studies/joint"
	"simgrad/experiments/studies/optimize"
	"simgrad/experiments/studies/pcdynamics"
	"simgrad/experiments/studies/perturb"
	"simgrad/experiments/studytest"
	"simgrad/graph"
	"simgrad/measures"

	"github.com/stretchr/testify/require"
)

// finished runs a study into a folder, and returns how to plan it, go on and report
// without drawing: the tables' bytes, and what is said on the way.
func finished(t *testing.T, study func() experiments.Study, args ...string) (dir string, again func(recompute bool) (csv, said string, err error)) {
	dir = filepath.Join(t.TempDir(), "out")
	var b bytes.Buffer
	require.Equal(t, 0, experiments.Run(context.Background(), study(), append(args, "-out", dir), &b, &b), b.String())
	return dir, func(recompute bool) (string, string, error) {
		s, said := study(), &bytes.Buffer{}
		fs, files, err := experiments.FlagsOf(s, args)
		require.NoError(t, err, fs.Name())
		require.NoError(t, s.About().TakeFiles(files))
		cells, err := s.Plan(context.Background())
		require.NoError(t, err)
		r := &experiments.Results{Dir: dir, Recompute: recompute}
		if err := r.MakeFit(s, cells); err != nil {
			return "", said.String(), err
		}
		records, err := experiments.RunCells(context.Background(), s, cells, r, 1, said)
		if err != nil {
			return "", said.String(), err
		}
		rep, err := experiments.MakeReport(s, records)
		if err != nil {
			return "", said.String(), err
		}
		csv := ""
		for _, table := range rep.CSV {
			b, err := table.Encode()
			require.NoError(t, err)
			csv += string(b)
		}
		return csv, said.String(), nil
	}
}

// filesIn are the records and arrays in a folder.
func filesIn(t *testing.T, dir string) (files []string) {
	require.NoError(t, filepath.WalkDir(filepath.Join(dir, "cells"), func(file string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			files = append(files, file)
		}
		return err
	}))
	return files
}

// A single bit flipped anywhere in a record or in its arrays is found, said, and its cell
// computed anew, or has no effect: tables are as before.
func TestFlippedBits(t *testing.T) {
	flips := 180
	if testing.Short() {
		flips = 20
	}
	for name, c := range map[string]struct {
		study func() experiments.Study
		args  []string
	}{
		"optimize":   {func() experiments.Study { return optimize.New() }, []string{"-steps", "20", "toy2d"}},
		"pcdynamics": {func() experiments.Study { return pcdynamics.New() }, []string{"-data", "toy2d", "-measures", "cka,nbs", "-seeds", "1", "-steps", "10"}},
		"perturb":    {func() experiments.Study { return perturb.New() }, []string{"-data", "toy2d", "-measures", "cka,nbs"}},
	} {
		dir, again := finished(t, c.study, c.args...)
		want, said, err := again(false)
		require.NoError(t, err)
		require.Empty(t, said)
		files := filesIn(t, dir)
		random, silent := rand.New(rand.NewPCG(7, 0)), 0
		for range flips {
			file := files[random.IntN(len(files))]
			b, err := os.ReadFile(file)
			require.NoError(t, err)
			at, bit := random.IntN(len(b)), random.IntN(8)
			b[at] ^= 1 << bit
			require.NoError(t, os.WriteFile(file, b, 0o644))
			got, said, err := again(false)
			where := fmt.Sprintf("%s: bit %d of byte %d of %s: %s", name, bit, at, file, said)
			require.NoError(t, err, where)
			require.Equal(t, want, got, where)
			if said == "" {
				silent++
				b[at] ^= 1 << bit
				require.NoError(t, os.WriteFile(file, b, 0o644))
				continue
			}
			require.Contains(t, said, "it is computed anew", where)
			require.Contains(t, said, filepath.Dir(file))
		}
		require.Less(t, silent, 1+flips/20, "%s: the case of a key alone has no effect", name)
	}
}

// A file cut short, another cell's record in a cell's place and a record without its
// arrays are no records; one of another version of the code, or by another formula, is
// refused, and recomputed if that is asked for.
func TestRecordsThatAreNot(t *testing.T) {
	dir, again := finished(t, func() experiments.Study { return pcdynamics.New() }, "-data", "toy2d", "-measures", "cka,nbs", "-seeds", "1", "-steps", "10")
	want, _, err := again(false)
	require.NoError(t, err)
	records, err := filepath.Glob(filepath.Join(dir, "cells", "ascent*", "record.json"))
	require.NoError(t, err)
	require.Len(t, records, 2)
	whole, err := os.ReadFile(records[0])
	require.NoError(t, err)
	other, err := os.ReadFile(records[1])
	require.NoError(t, err)
	for name, harm := range map[string]func() error{
		"is damaged, or of an older version": func() error { return os.WriteFile(records[0], whole[:len(whole)/2], 0o644) },
		"has the record of another cell":     func() error { return os.Rename(filepath.Dir(records[1]), filepath.Dir(records[0])) },
		"arrays.npz is damaged or gone":      func() error { return os.Remove(filepath.Join(filepath.Dir(records[0]), "arrays.npz")) },
	} {
		if strings.Contains(name, "another") {
			require.NoError(t, os.RemoveAll(filepath.Dir(records[0])))
		}
		require.NoError(t, harm())
		got, said, err := again(false)
		require.NoError(t, err)
		require.Contains(t, said, name)
		require.Equal(t, want, got)
		require.NoError(t, os.WriteFile(records[1], other, 0o644))
	}

	reseal := func(change func(k *experiments.Kept)) {
		k := &experiments.Kept{Record: &experiments.Record{}}
		b, err := os.ReadFile(records[0])
		require.NoError(t, err)
		require.NoError(t, experiments.Unseal(b, k))
		change(k)
		b, err = experiments.Seal(k)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(records[0], b, 0o644))
	}
	for text, change := range map[string]func(k *experiments.Kept){
		"another version of graph/op_gone.go, pcdynamics/pcdynamics.go; -recompute takes": func(k *experiments.Kept) {
			k.Code["graph/op_gone.go"], k.Code["pcdynamics/pcdynamics.go"] = "0", "0"
		},
		"another formula of cka: two fixed datasets scored 7 by program 8, and now 0.": func(k *experiments.Kept) { k.Formulas["cka"] = "7 by program 8" },
	} {
		reseal(change)
		_, _, err = again(false)
		require.ErrorContains(t, err, text)
		got, said, err := again(true)
		require.NoError(t, err)
		require.Contains(t, said, "6 of 7 cells are there", "that cell alone")
		require.Equal(t, want, got)
	}
	reseal(func(k *experiments.Kept) { delete(k.Code, "graph/machine.go") }) // a file that is new since
	got, said, err := again(false)
	require.NoError(t, err)
	require.Empty(t, said)
	require.Equal(t, want, got)
}

// A version is of what code says, not of its comments or spaces, and tests and what only
// reports have no part in it.
func TestCode(t *testing.T) {
	source := "package p\n\n// f is …\nfunc f() int {\n\treturn 1 // one\n}\n"
	same := "package p\nfunc f() int { return 1; }\n"
	require.Equal(t, experiments.HashOf("f.go", []byte(source)), experiments.HashOf("f.go", []byte(same)))
	require.NotEqual(t, experiments.HashOf("f.go", []byte(source)), experiments.HashOf("f.go", []byte(strings.Replace(source, "return 1", "return 2", 1))))
	require.Equal(t, experiments.HashOf("f.s", []byte("\tMOVQ AX, BX // move\n")), experiments.HashOf("f.s", []byte("MOVQ AX, BX\n")))
	versions := experiments.Code()
	for _, file := range []string{"graph/machine.go", "graph/internal/fastblas/avx512_amd64.s", "optim/adam.go", "data/npy.go", "data/probe/decode.go", "measures/reduce.go", "experiments/ascent.go"} {
		require.Contains(t, versions, file)
	}
	for _, file := range []string{"measures/cka.go", "experiments/main.go", "experiments/records.go", "graph/machine_test.go"} {
		require.NotContains(t, versions, file)
	}
}

// A program's fingerprint tells apart what a measure's name does not.
func TestFormula(t *testing.T) {
	mine := measures.CKA
	was := experiments.FormulaOf(mine)
	require.Equal(t, was, experiments.FormulaOf(mine))
	mine.Score = func(x, y *graph.Node) *graph.Node { return graph.Affine(1, measures.CKA.Score(x, y), 0) }
	require.NotEqual(t, was, experiments.FormulaOf(mine), "another program of the same score")
	require.Equal(t, was[:11], experiments.FormulaOf(mine)[:11])
}

// Of studies that begin in one folder at once, those with other settings are refused,
// and none loses what another has added.
func TestOpenAtOnce(t *testing.T) {
	for range 20 {
		type settings struct {
			Rate string `json:"rate"`
		}
		dir := filepath.Join(t.TempDir(), "new")
		var wg sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			wg.Go(func() {
				errs[i] = (&experiments.Results{Dir: dir}).MakeFit(joint.New(), []experiments.Cell{{Data: studytest.On(strconv.Itoa(i)), Settings: settings{Rate: strconv.Itoa(i % 4)}}})
			})
		}
		wg.Wait()
		have, err := (&experiments.Results{Dir: dir}).Settle(experiments.Basis{"setting", "rate", "none"})
		require.NoError(t, err)
		for i, err := range errs {
			if have.Value == strconv.Itoa(i%4) {
				require.NoError(t, err)
				of, err := (&experiments.Results{Dir: dir}).Settle(experiments.Basis{"data", strconv.Itoa(i), "none"})
				require.NoError(t, err)
				require.Equal(t, studytest.On("")[0].Hash(), of.Value)
			} else {
				require.ErrorContains(t, err, "was made with rate")
			}
		}
	}
}

// A folder of an older version, or of something else, is left alone; one that has lost its
// settings is known by its records; and files that data are read from are not replaced.
func TestFoldersOfOthers(t *testing.T) {
	for file, says := range map[string]string{"settings.json": "holds results of an older version", "report.html": "holds a report of something else", "summary.csv": "holds tables of something else"} {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, file), []byte("mine"), 0o644))
		var b bytes.Buffer
		require.Equal(t, 1, experiments.Run(context.Background(), optimize.New(), []string{"-steps", "3", "-out", dir, "toy2d"}, &b, &b))
		require.Contains(t, studytest.Unwrapped(b.String()), says)
		left, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Len(t, left, 1)
	}

	dir, _ := finished(t, func() experiments.Study { return optimize.New() }, "-steps", "7", "toy2d")
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "settings")))
	var b bytes.Buffer
	require.Equal(t, 1, experiments.Run(context.Background(), optimize.New(), []string{"-steps", "8", "-out", dir, "toy2d"}, &b, &b))
	require.Contains(t, studytest.Unwrapped(b.String()), "was made with steps 7, and now it is 8")

	dir = t.TempDir()
	own := filepath.Join(dir, "snapshots.npz")
	require.NoError(t, os.Rename(studytest.Recording(t, t.TempDir()), own))
	before, err := os.ReadFile(own)
	require.NoError(t, err)
	b.Reset()
	require.Equal(t, 1, experiments.Run(context.Background(), optimize.New(), []string{"-steps", "3", "-out", dir, own}, &b, &b))
	require.Contains(t, studytest.Unwrapped(b.String()), "snapshots.npz is a file that data were read from, and the report has one of that name; choose another folder with -out")
	code, _, stderr := runScore("-measures", "cka", "-grad", own, own, own)
	require.Equal(t, 2, code)
	require.Contains(t, stderr, "would replace data that are compared")
	after, err := os.ReadFile(own)
	require.NoError(t, err)
	require.Equal(t, before, after)
}

// A study is known by its own files that compute, and without them by its program; names
// that are not UTF-8 stay apart.
func TestStudySource(t *testing.T) {
	file := &fstest.MapFile{Data: []byte("package mine")}
	versions := experiments.CodeOf(experiments.About{Name: "mine", Source: fstest.MapFS{"mine.go": file, "report.go": file, "mine_report.go": file, "mine_test.go": file}})
	require.Contains(t, versions, "mine/mine.go")
	delete(versions, "mine/mine.go")
	require.Equal(t, experiments.Code(), versions)
	versions = experiments.CodeOf(experiments.About{Name: "mine"})
	require.NotEmpty(t, versions["the program, as built"])
	require.Contains(t, experiments.CodeOf(decode.New().About()), "decode/scale.go")
	require.NotContains(t, experiments.CodeOf(decode.New().About()), "decode/report.go")
	require.NotContains(t, experiments.FormulaOf(measures.Measure{Name: "m", Score: func(x, y *graph.Node) *graph.Node { return graph.SumSquares(graph.Sub(x, y)) }}), "differ")
	require.NotEqual(t, experiments.AsText("caf\xe9"), experiments.AsText("caf\xe8"))
	require.Equal(t, "café", experiments.AsText("café"))
}

// Arrays too large for memory are their record's file by another name, read again and
// checked without being held; a flipped bit is found.
func TestLargeArrays(t *testing.T) {
	dir := t.TempDir()
	file, out := filepath.Join(dir, "x.npz"), filepath.Join(dir, "out")
	require.NoError(t, data.WriteArrays(file, data.Array{Name: "activity", Shape: []int{30, 70001}, Values: data.Gaussian(1, 30, 70001).Float64s()}))
	run := func() string {
		var b bytes.Buffer
		require.Equal(t, 0, experiments.Run(context.Background(), optimize.New(), []string{"-steps", "2", "-stop", "2", "-out", out, file}, &b, &b), b.String())
		return b.String()
	}
	run()
	records, err := filepath.Glob(filepath.Join(out, "cells", "*", "arrays.npz"))
	require.NoError(t, err)
	require.Len(t, records, 1)
	of := func(file string) os.FileInfo {
		info, err := os.Stat(file)
		require.NoError(t, err)
		return info
	}
	require.True(t, os.SameFile(of(records[0]), of(filepath.Join(out, "snapshots.npz"))))
	before, err := os.ReadFile(records[0])
	require.NoError(t, err)
	require.NotContains(t, run(), "1/1")
	harmed := slices.Clone(before)
	harmed[len(harmed)/3] ^= 4
	require.NoError(t, os.WriteFile(records[0], harmed, 0o644))
	require.Contains(t, run(), "arrays.npz is damaged or gone: its checksum is wrong; it is computed anew")
	after, err := os.ReadFile(filepath.Join(out, "snapshots.npz"))
	require.NoError(t, err)
	require.Equal(t, before, after)
	left, err := filepath.Glob(filepath.Join(out, "*.part"))
	require.NoError(t, err)
	require.Empty(t, left)
}

// A damaged setting is that of the sound records.
func TestSettingRebuilt(t *testing.T) {
	dir, again := finished(t, func() experiments.Study { return optimize.New() }, "-steps", "7", "toy2d")
	files, err := filepath.Glob(filepath.Join(dir, "settings", "*.json"))
	require.NoError(t, err)
	require.Len(t, files, 8, "study, data, and six settings")
	before := map[string][]byte{}
	for _, file := range files {
		if before[file], err = os.ReadFile(file); err == nil {
			err = os.WriteFile(file, []byte("{"), 0o644)
		}
		require.NoError(t, err)
	}
	_, said, err := again(false)
	require.NoError(t, err)
	require.Empty(t, said)
	for _, file := range files {
		b, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, before[file], b)
	}
	at := slices.IndexFunc(files, func(file string) bool { return strings.Contains(file, "steps") })
	require.NoError(t, os.WriteFile(files[at], nil, 0o644))
	var b bytes.Buffer
	require.Equal(t, 1, experiments.Run(context.Background(), optimize.New(), []string{"-steps", "8", "-out", dir, "toy2d"}, &b, &b))
	require.Contains(t, studytest.Unwrapped(b.String()), "was made with steps 7, and now it is 8")
}

// A finished folder that cannot be written to is reported from; a report that cannot be
// made of records is an error.
func TestFinishedFolders(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	var b bytes.Buffer
	args := []string{"-out", dir, "-steps", "7", "toy2d"}
	require.Equal(t, 0, experiments.Run(context.Background(), optimize.New(), args, &b, &b), b.String())
	stop := func(mode os.FileMode) {
		require.NoError(t, filepath.WalkDir(dir, func(file string, e fs.DirEntry, err error) error {
			if err == nil && e.IsDir() {
				err = os.Chmod(file, mode)
			}
			return err
		}))
	}
	times := func() (all map[string]time.Time) {
		all = map[string]time.Time{}
		require.NoError(t, filepath.WalkDir(dir, func(file string, e fs.DirEntry, err error) error {
			if err == nil {
				info, err := e.Info()
				require.NoError(t, err)
				all[file] = info.ModTime()
			}
			return err
		}))
		return all
	}
	before := times()
	stop(0o555)
	defer stop(0o755)
	require.Equal(t, 0, experiments.Run(context.Background(), optimize.New(), args, &b, &b), b.String())
	require.Equal(t, before, times(), "nothing is written, by whom all may write neither")

	_, err := experiments.MakeReport(optimize.New(), []*experiments.Record{{}})
	require.ErrorContains(t, err, "report: panic: ")
}

// Names of files are short, whatever those of data are.
func TestLongNames(t *testing.T) {
	long := strings.Repeat("long", 100)
	require.LessOrEqual(t, len(report.Slug(long)), 60)
	require.NotEqual(t, report.Slug(long+"a"), report.Slug(long+"b"))
	r := &experiments.Results{Dir: "d"}
	require.LessOrEqual(t, len(filepath.Base(r.FolderOf(experiments.Cell{Part: "p", Data: append(studytest.On(long), studytest.On(long)...), Measures: studytest.By("cka")}))), 120)
}

// What a process left unfinished goes once that is no more.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	part, err := data.WritePart(filepath.Join(dir, "cells", "a.json"), func(io.Writer) error { return nil })
	require.NoError(t, err)
	of := func(pid string) string {
		name := strings.Replace(part, "."+strconv.Itoa(os.Getpid())+".", "."+pid+".", 1)
		require.NoError(t, os.WriteFile(name, nil, 0o644))
		return name
	}
	dead, elsewhere := of("99999999"), strings.Replace(of("99999998"), "a.json.", "a.json.elsewhere-", 1)
	require.NoError(t, os.WriteFile(elsewhere, nil, 0o644))
	require.NoError(t, (&experiments.Results{Dir: dir}).MakeFit(joint.New(), nil))
	require.FileExists(t, part, "of a process that lives")
	require.NoFileExists(t, dead)
	require.FileExists(t, elsewhere, "of another host")
}
