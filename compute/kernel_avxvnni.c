#include "compute/kernel_simd.h"
#include "compute/kernel_x86.h"

SIMD_INLINE __m256i dot(__m256i sum, __m256i q, __m256i w) {
    return _mm256_dpbusd_avx_epi32(sum, q, w);
}

static void int8(const struct kernel_int8_params *params) {
    simd_int8(params, dot);
}

const struct kernel_set kernel_avxvnni = {
    .name = "AVX-VNNI",
    .levels = KERNEL_LEVELS_8_BIT,
    .fp32 = kernel_avx2_fp32,
    .int8 = int8,
    .quantise = kernel_avx2_quantise,
    .norm = kernel_avx2_norm,
    .attention = kernel_avx2_attention,
    .gap = kernel_avx2_gap,
    .log_softmax = kernel_avx2_log_softmax,
};
