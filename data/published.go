package data

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A published recording is known by its name, and read from the file of that name that a
// script of data/convert makes.
type published struct {
	name  string // of the script and, with .npz, of the file
	input string // the published file
	from  string // where that is
}

var publishedRecordings = []published{
	{"mante2013", "PFC data.zip", "https://www.ini.uzh.ch/dam/jcr:ca4213cf-1692-4c3d-8aeb-d4c5081d2fd1/PFC%20data.zip"},
	{"hatsopoulos2007", "Dataset5_Monkey4_Session1_ReachDataSimultaneousRecording.mat", "https://doi.org/10.5061/dryad.xsj3tx9cm"},
	{"majajhong2015", "assy_dicarlo_MajajHong2015_public.nc", "https://brainio-brainscore.s3.amazonaws.com/assy_dicarlo_MajajHong2015_public.nc"},
	{"freemanziemba2013", "assy_movshon_FreemanZiemba2013_public.nc", "https://brainio-brainscore.s3.amazonaws.com/assy_movshon_FreemanZiemba2013_public.nc"},
}

// FolderVariable is the environment variable that names the folder of published recordings,
// which is recordings where it is not set.
const FolderVariable = "SIMGRAD_DATA"

func (p published) file() string {
	folder := os.Getenv(FolderVariable)
	if folder == "" {
		folder = "recordings"
	}
	return filepath.Join(folder, p.name+".npz")
}

// convert is the command that makes the file of an input.
func (p published) convert(input string) string {
	return command(p.name+".py", input, p.file())
}

// read reads the file of p, as files are read.
func (p published) read(r Reading) (*Dataset, error) {
	file := p.file()
	if !isFile(file) {
		return nil, fmt.Errorf("%s: %w; get %s from %s, then run: %s", file, os.ErrNotExist, p.input, p.from, p.convert(p.input))
	}
	d, err := r.fromFile(p.name, file, activity)
	if err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "data: "))
	}
	of := surrogates[slices.IndexFunc(surrogates, func(s surrogate) bool { return s.name == "surrogate/"+p.name })]
	notes, remarks := d.Card.Notes, d.Card.Remarks
	d.Card = of.card
	d.Card.Animal = "" // the scripts may take another
	if d.Times() != of.times || d.Conditions() != of.conditions || d.Units() != of.units {
		notes = append(notes, fmt.Sprintf("Its published analysis had %d × %d × %d.", of.times, of.conditions, of.units))
	}
	d.Card.Notes, d.Card.Remarks = notes, remarks
	return d, nil
}

// command is the line of a shell that runs a script of data/convert.
func command(script string, args ...string) string {
	line := "python3 data/convert/" + script
	for _, arg := range args {
		if strings.ContainsFunc(arg, func(c rune) bool { return c <= ' ' || strings.ContainsRune("\"'\\$`*?[](){}<>|&;#~!", c) }) {
			arg = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
		}
		line += " " + arg
	}
	return line
}
