#include "compute/kernel_simd.h"
#include "compute/kernel_x86.h"

#define TILE_ROWS 8 /* by two panels: sixteen sums, which leaves registers for weights and inputs */

/* Two panels side by side; the second is the first again when there is no other, and is not stored. Sums have
 * names for the reason given in kernel_avx2.c. */
#define SUMS(type, init)                                                                                     \
    type s00 = init(0, 0), s01 = init(0, 1), s10 = init(1, 0), s11 = init(1, 1), s20 = init(2, 0),           \
         s21 = init(2, 1), s30 = init(3, 0), s31 = init(3, 1), s40 = init(4, 0), s41 = init(4, 1),           \
         s50 = init(5, 0), s51 = init(5, 1), s60 = init(6, 0), s61 = init(6, 1), s70 = init(7, 0),           \
         s71 = init(7, 1)
#define ROWS(type, of)                                                                                       \
    type *x0 = of(0), *x1 = of(1), *x2 = of(2), *x3 = of(3), *x4 = of(4), *x5 = of(5), *x6 = of(6),          \
         *x7 = of(7)
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
#define ZERO(r, panel) _mm512_setzero_ps()

/* NEXT(r) is where the next number of row r lies. */
#define ROW_STEP(r)                                                                                          \
    do {                                                                                                     \
        __m512 a = _mm512_set1_ps(*NEXT(r));                                                                 \
        s##r##0 = _mm512_fmadd_ps(a, b0, s##r##0);                                                           \
        s##r##1 = _mm512_fmadd_ps(a, b1, s##r##1);                                                           \
    } while (0)
#define TILE_STEP(w0, w1)                                                                                    \
    do {                                                                                                     \
        __m512 b0 = _mm512_load_ps(w0), b1 = _mm512_load_ps(w1);                                             \
        EACH_ROW(ROW_STEP);                                                                                  \
    } while (0)

SIMD_INLINE uint32_t at_most(uint32_t row, uint32_t last) {
    return row < last ? row : last;
}

/* simd_exp2_inside of sixteen. */
SIMD_INLINE __m512 exp2_inside(__m512 x) {
    const __m512 rounder = _mm512_set1_ps(SIMD_ROUNDER);
    __m512 whole = _mm512_add_ps(x, rounder);
    __m512 r = _mm512_sub_ps(x, _mm512_sub_ps(whole, rounder));
    __m512 y = _mm512_set1_ps(simd_exp2_terms[0]);
    for (size_t i = 1; i < SIMD_EXP2_TERMS; i++)
        y = _mm512_fmadd_ps(y, r, _mm512_set1_ps(simd_exp2_terms[i]));
    __m512i exponent = _mm512_slli_epi32(_mm512_castps_si512(whole), 23);
    return _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(y), exponent));
}

/* simd_gelu of sixteen. */
SIMD_INLINE __m512 gelu(__m512 x) {
    __m512 inner = _mm512_fmadd_ps(_mm512_mul_ps(x, x), _mm512_set1_ps(SIMD_GELU_CUBIC),
                                   _mm512_set1_ps(SIMD_GELU_LINEAR));
    __m512 power = _mm512_max_ps(_mm512_mul_ps(x, inner), _mm512_set1_ps(SIMD_EXP2_MIN));
    __m512 e = exp2_inside(_mm512_min_ps(power, _mm512_set1_ps(SIMD_EXP2_MAX)));
    return _mm512_div_ps(x, _mm512_add_ps(e, _mm512_set1_ps(1.0f)));
}

/* A row's products with a panel; bias is in. */
SIMD_INLINE void store_panel(const struct kernel_output *output, uint32_t row, uint32_t column, __m512 x) {
    float *numbers = output->numbers + row * output->stride + column;
    uint32_t count = output->columns - column;
    __mmask16 there = (__mmask16)(count >= KERNEL_PANEL ? 0xFFFF : (1u << count) - 1);
    if (output->store == KERNEL_ADD) x = _mm512_add_ps(x, _mm512_maskz_loadu_ps(there, numbers));
    if (output->store == KERNEL_GELU) x = gelu(x);
    _mm512_mask_storeu_ps(numbers, there, x);
}

