#include "compute/kernel_simd.h"
#include "compute/kernel_x86.h"

#define TILE_ROWS 6

#define EACH_ROW(do_row)                                                                                     \
    do {                                                                                                     \
        do_row(0);                                                                                           \
        do_row(1);                                                                                           \
        do_row(2);                                                                                           \
        do_row(3);                                                                                           \
        do_row(4);                                                                                           \
        do_row(5);                                                                                           \
    } while (0)

/* Six rows by one panel: twelve sums, enough to hide how long a product takes; they have names because gcc 12
 * keeps an array of them in memory. Rows past the last are the last again; they are computed and not stored.
 */
static void int8_tile(const struct kernel_int8_params *params, uint32_t row, uint32_t column,
                      const int8_t *panel) {
    uint32_t last = params->rows - 1;
    size_t stride = kernel_round_up(params->inputs, KERNEL_INT8_STEP);
    const uint8_t *q[TILE_ROWS];
    for (uint32_t r = 0; r < TILE_ROWS; r++)
        q[r] = params->q + (row + r < last ? row + r : last) * stride;
    const uint8_t *q0 = q[0], *q1 = q[1], *q2 = q[2], *q3 = q[3], *q4 = q[4], *q5 = q[5];
    __m256i s00 = _mm256_setzero_si256(), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00,
            s31 = s00, s40 = s00, s41 = s00, s50 = s00, s51 = s00;
    for (size_t i = 0; i < stride; i += KERNEL_INT8_GROUP) {
        const __m256i *w = (const __m256i *)(panel + i * KERNEL_PANEL);
        __m256i w0 = _mm256_load_si256(w), w1 = _mm256_load_si256(w + 1);
        int four;
#define STEP(r)                                                                                              \
    do {                                                                                                     \
        memcpy(&four, q##r + i, sizeof four);                                                                \
        __m256i a = _mm256_set1_epi32(four);                                                                 \
        s##r##0 = _mm256_dpbusd_avx_epi32(s##r##0, a, w0);                                                   \
        s##r##1 = _mm256_dpbusd_avx_epi32(s##r##1, a, w1);                                                   \
    } while (0)
        EACH_ROW(STEP);
#undef STEP
    }
    int32_t sums[TILE_ROWS][KERNEL_PANEL] __attribute__((aligned(KERNEL_ALIGNMENT)));
#define STORE(r)                                                                                             \
    _mm256_store_si256((__m256i *)sums[r], s##r##0);                                                         \
    _mm256_store_si256((__m256i *)sums[r] + 1, s##r##1)
    EACH_ROW(STORE);
#undef STORE
    kernel_avx2_int8_store(params, row, last - row < TILE_ROWS ? last - row + 1 : TILE_ROWS, column, sums);
}

/* A panel stays in the nearest cache while all rows go by. */
static void int8(const struct kernel_int8_params *params) {
    const int8_t *panel = params->panels;
    for (uint32_t column = 0; column < params->output.columns; column += KERNEL_PANEL) {
        for (uint32_t row = 0; row < params->rows; row += TILE_ROWS)
            int8_tile(params, row, column, panel);
        panel += (size_t)kernel_round_up(params->inputs, KERNEL_INT8_STEP) * KERNEL_PANEL;
    }
}

const struct kernel_set kernel_avxvnni = {
    .name = "AVX-VNNI",
    .levels = KERNEL_LEVELS_8_BIT,
    .fp32 = kernel_avx2_fp32,
    .int8 = int8,
    .quantise = kernel_avx2_quantise,
    .add_bytes = kernel_avx2_add_bytes,
    .norm = kernel_avx2_norm,
    .attention = kernel_avx2_attention,
    .gap = kernel_avx2_gap,
    .log_softmax = kernel_avx2_log_softmax,
};
