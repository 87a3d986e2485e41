package experiments

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
	HashOf       = hashOf
	OwnSource    = ownSource
	MakeReport   = reportOn
	RunCells     = runCells
	Seal         = seal
	SourceCommit = sourceCommit
	SourceFolder = sourceFolder
	UntilAsked   = untilAsked
	Unseal       = unseal
)

func (a About) TakeFiles(names []string) error               { return a.files(names) }
func (r *Results) MakeFit(s Study, cells []Cell) error       { return r.open(s, cells) }
func (r *Results) Settle(want Basis) (have Basis, err error) { return r.settle(want) }
func (r *Results) FolderOf(c Cell) string                    { return r.folder(c) }
