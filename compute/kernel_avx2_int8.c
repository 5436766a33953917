#include "compute/kernel_simd.h"
#include "compute/kernel_x86.h"

#define INT8_ROWS    4
#define INT8_BLOCK   16 /* rows that go by a panel together: a multiple of INT8_ROWS */
#define HEXAD_INPUTS 12

/* Inputs of a block of rows that are mirrored at once: whole hexads, whole registers, and few enough to stay
 * in the nearest cache beside all else. */
#define MIRRORED_INPUTS 288

SIMD_INLINE __m256i four_inputs(const uint8_t *q) {
    int four;
    memcpy(&four, q, sizeof four);
    return _mm256_set1_epi32(four);
}

/* Products of INT8_ROWS rows, which lie MIRRORED_INPUTS apart, with a panel; sums begin with `starts`,
 * `starts_stride` apart. It stands alone, and leaves its sums in memory, for the sake of its registers: there
 * are just enough. */
static __attribute__((noinline)) void int8_products(const uint8_t *q, size_t inputs, const int8_t *panel,
                                                    const int32_t *starts, size_t starts_stride,
                                                    int32_t (*sums)[KERNEL_PANEL]) {
    const __m256i ones = _mm256_set1_epi16(1);
    const __m256i *w = (const __m256i *)panel; /* of four inputs: halves of outputs */
    size_t hexads_end = inputs / HEXAD_INPUTS * HEXAD_INPUTS, i = 0;
#define START(r, half)      _mm256_load_si256((const __m256i *)(starts + r * starts_stride + half * SIMD_FLOATS))
#define FOUR(r, number)     four_inputs(q + r * MIRRORED_INPUTS + i + number * KERNEL_INT8_GROUP)
#define PAIRS(four, number) _mm256_maddubs_epi16(four, _mm256_load_si256(w + number))
    __m256i s00 = START(0, 0), s01 = START(0, 1), s10 = START(1, 0), s11 = START(1, 1), s20 = START(2, 0),
            s21 = START(2, 1), s30 = START(3, 0), s31 = START(3, 1);
    /* Weights are read again for each row: there are no registers to keep them, and reading is free. */
#define HEXADS(r)                                                                                            \
    do {                                                                                                     \
        __m256i a = FOUR(r, 0), b = FOUR(r, 1), c = FOUR(r, 2);                                              \
        __m256i sum = _mm256_add_epi16(_mm256_add_epi16(PAIRS(a, 0), PAIRS(b, 2)), PAIRS(c, 4));             \
        s##r##0 = _mm256_add_epi32(s##r##0, _mm256_madd_epi16(sum, ones));                                   \
        sum = _mm256_add_epi16(_mm256_add_epi16(PAIRS(a, 1), PAIRS(b, 3)), PAIRS(c, 5));                     \
        s##r##1 = _mm256_add_epi32(s##r##1, _mm256_madd_epi16(sum, ones));                                   \
        __asm__ volatile("" ::: "memory");                                                                   \
    } while (0)
    for (; i < hexads_end; i += HEXAD_INPUTS, w += 6) {
        HEXADS(0);
        HEXADS(1);
        HEXADS(2);
        HEXADS(3);
    }
#define LAST(r)                                                                                              \
    do {                                                                                                     \
        __m256i a = FOUR(r, 0);                                                                              \
        s##r##0 = _mm256_add_epi32(s##r##0, _mm256_madd_epi16(PAIRS(a, 0), ones));                           \
        s##r##1 = _mm256_add_epi32(s##r##1, _mm256_madd_epi16(PAIRS(a, 1), ones));                           \
    } while (0)
    for (; i < inputs; i += KERNEL_INT8_GROUP, w += 2) {
        LAST(0);
        LAST(1);
        LAST(2);
        LAST(3);
    }
#define STORE(r)                                                                                             \
    _mm256_store_si256((__m256i *)sums[r], s##r##0);                                                         \
    _mm256_store_si256((__m256i *)sums[r] + 1, s##r##1)
    STORE(0);
    STORE(1);
    STORE(2);
    STORE(3);
#undef STORE
#undef LAST
#undef HEXADS
#undef PAIRS
#undef FOUR
#undef START
}

/* What the sums of eight outputs are scaled by and get added. */
struct int8_outputs {
    __m256 scale, sum, bias;
};

SIMD_INLINE struct int8_outputs int8_outputs(const struct kernel_int8_params *params, uint32_t column) {
    return (struct int8_outputs){.scale = _mm256_load_ps(params->scale + column),
                                 .sum = _mm256_load_ps(params->sum + column),
                                 .bias = _mm256_load_ps(params->output.bias + column)};
}

SIMD_INLINE __m256 int8_numbers(const struct int8_outputs *outputs, const int32_t *sums, __m256 step,
                                __m256 low) {
    __m256 products = _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_load_si256((const __m256i *)sums)), step);
    return _mm256_fmadd_ps(products, outputs->scale, _mm256_fmadd_ps(low, outputs->sum, outputs->bias));
}

/* `store` and `whole` are known where it is called: the loop has no branches, and its rows overlap. */
SIMD_INLINE void int8_store(const struct kernel_int8_params *params, uint32_t top, uint32_t rows,
                            uint32_t column, int32_t (*sums)[KERNEL_PANEL], enum kernel_store store,
                            bool whole) {
    struct kernel_output output = params->output;
    output.store = store;
    struct int8_outputs first = int8_outputs(params, column);
    struct int8_outputs second = int8_outputs(params, column + SIMD_FLOATS);
    for (uint32_t row = 0; row < rows; row++) {
        __m256 step = _mm256_broadcast_ss(&params->step[top + row]);
        __m256 low = _mm256_broadcast_ss(&params->low[top + row]);
        __m256 a = int8_numbers(&first, sums[row], step, low);
        __m256 b = int8_numbers(&second, sums[row] + SIMD_FLOATS, step, low);
        if (whole)
            simd_store_whole(&output, top + row, column, a, b);
        else
            simd_store(&output, top + row, column, a, b);
    }
}

