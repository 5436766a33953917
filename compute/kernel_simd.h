/* kernel_simd.h: functions of eight fp32 numbers at a time, for the files that are compiled for AVX2 or more.
 *
 * Owns    nothing.
 * Threads any.
 * Errors  none. simd_exp2 is off by 2.5e-7 of itself at most between SIMD_EXP2_MIN and SIMD_EXP2_MAX,
 * simd_exp by 1e-7 * (2 + |x|) of itself, as x / ln(2) is rounded; both clamp outside. simd_gelu is off by
 * 2e-7 at most, or as much of itself where that is more than 1. */
#ifndef NOODLE_KERNEL_SIMD_H
#define NOODLE_KERNEL_SIMD_H

#include "compute/kernel.h"

#include <immintrin.h>
#include <string.h>

#define SIMD_FLOATS       8
#define SIMD_MASKED_SCORE -1e30f /* of keys that are none */
#define SIMD_INLINE       static inline __attribute__((always_inline))

/* 2^x = 2^n * 2^r, n whole and |r| <= 1/2; 2^r by the polynomial whose largest error, in proportion, is the
 * smallest (Remez: 7.5e-8), its terms the highest first. n + r and their sums must be normal numbers. */
#define SIMD_EXP2_MIN -125.0f
#define SIMD_EXP2_MAX 126.0f
#define SIMD_LOG2_E   1.44269504088896341f
static const float simd_exp2_terms[] = {0.0013276472f, 0.00967554133f, 0.0555071327f,
                                        0.240221197f,  0.693146967f,   1.00000007f};
#define SIMD_EXP2_TERMS (sizeof simd_exp2_terms / sizeof *simd_exp2_terms)

/* Added to a small number, it leaves the nearest whole one in the lowest bits. */
#define SIMD_ROUNDER 12582912.0f /* 1.5 * 2^23 */

/* 2^x of what lies between SIMD_EXP2_MIN and SIMD_EXP2_MAX. */
SIMD_INLINE __m256 simd_exp2_inside(__m256 x) {
    const __m256 rounder = _mm256_set1_ps(SIMD_ROUNDER);
    __m256 whole = _mm256_add_ps(x, rounder);
    __m256 r = _mm256_sub_ps(x, _mm256_sub_ps(whole, rounder));
    __m256 y = _mm256_set1_ps(simd_exp2_terms[0]);
    for (size_t i = 1; i < SIMD_EXP2_TERMS; i++)
        y = _mm256_fmadd_ps(y, r, _mm256_set1_ps(simd_exp2_terms[i]));
    __m256i exponent = _mm256_slli_epi32(_mm256_castps_si256(whole), 23);
    return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(y), exponent));
}

SIMD_INLINE __m256 simd_exp2(__m256 x) {
    x = _mm256_max_ps(x, _mm256_set1_ps(SIMD_EXP2_MIN));
    return simd_exp2_inside(_mm256_min_ps(x, _mm256_set1_ps(SIMD_EXP2_MAX)));
}

SIMD_INLINE __m256 simd_exp(__m256 x) {
    return simd_exp2(_mm256_mul_ps(x, _mm256_set1_ps(SIMD_LOG2_E)));
}

/* gelu(x) = x / 2 * (1 + tanh(u)) = x / (1 + e^-2u), u = sqrt(2 / pi) * (x + 0.044715 x^3); the terms of -2u
 * are those of a power of 2. */
#define SIMD_GELU_LINEAR -2.302208198f
#define SIMD_GELU_CUBIC  -0.1029432397f

SIMD_INLINE __m256 simd_gelu(__m256 x) {
    __m256 inner = _mm256_fmadd_ps(_mm256_mul_ps(x, x), _mm256_set1_ps(SIMD_GELU_CUBIC),
                                   _mm256_set1_ps(SIMD_GELU_LINEAR));
    __m256 e = simd_exp2(_mm256_mul_ps(x, inner));
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

/* A row's products with a panel that the output has all columns of; bias and what else is added to them is
 * in. */
SIMD_INLINE void simd_store_whole(const struct kernel_output *output, uint32_t row, uint32_t column,
                                  __m256 first, __m256 second) {
    float *numbers = output->numbers + row * output->stride + column;
    enum kernel_store store = output->store;
    _mm256_storeu_ps(numbers, simd_finish(store, first, _mm256_loadu_ps(numbers)));
    _mm256_storeu_ps(numbers + SIMD_FLOATS,
                     simd_finish(store, second, _mm256_loadu_ps(numbers + SIMD_FLOATS)));
}

/* The same of any panel. */
SIMD_INLINE void simd_store(const struct kernel_output *output, uint32_t row, uint32_t column, __m256 first,
                            __m256 second) {
    float *numbers = output->numbers + row * output->stride + column;
    uint32_t count = output->columns - column;
    enum kernel_store store = output->store;
    if (count >= KERNEL_PANEL) {
        simd_store_whole(output, row, column, first, second);
        return;
    }
    simd_store_some(numbers, count, simd_finish(store, first, simd_load_some(numbers, count)));
    if (count <= SIMD_FLOATS) return;
    numbers += SIMD_FLOATS;
    count -= SIMD_FLOATS;
    simd_store_some(numbers, count, simd_finish(store, second, simd_load_some(numbers, count)));
}

#endif
