package fastblas

import "golang.org/x/sys/cpu"

// embedded lists the kernels that this processor can run, the best first.
func embedded() []*kernel {
	var ks []*kernel
	x := &cpu.X86
	if !x.HasAVX2 || !x.HasFMA || !x.HasBMI2 {
		return nil
	}
	if x.HasAVX512F {
		ks = append(ks, &avx512)
	}
	return append(ks, &avx2)
}

var avx512 = kernel{
	name:  "avx512",
	lanes: 8,
	cols:  24,
	gemm: [8][3]func(*tile){
		{gemm1x8AVX512, gemm1x16AVX512, gemm1x24AVX512},
		{gemm2x8AVX512, gemm2x16AVX512, gemm2x24AVX512},
		{gemm3x8AVX512, gemm3x16AVX512, gemm3x24AVX512},
		{gemm4x8AVX512, gemm4x16AVX512, gemm4x24AVX512},
		{gemm5x8AVX512, gemm5x16AVX512, gemm5x24AVX512},
		{gemm6x8AVX512, gemm6x16AVX512, gemm6x24AVX512},
		{gemm7x8AVX512, gemm7x16AVX512, gemm7x24AVX512},
		{gemm8x8AVX512, gemm8x16AVX512, gemm8x24AVX512},
	},
	full: [8]func(*tile){
		gemm1x24AVX512, gemm2x24AVX512, gemm3x24AVX512, gemm4x24AVX512,
		gemm5x24AVX512, gemm6x24AVX512, gemm7x24AVX512, gemm8x24AVX512,
	},
	upperSquare: [8]func(*tile){
		gemm1x8UpperAVX512, gemm2x8UpperAVX512, gemm3x8UpperAVX512, gemm4x8UpperAVX512,
		gemm5x8UpperAVX512, gemm6x8UpperAVX512, gemm7x8UpperAVX512, gemm8x8UpperAVX512,
	},
	lowerSquare: [8]func(*tile){
		gemm1x8LowerAVX512, gemm2x8LowerAVX512, gemm3x8LowerAVX512, gemm4x8LowerAVX512,
		gemm5x8LowerAVX512, gemm6x8LowerAVX512, gemm7x8LowerAVX512, gemm8x8LowerAVX512,
	},
	leading:   gemm8x24LeadAVX512,
	packing:   gemm8x24PackAVX512,
	solve:     [3]func(*tile){solve8x8AVX512, solve8x16AVX512, solve8x24AVX512},
	multiply:  multiply8x24AVX512,
	copyRows:  copyRowsAVX512,
	transpose: transposeAVX512,
}

var avx2 = kernel{
	name:  "avx2",
	lanes: 4,
	cols:  12,
	gemm: [8][3]func(*tile){
		{gemm1x4AVX2, gemm1x8AVX2, gemm1x12AVX2},
		{gemm2x4AVX2, gemm2x8AVX2, gemm2x12AVX2},
		{gemm3x4AVX2, gemm3x8AVX2, gemm3x12AVX2},
		{gemm4x4AVX2, gemm4x8AVX2, gemm4x12AVX2},
	},
	full: [8]func(*tile){
		gemm1x12FullAVX2, gemm2x12FullAVX2, gemm3x12FullAVX2, gemm4x12FullAVX2,
	},
	upperSquare: [8]func(*tile){
		gemm1x4UpperAVX2, gemm2x4UpperAVX2, gemm3x4UpperAVX2, gemm4x4UpperAVX2,
	},
	lowerSquare: [8]func(*tile){
		gemm1x4LowerAVX2, gemm2x4LowerAVX2, gemm3x4LowerAVX2, gemm4x4LowerAVX2,
	},
	leading:   gemm4x12LeadAVX2,
	packing:   gemm4x12PackAVX2,
	solve:     [3]func(*tile){solve4x4AVX2, solve4x8AVX2, solve4x12AVX2},
	multiply:  multiply4x12AVX2,
	copyRows:  copyRowsAVX2,
	transpose: transposeAVX2,
}
