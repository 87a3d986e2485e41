// Package studytest has what tests of studies are made with, those of one's own too: Holds
// holds a study to what all promise.
package studytest

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"io"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"simgrad/data"
	"simgrad/experiments"
	"simgrad/measures"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"
)

// Unwrapped is what a command says, without the ends of lines that 80 columns make.
func Unwrapped(said string) string { return strings.Join(strings.Fields(said), " ") }

// Float reads a number of a table.
func Float(t *testing.T, text string) float64 {
	v, err := strconv.ParseFloat(text, 64)
	require.NoError(t, err)
	return v
}

// Recording writes a small recording and returns its file: 4 times × 16
// conditions × 9 units, with three task variables, one of them undecodable.
func Recording(t *testing.T, dir string) string {
	r := rand.New(rand.NewPCG(7, 0))
	side, level, id := make([]float64, 16), make([]float64, 16), make([]float64, 16)
	for c := range 16 {
		side[c], level[c], id[c] = float64(c%2), float64(c/4%4), float64(c)
	}
	x := make([]float64, 4*16*9)
	for i := range x {
		unit, c := i%9, i/9%16
		x[i] = 10 + r.NormFloat64()*math.Pow(0.7, float64(unit))*3
		switch unit {
		case 0:
			x[i] += 4 * side[c]
		case 3:
			x[i] += level[c]
		}
	}
	file := filepath.Join(dir, "recording.npz")
	require.NoError(t, data.WriteArrays(file,
		data.Array{Name: "activity", Shape: []int{4, 16, 9}, Values: x},
		data.Array{Name: "side", Shape: []int{16}, Values: side, Integral: true},
		data.Array{Name: "level", Shape: []int{16}, Values: level},
		data.Array{Name: "trial", Shape: []int{16}, Values: id, Integral: true},
		data.Array{Name: "time_ms", Shape: []int{4}, Values: []float64{0, 50, 100, 150}},
	))
	return file
}

// Tables reads all CSV files below dir.
func Tables(t *testing.T, dir string) map[string]string {
	files := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".csv" {
			b, rerr := os.ReadFile(path)
			files[filepath.Base(path)], err = string(b), rerr
		}
		return err
	}))
	return files
}

// Rows are those of a CSV file's text, the header first.
func Rows(t *testing.T, text string) [][]string {
	rs, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	require.NoError(t, err)
	return rs
}

// Holds runs a study into out, and holds it to what all promise: the same command
// again computes nothing, and any number of workers leaves the same bytes. It
// returns the study's CSV files.
func Holds(t *testing.T, study func() experiments.Study, out string, args ...string) map[string]string {
	run := func(out string, more ...string) string {
		var b bytes.Buffer
		code := experiments.Run(context.Background(), study(), append(append([]string{"-out", out}, args...), more...), &b, &b)
		require.Equal(t, 0, code, b.String())
		return b.String()
	}
	run(out, "-workers", "1")
	first := Tables(t, out)
	require.NotEmpty(t, first)
	require.FileExists(t, filepath.Join(out, "report.html"))
	records, err := filepath.Glob(filepath.Join(out, "cells", "*", "record.json"))
	require.NoError(t, err)
	times := map[string]time.Time{}
	for _, r := range records {
		info, err := os.Stat(r)
		require.NoError(t, err)
		times[r] = info.ModTime()
	}
	require.NotRegexp(t, `: \d+/\d+ `, run(out), "a cell runs again")
	for r, at := range times {
		info, err := os.Stat(r)
		require.NoError(t, err)
		require.Equal(t, at, info.ModTime(), r)
	}
	require.Equal(t, first, Tables(t, out))
	other := filepath.Join(t.TempDir(), "other")
	run(other, "-workers", "4")
	require.Equal(t, first, Tables(t, other))
	require.Empty(t, Parts(t, out))
	return first
}

// Parts lists files that were not written whole.
func Parts(t *testing.T, dir string) (left []string) {
	require.NoError(t, filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".part") {
			left = append(left, path)
		}
		return err
	}))
	return left
}

// NPY returns a as the bytes of a .npy file.
func NPY(t *testing.T, a data.Array) []byte {
	file := filepath.Join(t.TempDir(), "a.npz")
	require.NoError(t, data.WriteArrays(file, a))
	z, err := zip.OpenReader(file)
	require.NoError(t, err)
	defer z.Close()
	f, err := z.File[0].Open()
	require.NoError(t, err)
	b, err := io.ReadAll(f)
	require.NoError(t, err)
	return b
}

// Arrays are those of a file, by name.
func Arrays(t *testing.T, file string) map[string]data.Array {
	as, err := data.ReadArrays(file)
	require.NoError(t, err)
	m := map[string]data.Array{}
	for _, a := range as {
		m[a.Name] = a
	}
	return m
}

// Dense is an array as a tensor.
func Dense(a data.Array) *tensor.Dense {
	return tensor.New(tensor.WithShape(a.Shape...), tensor.WithBacking(slices.Clone(a.Values)))
}

// On is a dataset of that name, of hand-made records.
func On(name string) []*data.Dataset {
	return []*data.Dataset{{Name: name, Activity: tensor.New(tensor.WithShape(1, 2, 1), tensor.WithBacking([]float64{0, 1}))}}
}

// By are the measures of those names.
func By(names ...string) (ms []measures.Measure) {
	for _, name := range names {
		m, err := measures.ByName(name)
		if err != nil {
			panic(err)
		}
		ms = append(ms, m)
	}
	return ms
}
