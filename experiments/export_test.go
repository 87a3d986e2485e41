package experiments

import (
	"context"
	"io"
	"math"
	"time"
)

// What tests beside the package see of it.

type (
	Basis = basis
	Kept  = kept
)

var (
	AsText       = asText
	Code         = code
	CodeOf       = codeOf
	Fields       = fields
	FlagsOf      = flagsOf
	FormulaOf    = formulaOf
	Grouped      = grouped
	HashOf       = hashOf
	InOrder      = inOrder
	Left         = left
	IsOfPlace    = isOfPlace
	OwnSource    = ownSource
	MakeReport   = reportOn
	RunCells     = runCells
	Seal         = seal
	SourceCommit = sourceCommit
	SourceFolder = sourceFolder
	UntilAsked   = untilAsked
	Unseal       = unseal
	Without      = without
)

// Checkpoints lets cells keep checkpoints after so much work, whenever so much time has
// passed, whatever they cost.
func Checkpoints(work float64, every time.Duration) {
	renewalWork, checkpointEvery, checkpointShare = work, every, math.Inf(1)
}

// Due is whether a checkpoint is, so long after one that took so long to write.
func Due(passed, cost time.Duration) bool { return (&checkpoint{cost: cost}).due(passed) }

// Trials bounds what a plan's take; 0 is as it was.
func Trials(longest time.Duration) {
	if longestTrial = longest; longest == 0 {
		longestTrial = 10 * time.Second
	}
}

func (a About) TakeFiles(names []string) error               { return a.files(names) }
func (r *Results) MakeFit(s Study, cells []Cell) error       { return r.open(s, cells) }
func (r *Results) Settle(want Basis) (have Basis, err error) { return r.settle(want) }
func (r *Results) FolderOf(c Cell) string                    { return r.folder(c) }

// left is what a monitor says of cells, of which the first have taken so long.
func left(cells []Cell, seconds ...float64) string {
	kept := make([]*Record, len(cells))
	for i, s := range seconds {
		kept[i] = &Record{Seconds: s}
	}
	m := newMonitor(context.Background(), "study", cells, kept, 1, io.Discard)
	defer m.close()
	return m.left()
}