void kernel_avx2_int8_store(const struct kernel_int8_params *params, uint32_t row, uint32_t rows,
                            uint32_t column, int32_t (*sums)[KERNEL_PANEL]) {
    enum kernel_store store = params->output.store;
    if (params->output.columns - column < KERNEL_PANEL)
        int8_store(params, row, rows, column, sums, store, false);
    else if (store == KERNEL_GELU)
        int8_store(params, row, rows, column, sums, KERNEL_GELU, true);
    else if (store == KERNEL_ADD)
        int8_store(params, row, rows, column, sums, KERNEL_ADD, true);
    else
        int8_store(params, row, rows, column, sums, KERNEL_SET, true);
}

/* Some rows by panels that have a mirror together. */
struct int8_block {
    const struct kernel_int8_params *params;
    size_t stride; /* of q */
    uint32_t top, rows, panel, panels;
    const uint8_t *q, *mirror;
    uint8_t mirrored[INT8_BLOCK * MIRRORED_INPUTS] __attribute__((aligned(KERNEL_ALIGNMENT)));
    int32_t sums[KERNEL_MIRROR_PANELS][INT8_BLOCK][KERNEL_PANEL] __attribute__((aligned(KERNEL_ALIGNMENT)));
};

/* Rows past the last are whatever they were; they are computed and not stored. */
SIMD_INLINE void mirror_step(struct int8_block *block, size_t at, uint8_t *mirrored, uint32_t rows) {
    __m256i flips = _mm256_load_si256((const __m256i *)(block->mirror + at));
    const uint8_t *q = block->q + at;
    size_t stride = block->stride;
#pragma GCC unroll 16
    for (uint32_t row = 0; row < rows; row++, q += stride, mirrored += MIRRORED_INPUTS)
        _mm256_store_si256((__m256i *)mirrored,
                           _mm256_xor_si256(_mm256_load_si256((const __m256i *)q), flips));
}

static void mirror_rows(struct int8_block *block, size_t from, size_t inputs) {
    for (size_t i = 0; i < inputs; i += sizeof(__m256i)) {
        if (block->rows == INT8_BLOCK) /* nearly always, and then without a loop */
            mirror_step(block, from + i, block->mirrored + i, INT8_BLOCK);
        else
            mirror_step(block, from + i, block->mirrored + i, block->rows);
    }
}

static void add_products(struct int8_block *block, size_t from, size_t inputs) {
    for (uint32_t i = 0; i < block->panels; i++) {
        size_t number = block->panel + i;
        const int8_t *panel = block->params->panels + (number * block->stride + from) * KERNEL_PANEL;
        const int32_t *first = block->params->mirror_sums + number * KERNEL_PANEL;
        for (uint32_t row = 0; row < block->rows; row += INT8_ROWS) {
            int32_t(*sums)[KERNEL_PANEL] = block->sums[i] + row;
            int8_products(block->mirrored + row * MIRRORED_INPUTS, inputs, panel, from ? *sums : first,
                          from ? KERNEL_PANEL : 0, sums);
        }
    }
}

static void add_excess(struct int8_block *block, uint32_t i) {
    const uint32_t *starts = block->params->excess_starts + block->panel + i;
    size_t stride = block->stride;
    uint32_t rows = block->rows;
    for (uint32_t at = starts[0]; at < starts[1]; at++) {
        const struct kernel_excess *excess = &block->params->excess[at];
        const uint8_t *q = block->q + excess->input;
        int flip = block->mirror[excess->input], weight = excess->weight;
        int32_t *sum = &block->sums[i][0][excess->output];
        for (uint32_t row = 0; row < rows; row++, q += stride, sum += KERNEL_PANEL)
            *sum += (*q ^ flip) * weight;
    }
}

static void int8_block(struct int8_block *block) {
    for (size_t from = 0; from < block->stride; from += MIRRORED_INPUTS) {
        size_t inputs = block->stride - from < MIRRORED_INPUTS ? block->stride - from : MIRRORED_INPUTS;
        mirror_rows(block, from, inputs);
        add_products(block, from, inputs);
    }
    for (uint32_t i = 0; i < block->panels; i++) {
        add_excess(block, i);
        kernel_avx2_int8_store(block->params, block->top, block->rows, (block->panel + i) * KERNEL_PANEL,
                               block->sums[i]);
    }
}

/* Rows of a block stay in the nearest cache while all panels go by. */
void kernel_avx2_int8(const struct kernel_int8_params *params) {
    uint32_t panels = kernel_round_up(params->output.columns, KERNEL_PANEL) / KERNEL_PANEL;
    struct int8_block block;
    block.params = params;
    block.stride = kernel_round_up(params->inputs, KERNEL_INT8_STEP);
    for (block.top = 0; block.top < params->rows; block.top += INT8_BLOCK) {
        block.rows = params->rows - block.top < INT8_BLOCK ? params->rows - block.top : INT8_BLOCK;
        block.q = params->q + block.top * block.stride;
        block.mirror = params->mirrors;
        for (block.panel = 0; block.panel < panels; block.panel += KERNEL_MIRROR_PANELS) {
            uint32_t left = panels - block.panel;
            block.panels = left < KERNEL_MIRROR_PANELS ? left : KERNEL_MIRROR_PANELS;
            int8_block(&block);
            block.mirror += block.stride;
        }
    }
}
