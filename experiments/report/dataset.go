package report

import (
	"fmt"
	"strings"

	"simgrad/data"
)

// A Description is what a report says of a dataset.
type Description struct {
	Name                     string
	Hash                     string
	Times, Conditions, Units int
	Variables                []data.Variable
	Card                     data.Card

	Label string `json:"-"` // its short name among others
}

// Describe returns d's description.
func Describe(d *data.Dataset) *Description {
	return &Description{Name: d.Name, Hash: d.Hash(), Times: d.Times(), Conditions: d.Conditions(), Units: d.Units(), Variables: d.Variables, Card: d.Card}
}

// Short is the dataset's short name; a surrogate's says that it is one.
func (d *Description) Short() string {
	if d.Card.Surrogate {
		if strings.HasPrefix(d.Name, "surrogate") {
			return d.Name
		}
		return d.Name + " (surrogate)"
	}
	if d.Label == "" {
		return ShortNames([]string{d.Name})[0]
	}
	return d.Label
}

// Line is the dataset in a line: its axes and task variables, with their numbers of
// classes.
func (d *Description) Line() string {
	var variables []string
	for _, v := range d.Variables {
		variables = append(variables, fmt.Sprintf("%s (%d)", v.Name, len(v.Values)))
	}
	text := d.Short() + ": " + Axes(d.Times, d.Conditions, d.Units)
	if len(variables) > 0 {
		text += "; task variables (classes): " + strings.Join(variables, ", ")
	}
	return text
}

// artificial is what the head of a figure says of a surrogate, for figures go about alone.
const artificial = ": surrogate data, not a recording"

// Title is Short for the head of a figure.
func (d *Description) Title() string {
	if d.Card.Surrogate {
		return d.Name + artificial
	}
	return d.Short()
}

// Rows are the lines of the dataset's card, each what it says and the words for it.
func (d *Description) Rows() (rows [][2]string) {
	kind := ""
	if d.Card.Surrogate {
		kind = "surrogate: artificial data, not a recording"
	}
	var variables []string
	for _, v := range d.Variables {
		variables = append(variables, fmt.Sprintf("%s (%s)", v.Name, strings.Join(v.Values, ", ")))
	}
	for _, row := range [][2]string{
		{"kind", kind},
		{"shape", Axes(d.Times, d.Conditions, d.Units)},
		{"task variables", strings.Join(variables, "; ")},
		{"task", d.Card.Task},
		{"area", d.Card.Area},
		{"animal", d.Card.Animal},
		{"epoch", d.Card.Epoch},
		{"bins", d.Card.Bins},
		{"averaging", d.Card.Averaging},
		{"source", d.Card.Source},
		{"notes", strings.Join(d.Card.Notes, " ")},
	} {
		if row[1] != "" {
			rows = append(rows, row)
		}
	}
	return rows
}