static void fp32_tile(const struct kernel_fp32_params *params, uint32_t row, uint32_t column) {
    uint32_t last = params->rows - 1, columns = params->output.columns;
    size_t panel_floats = (size_t)params->inputs * KERNEL_PANEL;
    bool two = column + KERNEL_PANEL < columns;
    const float *w0 = params->panels + column / KERNEL_PANEL * panel_floats,
                *w1 = two ? w0 + panel_floats : w0;
#define ROW(r) (params->x + at_most(row + r, last) * params->x_stride)
    ROWS(const float, ROW);
#undef ROW
    SUMS(__m512, ZERO);
#define NEXT(r) (x##r + i)
    for (size_t i = 0; i < params->inputs; i++)
        TILE_STEP(w0 + i * KERNEL_PANEL, w1 + i * KERNEL_PANEL);
#undef NEXT
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

SIMD_INLINE void int8_store_panel(const struct kernel_int8_params *params, const struct kernel_output *output,
                                  uint32_t row, uint32_t column, __m512i sums) {
    __m512 x = _mm512_fmadd_ps(_mm512_set1_ps(params->low[row]), _mm512_load_ps(params->sum + column),
                               _mm512_load_ps(params->output.bias + column));
    __m512 products = _mm512_mul_ps(_mm512_cvtepi32_ps(sums), _mm512_set1_ps(params->step[row]));
    store_panel(output, row, column, _mm512_fmadd_ps(products, _mm512_load_ps(params->scale + column), x));
}

/* `store` is known where it is called, so that the loop is free of branches and rows overlap. */
SIMD_INLINE void int8_store_as(const struct kernel_int8_params *params, uint32_t row, uint32_t rows,
                               uint32_t column, const __m512i (*sums)[2], enum kernel_store store) {
    struct kernel_output output = params->output;
    output.store = store;
    for (uint32_t r = 0; r < rows; r++)
        int8_store_panel(params, &output, row + r, column, sums[r][0]);
    for (uint32_t r = 0; r < rows && column + KERNEL_PANEL < output.columns; r++)
        int8_store_panel(params, &output, row + r, column + KERNEL_PANEL, sums[r][1]);
}

static void int8_store(const struct kernel_int8_params *params, uint32_t row, uint32_t rows, uint32_t column,
                       const __m512i (*sums)[2]) {
    switch (params->output.store) {
    case KERNEL_SET: int8_store_as(params, row, rows, column, sums, KERNEL_SET); break;
    case KERNEL_ADD: int8_store_as(params, row, rows, column, sums, KERNEL_ADD); break;
    case KERNEL_GELU: int8_store_as(params, row, rows, column, sums, KERNEL_GELU); break;
    }
}

static void int8_tile(const struct kernel_int8_params *params, uint32_t row, uint32_t column) {
    uint32_t last = params->rows - 1;
    size_t stride = kernel_round_up(params->inputs, KERNEL_INT8_STEP), panel_bytes = stride * KERNEL_PANEL;
    bool two = column + KERNEL_PANEL < params->output.columns;
    const int8_t *w0 = params->panels + column / KERNEL_PANEL * panel_bytes,
                 *w1 = two ? w0 + panel_bytes : w0;
#define ROW(r) (params->q + at_most(row + r, last) * stride)
    ROWS(const uint8_t, ROW);
#undef ROW
#define NONE(r, panel) _mm512_setzero_si512()
    SUMS(__m512i, NONE);
#undef NONE
    for (size_t i = 0; i < stride; i += KERNEL_INT8_GROUP) {
        __m512i b0 = _mm512_load_si512(w0 + i * KERNEL_PANEL), b1 = _mm512_load_si512(w1 + i * KERNEL_PANEL);
#define STEP(r)                                                                                              \
    do {                                                                                                     \
        int four;                                                                                            \
        memcpy(&four, x##r + i, sizeof four);                                                                \
        __m512i a = _mm512_set1_epi32(four);                                                                 \
        s##r##0 = _mm512_dpbusd_epi32(s##r##0, a, b0);                                                       \
        s##r##1 = _mm512_dpbusd_epi32(s##r##1, a, b1);                                                       \
    } while (0)
        EACH_ROW(STEP);
#undef STEP
    }
    const __m512i sums[TILE_ROWS][2] = {{s00, s01}, {s10, s11}, {s20, s21}, {s30, s31},
                                        {s40, s41}, {s50, s51}, {s60, s61}, {s70, s71}};
    int8_store(params, row, last - row < TILE_ROWS ? last - row + 1 : TILE_ROWS, column, sums);
}

static void int8(const struct kernel_int8_params *params) {
    for (uint32_t column = 0; column < params->output.columns; column += 2 * KERNEL_PANEL) {
        for (uint32_t row = 0; row < params->rows; row += TILE_ROWS)
            int8_tile(params, row, column);
    }
}

/* ---- attention ---- */

SIMD_INLINE __mmask16 keys_there(uint32_t keys) {
    return (__mmask16)(keys >= KERNEL_PANEL ? 0xFFFF : (1u << keys) - 1);
}

/* Scores of a tile of queries with two panels of keys; `most` is kept, for each query, of all panels. Keys
 * that are none, of a head's last panel, get scores that leave nothing of them. */
static void score_panels(const struct kernel_head *head, uint32_t key, const float *const *queries,
                         const float *const *bias, __m512 *most) {
    bool two = key + KERNEL_PANEL < head->rows;
    uint32_t second = two ? KERNEL_PANEL : 0;
    const float *k0 = head->keys + (size_t)key * head->size, *k1 = k0 + (size_t)second * head->size;
#define BIAS(r, panel) _mm512_loadu_ps(bias[r] + key + (panel ? second : 0))
    SUMS(__m512, BIAS);
#undef BIAS
#define ROW(r) queries[r]
    ROWS(const float, ROW);
#undef ROW
#define NEXT(r) (x##r + d)
    for (size_t d = 0; d < head->size; d++)
        TILE_STEP(k0 + d * KERNEL_PANEL, k1 + d * KERNEL_PANEL);
#undef NEXT
    float *scores = head->scores + key;
    const __m512 none = _mm512_set1_ps(SIMD_MASKED_SCORE);
    uint32_t left = head->rows - key;
    __mmask16 first = keys_there(left), last = two ? keys_there(left - KERNEL_PANEL) : first;
#define STORE(r)                                                                                             \
    s##r##0 = _mm512_mask_blend_ps(first, none, s##r##0);                                                    \
    s##r##1 = _mm512_mask_blend_ps(last, none, s##r##1);                                                     \
    most[r] = _mm512_max_ps(most[r], _mm512_max_ps(s##r##0, s##r##1));                                       \
    _mm512_store_ps(scores + r * KERNEL_SCORES_STRIDE, s##r##0);                                             \
    if (two) _mm512_store_ps(scores + r * KERNEL_SCORES_STRIDE + KERNEL_PANEL, s##r##1)
    EACH_ROW(STORE);
#undef STORE
}

/* Scores become 2^(score - largest), the largest of `most`; returns 1 / their sum. */
static float softmax_row(float *scores, uint32_t count_up, __m512 most) {
    const __m512 least = _mm512_set1_ps(SIMD_EXP2_MIN);
    __m512 largest = _mm512_set1_ps(_mm512_reduce_max_ps(most)), sums = _mm512_setzero_ps();
    for (uint32_t i = 0; i < count_up; i += KERNEL_PANEL) {
        __m512 e = exp2_inside(_mm512_max_ps(_mm512_sub_ps(_mm512_load_ps(scores + i), largest), least));
        _mm512_store_ps(scores + i, e);
        sums = _mm512_add_ps(sums, e);
    }
    return 1.0f / _mm512_reduce_add_ps(sums);
}

static void weigh_panels(const struct kernel_attention_params *params, const struct kernel_head *head,
                         uint32_t row, uint32_t d, const float *shares) {
    bool two = d + KERNEL_PANEL < head->size;
    const float *v0 = head->values + (size_t)d * head->rows,
                *v1 = two ? v0 + (size_t)KERNEL_PANEL * head->rows : v0;
    SUMS(__m512, ZERO);
#define NEXT(r) (head->scores + r * KERNEL_SCORES_STRIDE + key)
    for (size_t key = 0; key < head->rows; key++)
        TILE_STEP(v0 + key * KERNEL_PANEL, v1 + key * KERNEL_PANEL);
#undef NEXT
    /* The head's last panel may be half of one. */
    __mmask16 first = (__mmask16)(d + KERNEL_PANEL <= head->size ? 0xFFFF : 0xFF);
    __mmask16 second = (__mmask16)(!two ? 0 : d + 2 * KERNEL_PANEL <= head->size ? 0xFFFF : 0xFF);
    float *output = params->output + row * params->output_stride + d;
#define STORE(r)                                                                                             \
    if (row + r < head->rows) {                                                                              \
        float *to = output + r * params->output_stride;                                                      \
        __m512 share = _mm512_set1_ps(shares[r]);                                                            \
        _mm512_mask_storeu_ps(to, first, _mm512_mul_ps(s##r##0, share));                                     \
        if (second) _mm512_mask_storeu_ps(to + KERNEL_PANEL, second, _mm512_mul_ps(s##r##1, share));         \
    }
    EACH_ROW(STORE);
#undef STORE
}

static void attention(const struct kernel_attention_params *params) {
    struct kernel_head head;
    kernel_avx2_pack_head(params, &head);
    for (uint32_t row = 0; row < head.rows; row += TILE_ROWS) {
        const float *queries[TILE_ROWS], *bias[TILE_ROWS];
        __m512 most[TILE_ROWS];
        for (uint32_t r = 0; r < TILE_ROWS; r++) {
            uint32_t query = at_most(row + r, head.rows - 1);
            queries[r] = params->query + query * params->stride;
            bias[r] = head.bias + head.rows - 1 - query;
            most[r] = _mm512_set1_ps(SIMD_MASKED_SCORE);
        }
        for (uint32_t key = 0; key < head.rows; key += 2 * KERNEL_PANEL)
            score_panels(&head, key, queries, bias, most);
        float shares[TILE_ROWS];
        for (uint32_t r = 0; r < TILE_ROWS; r++)
            shares[r] = softmax_row(head.scores + r * KERNEL_SCORES_STRIDE, head.rows_up, most[r]);
        for (uint32_t d = 0; d < head.size; d += 2 * KERNEL_PANEL)
            weigh_panels(params, &head, row, d, shares);
    }
}

_Static_assert(TILE_ROWS <= KERNEL_QUERIES_MAX, "the scratch has room for the scores of a tile");

const struct kernel_set kernel_avx512 = {
    .name = "AVX-512 VNNI",
    .levels = KERNEL_LEVELS_8_BIT,
    .fp32 = fp32,
    .int8 = int8,
    .quantise = kernel_avx2_quantise,
    .add_bytes = kernel_avx2_add_bytes,
    .norm = kernel_avx2_norm,
    .attention = attention,
    .gap = kernel_avx2_gap,
    .log_softmax = kernel_avx2_log_softmax,
};
