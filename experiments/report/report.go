package report

import "simgrad/data"

// A Report is what a study found. Its page shows on the first screen what is compared, the
// question, the first sentence of Finding as the answer, and the first of Figures.
type Report struct {
	Title string
	// Question is what the report answers, in a sentence that ends in a question mark; ""
	// is Title.
	Question string
	// Compared is what is compared, in a line; "" is a line a dataset.
	Compared string
	// Finding is in sentences, computed from the numbers: first the one that answers the
	// question, with two numbers or so. One of several datasets begins with the Short of it,
	// and a colon where that is not part of the sentence: the page groups them by it.
	Finding []string
	// Theory is what is known before any run, and what tells how far it holds; the page
	// folds it away.
	Theory      []string
	Figures     []*Figure
	Animations  []*Animation
	Formings    []Forming // that the page shows beside its figures, at one score
	Tables      []Table   // for reading, in report.html
	CSV         []CSV     // for machines, a file each
	Arrays      map[string][]data.Array
	Methods     string // a paragraph to cite, the file methods.txt; "" for none
	Datasets    []*Description
	Conventions []string
	Warnings    []string

	// The driver fills in the rest.
	Command, Version, BLAS string
	Settings               [][2]string
}

// A Table is a table of report.html.
type Table struct {
	Caption string
	Dataset string // that it is of, as Figure has it; "" if of several
	Key     bool   // shown right after the first figure, for it tells what the finding cannot
	First   bool   // shown before it, for it is the answer
	Header  []string
	Rows    [][]string
}
