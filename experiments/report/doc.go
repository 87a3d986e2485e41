// Package report is what reports are made of: frames of numbers, and the files that
// hold them.
//
// A Frame is a table of observations. Keys say of what (a measure, a variable), numbers
// how much. A cell of a study leaves frames; those of many cells, stacked, are what tables
// and figures are views of.
package report
