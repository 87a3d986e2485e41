package report

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFloatsInRecords(t *testing.T) {
	in := Floats{0.1, math.NaN(), math.Inf(1), math.Inf(-1), 1e-300, -0.30000000000000004}
	b, err := json.Marshal(in)
	require.NoError(t, err)
	var out Floats
	require.NoError(t, json.Unmarshal(b, &out))
	require.Equal(t, fmt.Sprint(in), fmt.Sprint(out))
	require.Error(t, json.Unmarshal([]byte("[true]"), &out))
}
