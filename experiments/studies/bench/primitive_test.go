package bench

import (
	"context"
	"strings"
	"testing"

	"simgrad/experiments"
	"simgrad/graph"

	"github.com/stretchr/testify/require"
)

// Each primitive allocates nothing once it has its memory, but where a search for leading
// vectors makes new ones, and a median its list, or the system's library is called; and is what
// the peer makes of it, if there is one.
func TestPrimitives(t *testing.T) {
	if testing.Short() {
		t.Skip("allocations count without the race detector alone, and a peer takes seconds")
	}
	kernel, _ := graph.BLAS()
	s := New()
	s.Pairs = 1
	s.Python, _ = findPeer("")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for _, p := range primitives {
		t.Run(p.Name, func(t *testing.T) {
			p.shape = shape{60, 9}
			program, _, _, err := p.compiled(1)
			require.NoError(t, err)
			withThreads(1, func() {
				allocations := testing.AllocsPerRun(3, func() { _, err = p.once(program) })
				require.NoError(t, err)
				if !strings.HasPrefix(kernel, "system") && p.Name != "partial least squares" && p.Name != "median correlation" {
					require.Zero(t, allocations)
				}
			})
			if s.Python == "" {
				return
			}
			c := experiments.Cell{Part: partPrimitives, Seed: 1, Point: p}
			r := &experiments.Record{Cell: c}
			withThreads(1, func() { err = s.primitive(ctx, r, c, 1) })
			require.NoError(t, err)
			require.Empty(t, r.Warnings)
			require.NotEmpty(t, readings(r, "peer", "1"))
		})
	}
}
