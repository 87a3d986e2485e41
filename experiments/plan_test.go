package experiments_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"simgrad/data"
	"simgrad/experiments"
	"simgrad/experiments/report"
	"simgrad/experiments/studytest"
	"simgrad/measures"
	"simgrad/optim"

	"github.com/stretchr/testify/require"
)

// slow is a study of cells whose steps take 10 ms each.
type slow struct{ steps int }

func (s *slow) About() experiments.About {
	return experiments.About{Name: "slow", Does: "waits."}
}
func (s *slow) Flags(*flag.FlagSet) {}
func (s *slow) Plan(context.Context) (cells []experiments.Cell, err error) {
	for seed := range uint64(30) {
		for _, part := range []string{"short", "long", "silent", "legs"}[:2+int(seed)/29*2] {
			cells = append(cells, experiments.Cell{Part: part, Data: studytest.On("some"), Seed: seed, Settings: struct {
				Steps int `json:"steps"`
			}{s.steps}})
		}
	}
	return cells, nil
}

func (s *slow) Run(ctx context.Context, c experiments.Cell) (*experiments.Record, error) {
	steps := s.steps
	if c.Part == "legs" {
		p, err := experiments.Program(measures.CKA, data.Gaussian(1, 4, 2), data.Gaussian(2, 4, 2))
		if err != nil {
			return nil, err
		}
		_, err = experiments.Leg{Of: 3, Solver: optim.Adam(0.1), Steps: steps}.Optimize(ctx, p, func(p optim.Point) error {
			experiments.Progress(ctx, p.Step, p.Value)
			time.Sleep(10 * time.Millisecond)
			return ctx.Err()
		})
		return &experiments.Record{}, err
	}
	if c.Part == "short" {
		steps = 9
	}
	for step := range steps + 1 {
		if c.Part != "silent" {
			experiments.Progress(ctx, step, 0)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
	return &experiments.Record{}, nil
}

func (s *slow) Report([]*experiments.Record) (*report.Report, error) {
	return nil, errors.New("no report is asked for")
}

// A plan says in 80 columns what a study will take: of cells that end within a trial what
// they took, of others what their steps will. It writes nothing.
func TestPlan(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	var b, stderr bytes.Buffer
	experiments.Trials(300 * time.Millisecond)
	defer experiments.Trials(0)
	code := experiments.Run(context.Background(), &slow{steps: 1000}, []string{"-plan", "-workers", "2", "-out", out}, &b, &stderr)
	require.Equal(t, 0, code, stderr.String())
	said := b.String()
	require.Contains(t, said, "slow: 62 cells, 62 of them to compute.")
	require.Regexp(t, `\n +30 +0\.1\d? s +(3|4)(\.\d)? s  short · some\n`, said)
	require.Regexp(t, `\n +30 +≤(9\.\d|1\d) s +≤[4-6](\.\d)? min  long · some\n`, said) // 30 × 1001 × 10 ms, or a little more
	require.Regexp(t, `\n +1 +>0\.3\d? s +>0\.3\d? s  silent · some\n`, said)
	require.Regexp(t, `\n +1 +≤(29|3\d) s +≤(29|3\d) s  legs · some\n`, said, "three times as many steps")
	require.Regexp(t, `time: about [23](\.\d)? min on this machine, 2 cells at once`, said)
	require.Regexp(t, `memory: [1-9]\d+ MB`, said)
	for _, line := range strings.Split(said, "\n") {
		require.LessOrEqual(t, utf8.RuneCountInString(line), 80, line)
	}
	b.Reset()
	require.Equal(t, 0, experiments.Run(context.Background(), &slow{steps: 3}, []string{"-plan", "-shard", "1/62", "-out", out}, &b, &stderr))
	require.Contains(t, b.String(), "slow: 62 cells, 1 of them to compute.")
	require.NoDirExists(t, out)
}
