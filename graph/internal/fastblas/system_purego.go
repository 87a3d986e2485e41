//go:build (linux || darwin) && (amd64 || arm64) && !android && !ios

package fastblas

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"sync"

	"github.com/ebitengine/purego"
)

// names are the libraries looked for, in this order. A bare libblas is not
// among them: it may be the reference implementation, which is slower than
// gonum.
func names() []string {
	if runtime.GOOS == "darwin" {
		return []string{
			"/System/Library/Frameworks/Accelerate.framework/Accelerate",
			"libopenblas.dylib",
			"/opt/homebrew/opt/openblas/lib/libopenblas.dylib",
			"/usr/local/opt/openblas/lib/libopenblas.dylib",
		}
	}
	return []string{
		"libopenblas.so.0", "libopenblas.so",
		"libmkl_rt.so.2", "libmkl_rt.so.1", "libmkl_rt.so",
		"libblis.so.4", "libblis.so.3", "libblis.so",
		"libopenblas64.so.0", "libopenblas64_.so.0",
	}
}

// openSystem loads the first library that is there and complete.
var openSystem = sync.OnceValues(func() (*library, error) {
	var failed []error
	for _, name := range names() {
		handle, err := purego.Dlopen(name, purego.RTLD_NOW|purego.RTLD_LOCAL)
		if err != nil {
			// glibc's words begin with the name of the file that is missing,
			// which may be another that the library needs.
			if runtime.GOOS == "linux" && !strings.HasPrefix(err.Error(), name+":") {
				failed = append(failed, fmt.Errorf("%s: %w", name, err))
			}
			continue
		}
		lib, err := newLibrary(dynamic(handle))
		if err == nil {
			return lib, nil
		}
		failed = append(failed, fmt.Errorf("%s: %w", name, err))
	}
	if len(failed) > 0 {
		return nil, errors.Join(failed...)
	}
	return nil, fmt.Errorf("no system BLAS found; looked for %s", strings.Join(names(), ", "))
})

// dynamic is a handle of the dynamic linker.
type dynamic uintptr

// bind points *f at a function of the library, under the first of the names
// that it has, and reports whether it has one.
func (d dynamic) bind(f any, names ...string) bool {
	for _, name := range names {
		if at, err := purego.Dlsym(uintptr(d), name); err == nil && at != 0 {
			purego.RegisterFunc(f, at)
			return true
		}
	}
	return false
}

// newLibrary finds out whose library it is and how wide its integers are, and
// binds what is used of it. Where it lets itself be told, it keeps to one thread:
// its bytes would else depend on how many there are.
func newLibrary(d dynamic) (*library, error) {
	lib := &library{name: "BLAS"}
	wide := false // integers of 64 bits, called ILP64
	var (
		text     func() string
		integer  func() int32
		layer    func(int32) int32
		describe func(*byte, int32)
	)
	switch {
	case d.bind(&text, "openblas_get_config", "openblas_get_config64_"):
		config := text() // OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH …
		lib.name = strings.Join(strings.Fields(config)[:2], " ")
		wide = strings.Contains(config, "USE64BITINT")
		var set func(int32)
		if d.bind(&set, "openblas_set_num_threads", "openblas_set_num_threads64_") {
			set(1)
		}
		var core func() string
		if d.bind(&core, "openblas_get_corename", "openblas_get_corename64_") {
			of := core()
			lib.name += " (" + of + ")"
			switch of {
			case "SkylakeX", "Cooperlake", "Sapphirerapids", "SapphireRapids":
				lib.blocks = since(config, 0, 3, 18)
			}
		}
	case d.bind(&layer, "MKL_Set_Interface_Layer"):
		lib.name = "MKL"
		wide = layer(0)&1 == 1 // 0 asks for 32 bits; what is in force comes back
		if d.bind(&describe, "MKL_Get_Version_String") {
			buf := make([]byte, 256)
			describe(&buf[0], int32(len(buf)))
			// Intel(R) oneAPI Math Kernel Library Version 2023.1-Product …
			if _, after, ok := strings.Cut(string(buf), "Version "); ok {
				version, _, _ := strings.Cut(after, "-")
				lib.name = "MKL " + version
			}
		}
		var set func(int32)
		if d.bind(&set, "MKL_Set_Num_Threads") {
			set(1)
		}
	case d.bind(&text, "bli_info_get_version_str"):
		lib.name = "BLIS " + text()
		if d.bind(&integer, "bli_info_get_blas_int_type_size") {
			wide = integer() == 64
		}
		var set func(int64)
		if d.bind(&set, "bli_thread_set_num_threads") {
			set(1)
		}
	case runtime.GOOS == "darwin":
		lib.name = "Accelerate"
	}
	lib.most = math.MaxInt32
	ok := false
	if wide {
		lib.most = math.MaxInt
		ok = bindCBLAS[int64](lib, d)
	} else {
		ok = bindCBLAS[int32](lib, d)
	}
	if !ok {
		return nil, errors.New("lacks cblas_dgemm, cblas_dsyrk, cblas_dtrsm or cblas_dtrmm")
	}
	d.bind(&lib.dpotrf, "dpotrf_", "dpotrf_64_")
	d.bind(&lib.dgesdd, "dgesdd_", "dgesdd_64_")
	return lib, nil
}

// bindCBLAS binds the C interface with integers of type I. They must be passed
// as wide as they are: arguments on the stack are packed on some systems.
func bindCBLAS[I int32 | int64](lib *library, d dynamic) (ok bool) {
	const rowMajor = 101
	var gemm func(order, tA, tB int32, m, n, k I, alpha float64, a *float64, lda I, b *float64, ldb I, beta float64, c *float64, ldc I)
	var syrk func(order, ul, tA int32, n, k I, alpha float64, a *float64, lda I, beta float64, c *float64, ldc I)
	var trsm, trmm func(order, s, ul, tA, d int32, m, n I, alpha float64, a *float64, lda I, b *float64, ldb I)
	ok = d.bind(&gemm, "cblas_dgemm", "cblas_dgemm64_") && d.bind(&syrk, "cblas_dsyrk", "cblas_dsyrk64_") &&
		d.bind(&trsm, "cblas_dtrsm", "cblas_dtrsm64_") && d.bind(&trmm, "cblas_dtrmm", "cblas_dtrmm64_")
	lib.gemm = func(tA, tB int32, m, n, k int, alpha float64, a *float64, lda int, b *float64, ldb int, beta float64, c *float64, ldc int) {
		gemm(rowMajor, tA, tB, I(m), I(n), I(k), alpha, a, I(lda), b, I(ldb), beta, c, I(ldc))
	}
	lib.syrk = func(ul, tA int32, n, k int, alpha float64, a *float64, lda int, beta float64, c *float64, ldc int) {
		syrk(rowMajor, ul, tA, I(n), I(k), alpha, a, I(lda), beta, c, I(ldc))
	}
	lib.trsm = func(s, ul, tA, d int32, m, n int, alpha float64, a *float64, lda int, b *float64, ldb int) {
		trsm(rowMajor, s, ul, tA, d, I(m), I(n), alpha, a, I(lda), b, I(ldb))
	}
	lib.trmm = func(s, ul, tA, d int32, m, n int, alpha float64, a *float64, lda int, b *float64, ldb int) {
		trmm(rowMajor, s, ul, tA, d, I(m), I(n), alpha, a, I(lda), b, I(ldb))
	}
	return ok
}
