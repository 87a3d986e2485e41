package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"simgrad/data"
)

// A Description is what a report says of a dataset.
type Description struct {
	Name                     string
	Hash                     string
	Times, Conditions, Units int
	Variables                []data.Variable
	Continuous               []Quantity `json:",omitempty"`
	Card                     data.Card

	Label string `json:"-"` // its short name among others
}

// A Quantity is what a report says of a continuous variable.
type Quantity struct {
	Name, Along string
	Kind        string // continuous or angle
	Range       [2]float64
}

// Describe returns d's description.
func Describe(d *data.Dataset) *Description {
	var continuous []Quantity
	for _, v := range d.Continuous {
		continuous = append(continuous, Quantity{v.Name, v.Along, v.Kind(), [2]float64{slices.Min(v.Values), slices.Max(v.Values)}})
	}
	return &Description{Name: d.Name, Hash: d.Hash(), Times: d.Times(), Conditions: d.Conditions(), Units: d.Units(), Variables: d.Variables, Continuous: continuous, Card: d.Card}
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

// Line is the dataset in a line: its axes and variables, with their numbers of classes or
// what they are along.
func (d *Description) Line() string {
	var variables []string
	for _, v := range d.Variables {
		variables = append(variables, fmt.Sprintf("%s (%d)", v.Name, len(v.Values)))
	}
	text := d.Short() + ": " + Axes(d.Times, d.Conditions, d.Units)
	if len(variables) > 0 {
		text += "; task variables (classes): " + strings.Join(variables, ", ")
	}
	var continuous []string
	for _, v := range d.Continuous {
		continuous = append(continuous, fmt.Sprintf("%s (%s)", v.Name, v.Along))
	}
	if len(continuous) > 0 {
		text += "; continuous variables (along): " + strings.Join(continuous, ", ")
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
		classes := slices.Clone(v.Values)
		for i, class := range classes {
			if _, err := strconv.ParseFloat(class, 64); err == nil {
				classes[i] = Minus(class)
			}
		}
		variables = append(variables, fmt.Sprintf("%s (%s)", v.Name, strings.Join(classes, ", ")))
	}
	var continuous []string
	for _, v := range d.Continuous {
		kind := ""
		if v.Kind == "angle" {
			kind = ", an angle in radians"
		}
		continuous = append(continuous, fmt.Sprintf("%s (of %s, from %s to %s%s)", v.Name, v.Along, Significant(v.Range[0], 3), Significant(v.Range[1], 3), kind))
	}
	for _, row := range [][2]string{
		{"kind", kind},
		{"shape", Axes(d.Times, d.Conditions, d.Units)},
		{"task variables", strings.Join(variables, "; ")},
		{"continuous variables", strings.Join(continuous, "; ")},
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
