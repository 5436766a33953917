/* kernel_simd.h: functions of eight fp32 numbers at a time, for the files that are compiled for AVX2 or more.
 *
 * Owns    nothing.
 * Threads any.
 * Errors  none. simd_exp is off by 2 units in the last place between -87 and 88, and clamps outside. */
#ifndef NOODLE_KERNEL_SIMD_H
#define NOODLE_KERNEL_SIMD_H

#include "compute/kernel.h"

#include <immintrin.h>
#include <string.h>

#define SIMD_FLOATS       8
#define SIMD_MASKED_SCORE -1e30f /* of keys that are none */
#define SIMD_INLINE       static inline __attribute__((always_inline))

/* e^x = 2^n * e^r, n whole and |r| <= ln(2) / 2; ln(2) in two parts, so that r is exact; e^r by the
 * polynomial of Cephes' expf, of which these are the terms from the third on, the highest first. */
#define SIMD_EXP_MIN  -87.0f
#define SIMD_EXP_MAX  88.0f
#define SIMD_LOG2_E   1.44269504088896341f
#define SIMD_LN2_HIGH 0.693359375f
#define SIMD_LN2_LOW  -2.12194440e-4f
static const float simd_exp_terms[] = {1.9875691500e-4f, 1.3981999507e-3f, 8.3334519073e-3f,
                                       4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f};
#define SIMD_EXP_TERMS (sizeof simd_exp_terms / sizeof *simd_exp_terms)

/* Added to a small number, it leaves the nearest whole one in the lowest bits. */
#define SIMD_ROUNDER 12582912.0f /* 1.5 * 2^23 */

/* e^x of what lies between SIMD_EXP_MIN and SIMD_EXP_MAX. */
SIMD_INLINE __m256 simd_exp_inside(__m256 x) {
    const __m256 rounder = _mm256_set1_ps(SIMD_ROUNDER);
    __m256 whole = _mm256_fmadd_ps(x, _mm256_set1_ps(SIMD_LOG2_E), rounder);
    __m256 n = _mm256_sub_ps(whole, rounder);
    __m256 r = _mm256_fnmadd_ps(n, _mm256_set1_ps(SIMD_LN2_HIGH), x);
    r = _mm256_fnmadd_ps(n, _mm256_set1_ps(SIMD_LN2_LOW), r);
    __m256 y = _mm256_set1_ps(simd_exp_terms[0]);
    for (size_t i = 1; i < SIMD_EXP_TERMS; i++)
        y = _mm256_fmadd_ps(y, r, _mm256_set1_ps(simd_exp_terms[i]));
    y = _mm256_fmadd_ps(y, _mm256_mul_ps(r, r), _mm256_add_ps(r, _mm256_set1_ps(1.0f)));
    __m256i exponent = _mm256_slli_epi32(_mm256_castps_si256(whole), 23);
    return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(y), exponent));
}

SIMD_INLINE __m256 simd_exp(__m256 x) {
    x = _mm256_max_ps(x, _mm256_set1_ps(SIMD_EXP_MIN));
    return simd_exp_inside(_mm256_min_ps(x, _mm256_set1_ps(SIMD_EXP_MAX)));
}

/* gelu(x) = x / 2 * (1 + tanh(u)) = x / (1 + e^-2u), u = sqrt(2 / pi) * (x + 0.044715 x^3) */
SIMD_INLINE __m256 simd_gelu(__m256 x) {
    __m256 square = _mm256_mul_ps(x, x);
    __m256 inner =
        _mm256_fmadd_ps(square, _mm256_set1_ps(-0.0713548162726009f), _mm256_set1_ps(-1.5957691216057308f));
    __m256 e = simd_exp(_mm256_mul_ps(x, inner));
    return _mm256_div_ps(x, _mm256_add_ps(e, _mm256_set1_ps(1.0f)));
}

SIMD_INLINE float simd_sum(__m256 x) {
    __m128 half = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    half = _mm_add_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half)));
}

SIMD_INLINE float simd_max(__m256 x) {
    __m128 half = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    half = _mm_max_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_max_ss(half, _mm_movehdup_ps(half)));
}

/* The first `count` of eight. */
SIMD_INLINE __m256i simd_mask(uint32_t count) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

/* `count` numbers, or eight when there are more; the rest reads as 0. Masked stores are slow on many CPUs. */
SIMD_INLINE __m256 simd_load_some(const float *x, uint32_t count) {
    return count >= SIMD_FLOATS ? _mm256_loadu_ps(x) : _mm256_maskload_ps(x, simd_mask(count));
}

SIMD_INLINE void simd_store_some(float *x, uint32_t count, __m256 numbers) {
    if (count >= SIMD_FLOATS)
        _mm256_storeu_ps(x, numbers);
    else
        _mm256_maskstore_ps(x, simd_mask(count), numbers);
}

SIMD_INLINE __m256 simd_finish(enum kernel_store store, __m256 x, __m256 before) {
    if (store == KERNEL_ADD) return _mm256_add_ps(x, before);
    return store == KERNEL_GELU ? simd_gelu(x) : x;
}

/* A row's products with a panel; bias and what else is added to them is in. */
SIMD_INLINE void simd_store(const struct kernel_output *output, uint32_t row, uint32_t column, __m256 first,
                            __m256 second) {
    float *numbers = output->numbers + row * output->stride + column;
    uint32_t count = output->columns - column;
    enum kernel_store store = output->store;
    if (count >= KERNEL_PANEL) {
        _mm256_storeu_ps(numbers, simd_finish(store, first, _mm256_loadu_ps(numbers)));
        _mm256_storeu_ps(numbers + SIMD_FLOATS,
                         simd_finish(store, second, _mm256_loadu_ps(numbers + SIMD_FLOATS)));
        return;
    }
    simd_store_some(numbers, count, simd_finish(store, first, simd_load_some(numbers, count)));
    if (count <= SIMD_FLOATS) return;
    numbers += SIMD_FLOATS;
    count -= SIMD_FLOATS;
    simd_store_some(numbers, count, simd_finish(store, second, simd_load_some(numbers, count)));
}

SIMD_INLINE void simd_int8_store(const struct kernel_int8_params *params, uint32_t row, uint32_t column,
                                 __m256i first, __m256i second) {
    __m256 step = _mm256_broadcast_ss(&params->step[row]), low = _mm256_broadcast_ss(&params->low[row]);
    __m256 a = _mm256_fmadd_ps(low, _mm256_load_ps(params->sum + column),
                               _mm256_load_ps(params->output.bias + column));
    __m256 b = _mm256_fmadd_ps(low, _mm256_load_ps(params->sum + column + SIMD_FLOATS),
                               _mm256_load_ps(params->output.bias + column + SIMD_FLOATS));
    a = _mm256_fmadd_ps(_mm256_mul_ps(_mm256_cvtepi32_ps(first), step),
                        _mm256_load_ps(params->scale + column), a);
    b = _mm256_fmadd_ps(_mm256_mul_ps(_mm256_cvtepi32_ps(second), step),
                        _mm256_load_ps(params->scale + column + SIMD_FLOATS), b);
    simd_store(&params->output, row, column, a, b);
}

#endif
