package probe

import (
	"testing"

	"simgrad/data"
)

// One snapshot's decoding of one task variable, the axes included and not.
func BenchmarkDecode(b *testing.B) {
	for _, name := range []string{"surrogate/mante2013", "surrogate/siegel2015-fef", "surrogate/hatsopoulos2007", "surrogate/majajhong2015"} {
		d, err := data.Load(name)
		if err != nil {
			b.Fatal(err)
		}
		v := d.Variables[len(d.Variables)-1]
		folds, _, err := Stratify(v.Name, v.Class, d.Times(), 5, 1)
		if err != nil {
			b.Fatal(err)
		}
		b.Run("axes/"+name, func(b *testing.B) {
			for b.Loop() {
				NewDecoder(d.Activity)
			}
		})
		decoder := NewDecoder(d.Activity)
		b.Run("accuracy/"+name, func(b *testing.B) {
			for b.Loop() {
				if _, err := decoder.Accuracy(v.Class, folds); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
