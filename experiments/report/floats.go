package report

import (
	"encoding/json"
	"fmt"
	"math"
)

// Floats are numbers that may be NaN or infinite, which JSON has no word for:
// these are written as null, "+Inf" and "-Inf".
type Floats []float64

// MarshalJSON implements json.Marshaler.
func (f Floats) MarshalJSON() ([]byte, error) {
	values := make([]any, len(f))
	for i, x := range f {
		switch {
		case math.IsNaN(x):
		case math.IsInf(x, 0):
			values[i] = fmt.Sprintf("%+v", x)
		default:
			values[i] = x
		}
	}
	return json.Marshal(values)
}

// UnmarshalJSON implements json.Unmarshaler.
func (f *Floats) UnmarshalJSON(b []byte) error {
	var values []any
	if err := json.Unmarshal(b, &values); err != nil {
		return err
	}
	*f = make(Floats, len(values))
	for i, v := range values {
		switch v := v.(type) {
		case float64:
			(*f)[i] = v
		case nil:
			(*f)[i] = math.NaN()
		case string:
			sign := 1
			if v == "-Inf" {
				sign = -1
			}
			(*f)[i] = math.Inf(sign)
		default:
			return fmt.Errorf("report: %v is not a number", v)
		}
	}
	return nil
}
