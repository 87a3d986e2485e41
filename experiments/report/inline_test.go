package report

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Paths of one look that follow each other are one, in steps that add up to where they were.
func TestInline(t *testing.T) {
	const black = `" style="fill:none;stroke:#000000;stroke-width:0.6" />` + "\n"
	got := inline([]byte(`<?xml version="1.0"?><svg width="1pt">` + "\n" +
		`<path d="M10.54,20L10.54,25.5` + black + `<path d="M10.06,0.04L30.55,0.01L29,-2L28.96,-1.98` + black +
		`<path d="M261.16,91.678A2.4,2.4 0 1 1 256.36,91.678A2.4,2.4 0 1 1 261.16,91.678Z" style="fill:#0072B2" />` + "\n" +
		`<text x="1">M1,1</text>` + "\n" + `<path d="M0,0L1,1` + black + `</svg>`))
	require.Equal(t, `<svg width="1pt">`+"\n"+
		`<path d="M10.5,20v5.5M10.1,0h20.5l-1.6-2h0" style="fill:none;stroke:#000;stroke-width:.6"/>`+"\n"+
		`<path d="M261.2,91.7a2.4,2.4 0 1 1 -4.8,0a2.4,2.4 0 1 1 4.8,0z" style="fill:#0072B2"/>`+"\n"+
		`<text x="1">M1,1</text>`+"\n"+`<path d="M0,0l1,1" style="fill:none;stroke:#000;stroke-width:.6"/>`+"\n"+`</svg>`, got)
}
