package optim

import "golang.org/x/sys/cpu"

// vectors makes a step of as many values as fill vectors, and says how many.
func vectors(x, m, v, g []float64, k *coefficients) (done int) {
	switch {
	case cpu.X86.HasAVX512F:
		if done = len(g) &^ 7; done > 0 {
			adamAVX512(&x[0], &m[0], &v[0], &g[0], done, &k.keepM)
		}
	case cpu.X86.HasAVX2:
		if done = len(g) &^ 3; done > 0 {
			adamAVX2(&x[0], &m[0], &v[0], &g[0], done, &k.keepM)
		}
	}
	return done
}
