package measures_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simgrad/measures"
)

// Every name has its family, every family a form, and every meaning a measure.
func TestFamilies(t *testing.T) {
	listed := map[string]bool{}
	for _, l := range measures.Families() {
		require.NotEmpty(t, l.Forms, l.Name)
		for _, m := range l.Measures {
			listed[m.Name] = true
		}
	}
	for _, name := range measures.All() {
		require.True(t, listed[name], name)
	}
	words := map[string]map[string]bool{}
	for _, of := range measures.Meanings {
		m, err := measures.ByName(of.Measure)
		require.NoError(t, err)
		require.Equal(t, of.Measure, m.Name, "canonical")
		if words[of.Word] == nil {
			words[of.Word] = map[string]bool{}
		}
		require.False(t, words[of.Word][of.Measure], "%s twice", of.Measure)
		words[of.Word][of.Measure] = true
	}
	for word, of := range words {
		require.Greater(t, len(of), 1, "nobody disagrees about %s", word)
	}
}
