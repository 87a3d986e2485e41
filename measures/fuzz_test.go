package measures

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// Any text is refused in a line or names a measure, whose own name names it again, alone
// and in a list.
func FuzzNames(f *testing.F) {
	for _, name := range All() {
		f.Add(name)
	}
	for _, name := range []string{
		"", ",", "all", "cka*", "*-score", "linreg", "ridge-lambda100-r2#5folds_cv", "diffscore:cka", "netrep:procrustes-angular", "similarity-repository:",
		"cka-kernel=(rbf-sigma=0.5)-hsic=song", "cka-kernel=((", "cka-kernel=(rbf-sigma=1e-400)", "ridge-lambda=NaN-r2", "ridge-lambda=-1-r2", "nbs-squared-squared", "cka-=1", "cka--", "linreg-r2-cv=99999999999999999999folds", "rsa-\xff",
	} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if _, err := ByNames(name); err != nil {
			line(t, err)
		}
		m, err := ByName(name)
		if err != nil {
			line(t, err)
			return
		}
		for _, again := range []string{m.Name, " " + m.Name + " "} {
			same, err := ByName(again)
			require.NoError(t, err, again)
			require.Equal(t, m.Name, same.Name)
		}
		all, err := ByNames(m.Name + ",nbs-squared")
		if m.Name == "nbs-squared" {
			require.Error(t, err)
			return
		}
		require.NoError(t, err, m.Name)
		require.Len(t, all, 2, m.Name)
	})
}

func line(t *testing.T, err error) {
	require.NotContains(t, err.Error(), "\n")
	require.True(t, utf8.ValidString(err.Error()), "%q", err)
	require.NotContains(t, strings.ToLower(err.Error()), "runtime error")
}
