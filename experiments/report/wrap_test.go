package report

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWrap(t *testing.T) {
	require.Equal(t, "a: one two\n  three", Wrap("one two  three", 10, "a: ", "  "))
	require.Equal(t, "ab ‖x‖\ncd", Wrap("ab ‖x‖ cd", 6, "", ""), "columns are characters")
	require.Equal(t, "a\n/a/long/path\nb", Wrap("a /a/long/path b", 5, "", ""))
	require.Equal(t, "of\ncka,\nnbs,\nlinreg", Wrap("of cka,nbs,linreg", 6, "", ""))
	require.Equal(t, "", Wrap("", 5, "", ""))
	require.Equal(t, "a‖…", Cut("a‖bcd", 3))
	require.Equal(t, "a‖b", Cut("a‖b", 3))
}
