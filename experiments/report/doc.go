// Package report is what reports are made of.
//
// A Frame is a table of observations. Keys say of what (a measure, a variable), numbers
// how much. A cell of a study leaves frames; those of many cells, stacked, are what
// figures (Curves), tables (Pivot) and CSV files are views of. A Report has these with the
// finding in words, and is a page of its own.
package report
