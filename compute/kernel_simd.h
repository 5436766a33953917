/* kernel_simd.h: functions of eight fp32 numbers at a time, and the driver of int8 products, for the files
 * that are compiled for AVX2 or more.
 *
 * Owns    nothing.
 * Threads any.
 * Errors  none. simd_exp is off by 2 units in the last place between -87 and 88, and clamps outside. */
#ifndef NOODLE_KERNEL_SIMD_H
#define NOODLE_KERNEL_SIMD_H

#include "compute/kernel.h"

#include <immintrin.h>
#include <string.h>

#define SIMD_FLOATS 8
#define SIMD_INLINE static inline __attribute__((always_inline))

/* e^x = 2^n * e^r, n whole and |r| <= ln(2) / 2; ln(2) in two parts, so that r is exact; e^r by the
 * polynomial of Cephes' expf. */
SIMD_INLINE __m256 simd_exp(__m256 x) {
    x = _mm256_min_ps(_mm256_max_ps(x, _mm256_set1_ps(-87.0f)), _mm256_set1_ps(88.0f));
    __m256 n = _mm256_round_ps(_mm256_mul_ps(x, _mm256_set1_ps(1.44269504088896341f)),
                               _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    __m256 r = _mm256_fnmadd_ps(n, _mm256_set1_ps(0.693359375f), x);
    r = _mm256_fnmadd_ps(n, _mm256_set1_ps(-2.12194440e-4f), r);
    __m256 y = _mm256_set1_ps(1.9875691500e-4f);
    y = _mm256_fmadd_ps(y, r, _mm256_set1_ps(1.3981999507e-3f));
    y = _mm256_fmadd_ps(y, r, _mm256_set1_ps(8.3334519073e-3f));
    y = _mm256_fmadd_ps(y, r, _mm256_set1_ps(4.1665795894e-2f));
    y = _mm256_fmadd_ps(y, r, _mm256_set1_ps(1.6666665459e-1f));
    y = _mm256_fmadd_ps(y, r, _mm256_set1_ps(5.0000001201e-1f));
    y = _mm256_fmadd_ps(y, _mm256_mul_ps(r, r), _mm256_add_ps(r, _mm256_set1_ps(1.0f)));
    __m256i exponent = _mm256_slli_epi32(_mm256_cvtps_epi32(n), 23);
    return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(y), exponent));
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

SIMD_INLINE void simd_store_eight(const struct kernel_output *output, uint32_t row, uint32_t column,
                                  __m256 x) {
    if (column >= output->columns) return;
    uint32_t count = output->columns - column;
    float *numbers = output->numbers + row * output->stride + column;
    if (output->store == KERNEL_ADD) x = _mm256_add_ps(x, simd_load_some(numbers, count));
    if (output->store == KERNEL_GELU) x = simd_gelu(x);
    simd_store_some(numbers, count, x);
}

/* A row's products with a panel; bias and what else is added to them is in. */
SIMD_INLINE void simd_store(const struct kernel_output *output, uint32_t row, uint32_t column, __m256 first,
                            __m256 second) {
    simd_store_eight(output, row, column, first);
    simd_store_eight(output, row, column + SIMD_FLOATS, second);
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

/* Four rows by one panel. Rows past the last are the last again; they are computed and not stored. The sums
 * have names instead of being an array, because gcc 12 keeps an array of them in memory. */
SIMD_INLINE void simd_int8_tile(const struct kernel_int8_params *params, uint32_t row, uint32_t column,
                                const int8_t *panel, __m256i (*dot)(__m256i sum, __m256i q, __m256i w)) {
    uint32_t last = params->rows - 1, groups = (params->inputs + KERNEL_INT8_GROUP - 1) / KERNEL_INT8_GROUP;
    size_t stride = (size_t)groups * KERNEL_INT8_GROUP;
    const uint8_t *q0 = params->q + row * stride,
                  *q1 = params->q + (row + 1 < last ? row + 1 : last) * stride;
    const uint8_t *q2 = params->q + (row + 2 < last ? row + 2 : last) * stride;
    const uint8_t *q3 = params->q + (row + 3 < last ? row + 3 : last) * stride;
    __m256i a0 = _mm256_setzero_si256(), a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0, d0 = a0, d1 = a0;
    for (size_t i = 0; i < stride; i += KERNEL_INT8_GROUP) {
        __m256i w0 = _mm256_load_si256((const __m256i *)(panel + i * KERNEL_PANEL));
        __m256i w1 = _mm256_load_si256((const __m256i *)(panel + i * KERNEL_PANEL) + 1);
        int four;
        memcpy(&four, q0 + i, sizeof four);
        __m256i q = _mm256_set1_epi32(four);
        a0 = dot(a0, q, w0);
        a1 = dot(a1, q, w1);
        memcpy(&four, q1 + i, sizeof four);
        q = _mm256_set1_epi32(four);
        b0 = dot(b0, q, w0);
        b1 = dot(b1, q, w1);
        memcpy(&four, q2 + i, sizeof four);
        q = _mm256_set1_epi32(four);
        c0 = dot(c0, q, w0);
        c1 = dot(c1, q, w1);
        memcpy(&four, q3 + i, sizeof four);
        q = _mm256_set1_epi32(four);
        d0 = dot(d0, q, w0);
        d1 = dot(d1, q, w1);
    }
    simd_int8_store(params, row, column, a0, a1);
    if (row + 1 <= last) simd_int8_store(params, row + 1, column, b0, b1);
    if (row + 2 <= last) simd_int8_store(params, row + 2, column, c0, c1);
    if (row + 3 <= last) simd_int8_store(params, row + 3, column, d0, d1);
}

/* A panel stays in the nearest cache while all rows go by. */
SIMD_INLINE void simd_int8(const struct kernel_int8_params *params,
                           __m256i (*dot)(__m256i sum, __m256i q, __m256i w)) {
    size_t panel_bytes = (size_t)kernel_round_up(params->inputs, KERNEL_INT8_GROUP) * KERNEL_PANEL;
    for (uint32_t column = 0; column < params->output.columns; column += KERNEL_PANEL) {
        const int8_t *panel = params->panels + column / KERNEL_PANEL * panel_bytes;
        for (uint32_t row = 0; row < params->rows; row += 4)
            simd_int8_tile(params, row, column, panel, dot);
    }
}

#endif
