package measures_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"simgrad/measures"
)

// Names are read in one order, written in one way, and where they stop making sense it is
// said what would.
func TestNames(t *testing.T) {
	for asked, want := range map[string]string{
		"cka-kernel=linear-hsic=gretton":                    "cka",
		"cka-kernel=linear-hsic=song-score":                 "cka-hsic=song",
		"cka-kernel=linear-hsic=gretton-angular_score":      "cka-angular-score",
		"cka-kernel=(rbf-sigma=5e-1)-hsic=gretton":          "cka-kernel=(rbf-sigma=0.5)",
		"cka-kernel=(rbf-sigma=2)-hsic=song":                "cka-kernel=(rbf-sigma=2)-hsic=song",
		"cka-kernel=linear-hsic=lange-distance=angular":     "cka-hsic=lange-distance=angular",
		"rsa-rdm=squared_euclidean-compare=cosine-score":    "rsa-rdm=squared_euclidean-compare=cosine",
		"rsa-rdm=correlation-compare=pearson-angular-score": "rsa-rdm=correlation-compare=pearson-angular-score",
		"cka-distance=one_minus_score":                      "cka-distance=one_minus_score",
		"cka-kernel=linear-hsic=gretton-score-negative_log": "cka-negative_log",
	} {
		m, err := measures.ByName(asked)
		require.NoError(t, err, asked)
		require.Equal(t, want, m.Name)
		again, err := measures.ByName(m.Name)
		require.NoError(t, err)
		require.Equal(t, m.Name, again.Name)
	}
	for asked, want := range map[string]string{
		"cka-hsic=sung":                              `at "hsic=sung": hsic must be one of gretton, song, lange, chun; cka is written cka[-kernel=linear|(rbf-sigma=S|median)|(laplace-sigma=S|median)|(poly-degree=D-coef=C)][-hsic=gretton|song|lange|chun][-angular-score|distance=angular|distance=one_minus_score|distance=euclidean|distance=squared_euclidean|negative_log]`,
		"cka-hsic=song-kernel=(rbf-sigma=1)":         `at "kernel=(rbf-sigma=1)": what fits here is angular-score, distance=angular, distance=one_minus_score`,
		"cka-kernel=rbf":                             `sigma is missing`,
		"cka-kernel=(rbf-width=2)":                   `sigma is missing`,
		"cka-kernel=(rbf-sigma=0)":                   `at "sigma=0": sigma must be a number greater than 0`,
		"cka-kernel=cubic":                           `kernel must be one of linear, (rbf-sigma=S|median), (laplace-sigma=S|median)`,
		"cka-hsic=song-hsic=song":                    `at "hsic=song": hsic is given twice`,
		"cka-score-score":                            `at "score": what fits here is`,
		"rsa":                                        `rdm is missing; rsa is written rsa-rdm=squared_euclidean|euclidean|correlation|cosine|(crossnobis[-noise=identity|diag|shrinkage_diag])-compare=`,
		"rsa-rdm=euclidean":                          `compare is missing`,
		"rsa-rdm=euclidean-compare=kendall":          `ambiguous: Kendall's τ-a counts tied pairs`,
		"rsa-rdm=euclidean-compare=cosine-alpha=0.5": `at "alpha=0.5": rsa has no key "alpha"; it is written rsa-`,
	} {
		_, err := measures.ByName(asked)
		require.ErrorContains(t, err, want, asked)
	}
}

// All has every choice of words, each name canonical and once; patterns choose among them.
func TestAll(t *testing.T) {
	all := measures.All()
	for _, name := range all {
		m, err := measures.ByName(name)
		require.NoError(t, err, name)
		require.Equal(t, name, m.Name)
	}
	for _, name := range append(measures.Names(), "cka-kernel=(rbf-sigma=1)-hsic=lange", "rsa-rdm=cosine-compare=tau_b") {
		require.Contains(t, all, name)
	}
	require.True(t, slices.IsSorted(all))
	split, err := measures.Split("nbs,cka-hsic*,all,linreg")
	require.NoError(t, err)
	require.Equal(t, []string{"nbs", "cka-hsic=chun", "cka-hsic=lange", "cka-hsic=song"}, split[:4])
	require.Len(t, split, len(all)+1)
	_, err = measures.Split("ckb*")
	require.EqualError(t, err, `measures: "ckb*": no measure has such a name; all lists them`)
}
