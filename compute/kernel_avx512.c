#include "compute/kernel_simd.h"
#include "compute/kernel_x86.h"

#define TILE_ROWS 8 /* by two panels: sixteen sums, which leaves registers for weights and inputs */

/* Two panels side by side; the second is the first again when there is no other, and is not stored. Sums have
 * names for the reason given in kernel_simd.h. */
#define SUMS(type, zero)                                                                                     \
    type s00 = zero, s01 = zero, s10 = zero, s11 = zero, s20 = zero, s21 = zero, s30 = zero, s31 = zero,     \
         s40 = zero, s41 = zero, s50 = zero, s51 = zero, s60 = zero, s61 = zero, s70 = zero, s71 = zero
#define EACH_ROW(do_row)                                                                                     \
    do {                                                                                                     \
        do_row(0);                                                                                           \
        do_row(1);                                                                                           \
        do_row(2);                                                                                           \
        do_row(3);                                                                                           \
        do_row(4);                                                                                           \
        do_row(5);                                                                                           \
        do_row(6);                                                                                           \
        do_row(7);                                                                                           \
    } while (0)

SIMD_INLINE uint32_t at_most(uint32_t row, uint32_t last) {
    return row < last ? row : last;
}

SIMD_INLINE void store_panel(const struct kernel_output *output, uint32_t row, uint32_t column, __m512 x) {
    __m256 high = _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(x), 1));
    simd_store(output, row, column, _mm512_castps512_ps256(x), high);
}

static void fp32_tile(const struct kernel_fp32_params *params, uint32_t row, uint32_t column) {
    uint32_t last = params->rows - 1, columns = params->output.columns;
    size_t panel_floats = (size_t)params->inputs * KERNEL_PANEL;
    bool two = column + KERNEL_PANEL < columns;
    const float *w0 = params->panels + column / KERNEL_PANEL * panel_floats,
                *w1 = two ? w0 + panel_floats : w0;
#define ROW(r) const float *x##r = params->x + at_most(row + r, last) * params->x_stride
    ROW(0);
    ROW(1);
    ROW(2);
    ROW(3);
    ROW(4);
    ROW(5);
    ROW(6);
    ROW(7);
#undef ROW
    SUMS(__m512, _mm512_setzero_ps());
    for (size_t i = 0; i < params->inputs; i++) {
        __m512 b0 = _mm512_load_ps(w0 + i * KERNEL_PANEL), b1 = _mm512_load_ps(w1 + i * KERNEL_PANEL);
#define STEP(r)                                                                                              \
    do {                                                                                                     \
        __m512 a = _mm512_set1_ps(x##r[i]);                                                                  \
        s##r##0 = _mm512_fmadd_ps(a, b0, s##r##0);                                                           \
        s##r##1 = _mm512_fmadd_ps(a, b1, s##r##1);                                                           \
    } while (0)
        EACH_ROW(STEP);
#undef STEP
    }
    __m512 bias0 = _mm512_load_ps(params->output.bias + column);
    __m512 bias1 = _mm512_load_ps(params->output.bias + column + (two ? KERNEL_PANEL : 0));
#define STORE(r)                                                                                             \
    if (row + r <= last) {                                                                                   \
        store_panel(&params->output, row + r, column, _mm512_add_ps(s##r##0, bias0));                        \
        if (two)                                                                                             \
            store_panel(&params->output, row + r, column + KERNEL_PANEL, _mm512_add_ps(s##r##1, bias1));     \
    }
    EACH_ROW(STORE);
#undef STORE
}

static void fp32(const struct kernel_fp32_params *params) {
    for (uint32_t column = 0; column < params->output.columns; column += 2 * KERNEL_PANEL) {
        for (uint32_t row = 0; row < params->rows; row += TILE_ROWS)
            fp32_tile(params, row, column);
    }
}

static void int8_store(const struct kernel_int8_params *params, uint32_t row, uint32_t column, __m512i sums) {
    __m512 x = _mm512_fmadd_ps(_mm512_set1_ps(params->low[row]), _mm512_load_ps(params->sum + column),
                               _mm512_load_ps(params->output.bias + column));
    __m512 products = _mm512_mul_ps(_mm512_cvtepi32_ps(sums), _mm512_set1_ps(params->step[row]));
    store_panel(&params->output, row, column,
                _mm512_fmadd_ps(products, _mm512_load_ps(params->scale + column), x));
}

static void int8_tile(const struct kernel_int8_params *params, uint32_t row, uint32_t column) {
    uint32_t last = params->rows - 1;
    size_t stride = kernel_round_up(params->inputs, KERNEL_INT8_STEP), panel_bytes = stride * KERNEL_PANEL;
    bool two = column + KERNEL_PANEL < params->output.columns;
    const int8_t *w0 = params->panels + column / KERNEL_PANEL * panel_bytes,
                 *w1 = two ? w0 + panel_bytes : w0;
#define ROW(r) const uint8_t *q##r = params->q + at_most(row + r, last) * stride
    ROW(0);
    ROW(1);
    ROW(2);
    ROW(3);
    ROW(4);
    ROW(5);
    ROW(6);
    ROW(7);
#undef ROW
    SUMS(__m512i, _mm512_setzero_si512());
    for (size_t i = 0; i < stride; i += KERNEL_INT8_GROUP) {
        __m512i b0 = _mm512_load_si512(w0 + i * KERNEL_PANEL), b1 = _mm512_load_si512(w1 + i * KERNEL_PANEL);
#define STEP(r)                                                                                              \
    do {                                                                                                     \
        int four;                                                                                            \
        memcpy(&four, q##r + i, sizeof four);                                                                \
        __m512i a = _mm512_set1_epi32(four);                                                                 \
        s##r##0 = _mm512_dpbusd_epi32(s##r##0, a, b0);                                                       \
        s##r##1 = _mm512_dpbusd_epi32(s##r##1, a, b1);                                                       \
    } while (0)
        EACH_ROW(STEP);
#undef STEP
    }
#define STORE(r)                                                                                             \
    if (row + r <= last) {                                                                                   \
        int8_store(params, row + r, column, s##r##0);                                                        \
        if (two) int8_store(params, row + r, column + KERNEL_PANEL, s##r##1);                                \
    }
    EACH_ROW(STORE);
#undef STORE
}

static void int8(const struct kernel_int8_params *params) {
    for (uint32_t column = 0; column < params->output.columns; column += 2 * KERNEL_PANEL) {
        for (uint32_t row = 0; row < params->rows; row += TILE_ROWS)
            int8_tile(params, row, column);
    }
}

const struct kernel_set kernel_avx512 = {
    .name = "AVX-512 VNNI",
    .levels = KERNEL_LEVELS_8_BIT,
    .fp32 = fp32,
    .int8 = int8,
    .quantise = kernel_avx2_quantise,
    .norm = kernel_avx2_norm,
    .attention = kernel_avx2_attention,
    .gap = kernel_avx2_gap,
    .log_softmax = kernel_avx2_log_softmax,
};
