#include "compute/kernel_simd.h"
#include "compute/kernel_x86.h"

#include <math.h>

#define TILE_ROWS    6
#define INPUTS_BLOCK 256 /* of a panel: 16 KB, half of the nearest cache */
#define ROWS_BLOCK   96  /* of x: with the inputs above 96 KB, a fifth of the second cache */

/* ---- products ---- */

/* Six rows by sixteen columns: twelve sums, named one by one because gcc 12 keeps an array of them in memory.
 * A(r) is where the next number of row r lies. */
#define SUMS(init)                                                                                           \
    __m256 s00 = init(0, 0), s01 = init(0, 1), s10 = init(1, 0), s11 = init(1, 1), s20 = init(2, 0),         \
           s21 = init(2, 1), s30 = init(3, 0), s31 = init(3, 1), s40 = init(4, 0), s41 = init(4, 1),         \
           s50 = init(5, 0), s51 = init(5, 1)
#define ROW_STEP(r, A)                                                                                       \
    do {                                                                                                     \
        __m256 a = _mm256_broadcast_ss(A(r));                                                                \
        s##r##0 = _mm256_fmadd_ps(a, w0, s##r##0);                                                           \
        s##r##1 = _mm256_fmadd_ps(a, w1, s##r##1);                                                           \
    } while (0)
#define TILE_STEP(A, w)                                                                                      \
    do {                                                                                                     \
        __m256 w0 = _mm256_load_ps(w), w1 = _mm256_load_ps((w) + SIMD_FLOATS);                               \
        ROW_STEP(0, A);                                                                                      \
        ROW_STEP(1, A);                                                                                      \
        ROW_STEP(2, A);                                                                                      \
        ROW_STEP(3, A);                                                                                      \
        ROW_STEP(4, A);                                                                                      \
        ROW_STEP(5, A);                                                                                      \
    } while (0)
#define EACH_ROW(do_row)                                                                                     \
    do {                                                                                                     \
        do_row(0);                                                                                           \
        do_row(1);                                                                                           \
        do_row(2);                                                                                           \
        do_row(3);                                                                                           \
        do_row(4);                                                                                           \
        do_row(5);                                                                                           \
    } while (0)
#define ZERO(r, half) _mm256_setzero_ps()

/* Rows past the last are the last again; they are computed and not stored. */
static void fp32_tile(const float *x, size_t x_stride, uint32_t inputs, const float *panel,
                      const struct kernel_output *output, uint32_t row, uint32_t rows, uint32_t column) {
    uint32_t last = rows - 1;
    const float *x0 = x + row * x_stride;
    const float *x1 = x + (row + 1 < last ? row + 1 : last) * x_stride;
    const float *x2 = x + (row + 2 < last ? row + 2 : last) * x_stride;
    const float *x3 = x + (row + 3 < last ? row + 3 : last) * x_stride;
    const float *x4 = x + (row + 4 < last ? row + 4 : last) * x_stride;
    const float *x5 = x + (row + 5 < last ? row + 5 : last) * x_stride;
    SUMS(ZERO);
#define X(r) (x##r + i)
    for (size_t i = 0; i < inputs; i++)
        TILE_STEP(X, panel + i * KERNEL_PANEL);
#undef X
    __m256 bias0 = _mm256_setzero_ps(), bias1 = bias0;
    if (output->bias) {
        bias0 = _mm256_load_ps(output->bias + column);
        bias1 = _mm256_load_ps(output->bias + column + SIMD_FLOATS);
    }
#define STORE(r)                                                                                             \
    if (row + r <= last)                                                                                     \
    simd_store(output, row + r, column, _mm256_add_ps(s##r##0, bias0), _mm256_add_ps(s##r##1, bias1))
    EACH_ROW(STORE);
#undef STORE
}

/* Blocks of inputs are added up in the output: the first brings the bias, the last what else is to be done.
 */
static struct kernel_output block_output(const struct kernel_fp32_params *params, uint32_t from,
                                         uint32_t to) {
    struct kernel_output output = params->output;
    if (from > 0) output.bias = NULL;
    if (from > 0) output.store = KERNEL_ADD;
    if (to < params->inputs && from == 0 && params->output.store == KERNEL_GELU) output.store = KERNEL_SET;
    return output;
}

static void gelu_rows(const struct kernel_output *output, uint32_t rows) {
    for (uint32_t row = 0; row < rows; row++) {
        float *numbers = output->numbers + row * output->stride;
        for (uint32_t i = 0; i < output->columns; i += SIMD_FLOATS) {
            uint32_t left = output->columns - i;
            simd_store_some(numbers + i, left, simd_gelu(simd_load_some(numbers + i, left)));
        }
    }
}

void kernel_avx2_fp32(const struct kernel_fp32_params *params) {
    size_t panel_floats = (size_t)params->inputs * KERNEL_PANEL;
    for (uint32_t from = 0; from < params->inputs; from += INPUTS_BLOCK) {
        uint32_t to = params->inputs - from < INPUTS_BLOCK ? params->inputs : from + INPUTS_BLOCK;
        struct kernel_output output = block_output(params, from, to);
        for (uint32_t top = 0; top < params->rows; top += ROWS_BLOCK) {
            uint32_t bottom = params->rows - top < ROWS_BLOCK ? params->rows : top + ROWS_BLOCK;
            for (uint32_t column = 0; column < output.columns; column += KERNEL_PANEL) {
                const float *panel =
                    params->panels + column / KERNEL_PANEL * panel_floats + from * KERNEL_PANEL;
                for (uint32_t row = top; row < bottom; row += TILE_ROWS)
                    fp32_tile(params->x + from, params->x_stride, to - from, panel, &output, row, bottom,
                              column);
            }
        }
    }
    if (params->inputs > INPUTS_BLOCK && params->output.store == KERNEL_GELU)
        gelu_rows(&params->output, params->rows);
}

/* ---- rows ---- */

#define ROWS_AHEAD   8
#define RANGE_CHAINS 4 /* min and max wait for the one before them: as many go side by side */

static void row_range(const float *x, uint32_t count, float *ret_low, float *ret_high) {
    const uint32_t step = RANGE_CHAINS * SIMD_FLOATS;
    float low = x[0], high = x[0];
    uint32_t i = 0;
    if (count >= step) {
        __m256 lows[RANGE_CHAINS], highs[RANGE_CHAINS];
        for (uint32_t c = 0; c < RANGE_CHAINS; c++)
            lows[c] = highs[c] = _mm256_loadu_ps(x + c * SIMD_FLOATS);
        for (i = step; i + step <= count; i += step)
            for (uint32_t c = 0; c < RANGE_CHAINS; c++) {
                __m256 numbers = _mm256_loadu_ps(x + i + c * SIMD_FLOATS);
                lows[c] = _mm256_min_ps(lows[c], numbers);
                highs[c] = _mm256_max_ps(highs[c], numbers);
            }
        for (uint32_t c = 1; c < RANGE_CHAINS; c++) {
            lows[0] = _mm256_min_ps(lows[0], lows[c]);
            highs[0] = _mm256_max_ps(highs[0], highs[c]);
        }
        low = -simd_max(_mm256_sub_ps(_mm256_setzero_ps(), lows[0]));
        high = simd_max(highs[0]);
    }
    for (; i < count; i++) {
        low = fminf(low, x[i]);
        high = fmaxf(high, x[i]);
    }
    *ret_low = low;
    *ret_high = high;
}

SIMD_INLINE __m256i levels_of(const float *x, __m256 low, __m256 per_step) {
    return _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_sub_ps(_mm256_loadu_ps(x), low), per_step));
}

static void quantise_row(const float *x, uint32_t count, float low, float per_step, uint8_t *q) {
    /* The packs work on halves of registers; this puts their fours in order. */
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    __m256 lows = _mm256_set1_ps(low), scales = _mm256_set1_ps(per_step);
    uint32_t i = 0;
    for (; i + 4 * SIMD_FLOATS <= count; i += 4 * SIMD_FLOATS) {
        __m256i a = _mm256_packs_epi32(levels_of(x + i, lows, scales), levels_of(x + i + 8, lows, scales));
        __m256i b =
            _mm256_packs_epi32(levels_of(x + i + 16, lows, scales), levels_of(x + i + 24, lows, scales));
        __m256i bytes = _mm256_permutevar8x32_epi32(_mm256_packus_epi16(a, b), order);
        _mm256_storeu_si256((__m256i *)(q + i), bytes);
    }
    for (; i < count; i++)
        q[i] = (uint8_t)_mm_cvtss_si32(_mm_set_ss((x[i] - low) * per_step));
}

/* Ranges of some rows come before the levels of the first, so that rows do not wait for their divisions. */
void kernel_avx2_quantise(const float *x, size_t x_stride, uint32_t rows, uint32_t inputs, uint32_t levels,
                          uint8_t *q, float *step, float *low) {
    uint32_t q_stride = kernel_round_up(inputs, KERNEL_INT8_STEP);
    for (uint32_t top = 0; top < rows; top += ROWS_AHEAD) {
        uint32_t count = rows - top < ROWS_AHEAD ? rows - top : ROWS_AHEAD;
        float per_step[ROWS_AHEAD];
        for (uint32_t row = 0; row < count; row++) {
            float high;
            row_range(x + (top + row) * x_stride, inputs, &low[top + row], &high);
            per_step[row] = kernel_quantise_range(low[top + row], high, levels, &step[top + row]);
        }
        for (uint32_t row = 0; row < count; row++, q += q_stride) {
            if (per_step[row] > 0)
                quantise_row(x + (top + row) * x_stride, inputs, low[top + row], per_step[row], q);
            else
                memset(q, 0, inputs);
            memset(q + inputs, 0, q_stride - inputs);
        }
    }
}

void kernel_avx2_add_bytes(const int8_t *bytes, float factor, uint32_t count, float *x) {
    __m256 factors = _mm256_set1_ps(factor);
    uint32_t i = 0;
    for (; i + SIMD_FLOATS <= count; i += SIMD_FLOATS) {
        __m256i eight = _mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)(bytes + i)));
        _mm256_storeu_ps(x + i, _mm256_fmadd_ps(_mm256_cvtepi32_ps(eight), factors, _mm256_loadu_ps(x + i)));
    }
    for (; i < count; i++)
        x[i] += factor * (float)bytes[i];
}

static float norm_scale(const float *x, uint32_t width) {
    __m256 squares = _mm256_setzero_ps(), others = squares;
    for (uint32_t i = 0; i < width; i += 2 * SIMD_FLOATS) {
        __m256 numbers = simd_load_some(x + i, width - i);
        squares = _mm256_fmadd_ps(numbers, numbers, squares);
        if (width - i <= SIMD_FLOATS) break;
        numbers = simd_load_some(x + i + SIMD_FLOATS, width - i - SIMD_FLOATS);
        others = _mm256_fmadd_ps(numbers, numbers, others);
    }
    float sum = simd_sum(_mm256_add_ps(squares, others));
    return 1.0f / sqrtf(sum / (float)width + KERNEL_NORM_EPSILON);
}

/* As in kernel_avx2_quantise, rows do not wait for their roots. */
void kernel_avx2_norm(const float *x, const float *weight, uint32_t rows, uint32_t width, float *output) {
    for (uint32_t top = 0; top < rows; top += ROWS_AHEAD) {
        uint32_t count = rows - top < ROWS_AHEAD ? rows - top : ROWS_AHEAD;
        float scales[ROWS_AHEAD];
        for (uint32_t row = 0; row < count; row++)
            scales[row] = norm_scale(x + row * width, width);
        for (uint32_t row = 0; row < count; row++, x += width, output += width) {
            __m256 scale = _mm256_set1_ps(scales[row]);
            for (uint32_t i = 0; i < width; i += SIMD_FLOATS) {
                __m256 numbers = _mm256_mul_ps(simd_load_some(x + i, width - i), scale);
                simd_store_some(output + i, width - i,
                                _mm256_mul_ps(numbers, simd_load_some(weight + i, width - i)));
            }
        }
    }
}

void kernel_avx2_gap(const float *left, const float *right, const float *bias, uint32_t width,
                     float *output) {
    for (uint32_t i = 0; i < width; i += SIMD_FLOATS) {
        __m256 sum = simd_load_some(bias + i, width - i);
        if (left) sum = _mm256_add_ps(sum, simd_load_some(left + i, width - i));
        if (right) sum = _mm256_add_ps(sum, simd_load_some(right + i, width - i));
        simd_store_some(output + i, width - i, simd_gelu(sum));
    }
}

/* The last numbers of a row are filled up with what changes neither the largest nor the sum. */
SIMD_INLINE __m256 load_or_nothing(const float *x, uint32_t count) {
    const __m256 nothing = _mm256_set1_ps(-INFINITY);
    if (count >= SIMD_FLOATS) return _mm256_loadu_ps(x);
    return _mm256_blendv_ps(nothing, simd_load_some(x, count), _mm256_castsi256_ps(simd_mask(count)));
}

void kernel_avx2_log_softmax(float *x, uint32_t rows, uint32_t columns) {
    for (uint32_t row = 0; row < rows; row++, x += columns) {
        __m256 most = load_or_nothing(x, columns), sums = _mm256_setzero_ps();
        for (uint32_t i = SIMD_FLOATS; i < columns; i += SIMD_FLOATS)
            most = _mm256_max_ps(most, load_or_nothing(x + i, columns - i));
        float largest = simd_max(most);
        for (uint32_t i = 0; i < columns; i += SIMD_FLOATS)
            sums = _mm256_add_ps(
                sums, simd_exp(_mm256_sub_ps(load_or_nothing(x + i, columns - i), _mm256_set1_ps(largest))));
        __m256 all = _mm256_set1_ps(logf(simd_sum(sums))); /* of what is below the largest, which is exact */
        for (uint32_t i = 0; i < columns; i += SIMD_FLOATS) {
            __m256 below = _mm256_sub_ps(simd_load_some(x + i, columns - i), _mm256_set1_ps(largest));
            simd_store_some(x + i, columns - i, _mm256_sub_ps(below, all));
        }
    }
}

/* ---- attention ---- */

/* Eight rows of eight numbers, multiplied, become columns, KERNEL_PANEL apart. */
static void transpose(const float *x, size_t stride, uint32_t rows, float factor, float *output) {
    __m256 r[SIMD_FLOATS];
    for (uint32_t i = 0; i < SIMD_FLOATS; i++)
        r[i] = i < rows ? _mm256_mul_ps(_mm256_loadu_ps(x + i * stride), _mm256_set1_ps(factor))
                        : _mm256_setzero_ps();
    __m256 t[SIMD_FLOATS];
    for (uint32_t i = 0; i < SIMD_FLOATS; i += 2) {
        t[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
        t[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
    }
    for (uint32_t i = 0; i < SIMD_FLOATS; i += 4) {
        r[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
        r[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xEE);
        r[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
        r[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xEE);
    }
    for (uint32_t i = 0; i < 4; i++) {
        _mm256_store_ps(output + i * KERNEL_PANEL, _mm256_permute2f128_ps(r[i], r[i + 4], 0x20));
        _mm256_store_ps(output + (i + 4) * KERNEL_PANEL, _mm256_permute2f128_ps(r[i], r[i + 4], 0x31));
    }
}

static void pack_rows(const struct kernel_attention_params *params, const struct kernel_head *head) {
    float scale = SIMD_LOG2_E / sqrtf((float)head->size);
    for (uint32_t row = 0; row < head->rows_up; row += SIMD_FLOATS) {
        float *panel =
            head->keys + (size_t)(row / KERNEL_PANEL) * KERNEL_PANEL * head->size + row % KERNEL_PANEL;
        uint32_t rows = row < head->rows ? head->rows - row : 0;
        for (uint32_t d = 0; d < head->size; d += SIMD_FLOATS)
            transpose(params->key + row * params->stride + d, params->stride, rows, scale,
                      panel + (size_t)d * KERNEL_PANEL);
    }
    for (uint32_t row = 0; row < head->rows; row++) {
        const float *value = params->value + row * params->stride;
        for (uint32_t d = 0; d < head->size_up; d += SIMD_FLOATS) {
            float *panel = head->values + (size_t)(d / KERNEL_PANEL) * KERNEL_PANEL * head->rows;
            _mm256_store_ps(panel + row * KERNEL_PANEL + d % KERNEL_PANEL,
                            d < head->size ? _mm256_loadu_ps(value + d) : _mm256_setzero_ps());
        }
    }
}

/* Keys that are none, of a head's last panel, get scores that leave nothing of them. */
SIMD_INLINE __m256 mask_score(__m256 score, uint32_t key, uint32_t keys) {
    __m256i there = simd_mask(key < keys ? keys - key : 0);
    return _mm256_blendv_ps(_mm256_set1_ps(SIMD_MASKED_SCORE), score, _mm256_castsi256_ps(there));
}

/* Scores of a tile of queries with a panel of keys; `most` is kept, for each query, of all panels. */
static void score_panel(const struct kernel_head *head, uint32_t key, const float *const *queries,
                        const float *const *bias, __m256 *most) {
    size_t size = head->size;
    const float *panel = head->keys + key * size;
    const float *q0 = queries[0], *q1 = queries[1], *q2 = queries[2], *q3 = queries[3], *q4 = queries[4],
                *q5 = queries[5];
#define BIAS(r, half) _mm256_loadu_ps(bias[r] + key + half * SIMD_FLOATS)
    SUMS(BIAS);
#undef BIAS
#define QUERY(r) (q##r + d)
#pragma GCC unroll 4 /* a head has few numbers */
    for (size_t d = 0; d < size; d++, panel += KERNEL_PANEL)
        TILE_STEP(QUERY, panel);
#undef QUERY
    if (head->rows - key < KERNEL_PANEL) {
#define MASK(r)                                                                                              \
    s##r##0 = mask_score(s##r##0, key, head->rows);                                                          \
    s##r##1 = mask_score(s##r##1, key + SIMD_FLOATS, head->rows)
        EACH_ROW(MASK);
#undef MASK
    }
    float *scores = head->scores + key;
#define STORE(r)                                                                                             \
    most[r] = _mm256_max_ps(most[r], _mm256_max_ps(s##r##0, s##r##1));                                       \
    _mm256_store_ps(scores + r * KERNEL_SCORES_STRIDE, s##r##0);                                             \
    _mm256_store_ps(scores + r * KERNEL_SCORES_STRIDE + SIMD_FLOATS, s##r##1)
    EACH_ROW(STORE);
#undef STORE
}

SIMD_INLINE __m256 exp2_below(__m256 x, __m256 largest) {
    return simd_exp2_inside(_mm256_max_ps(_mm256_sub_ps(x, largest), _mm256_set1_ps(SIMD_EXP2_MIN)));
}

/* Scores become 2^(score - largest), the largest of `most`; returns 1 / their sum. */
static float softmax_row(float *scores, uint32_t count_up, __m256 most) {
    __m256 largest = _mm256_set1_ps(simd_max(most)), sums0 = _mm256_setzero_ps(), sums1 = sums0;
    for (uint32_t i = 0; i < count_up; i += KERNEL_PANEL) {
        __m256 e0 = exp2_below(_mm256_load_ps(scores + i), largest);
        __m256 e1 = exp2_below(_mm256_load_ps(scores + i + SIMD_FLOATS), largest);
        _mm256_store_ps(scores + i, e0);
        _mm256_store_ps(scores + i + SIMD_FLOATS, e1);
        sums0 = _mm256_add_ps(sums0, e0);
        sums1 = _mm256_add_ps(sums1, e1);
    }
    return 1.0f / simd_sum(_mm256_add_ps(sums0, sums1));
}

static void weigh_panel(const struct kernel_attention_params *params, const struct kernel_head *head,
                        uint32_t row, uint32_t d, const float *shares) {
    uint32_t rows = head->rows;
    const float *panel = head->values + (size_t)d * rows, *scores = head->scores;
    SUMS(ZERO);
#define SCORE(r) (scores + r * KERNEL_SCORES_STRIDE)
#pragma GCC unroll 4
    for (uint32_t key = 0; key < rows; key++, scores++, panel += KERNEL_PANEL)
        TILE_STEP(SCORE, panel);
#undef SCORE
    bool both = d + SIMD_FLOATS < head->size;
    float *output = params->output + row * params->output_stride + d;
#define STORE(r)                                                                                             \
    if (row + r < head->rows) {                                                                              \
        __m256 share = _mm256_set1_ps(shares[r]);                                                            \
        _mm256_storeu_ps(output + r * params->output_stride, _mm256_mul_ps(s##r##0, share));                 \
        if (both)                                                                                            \
            _mm256_storeu_ps(output + r * params->output_stride + SIMD_FLOATS,                               \
                             _mm256_mul_ps(s##r##1, share));                                                 \
    }
    EACH_ROW(STORE);
#undef STORE
}

static void attend(const struct kernel_attention_params *params, const struct kernel_head *head,
                   uint32_t row) {
    const float *queries[TILE_ROWS], *bias[TILE_ROWS];
    __m256 most[TILE_ROWS];
    for (uint32_t r = 0; r < TILE_ROWS; r++) {
        uint32_t query = row + r < head->rows ? row + r : head->rows - 1;
        queries[r] = params->query + query * params->stride;
        bias[r] = head->bias + head->rows - 1 - query;
        most[r] = _mm256_set1_ps(SIMD_MASKED_SCORE);
    }
    for (uint32_t key = 0; key < head->rows; key += KERNEL_PANEL)
        score_panel(head, key, queries, bias, most);
    float shares[TILE_ROWS];
    for (uint32_t r = 0; r < TILE_ROWS; r++)
        shares[r] = softmax_row(head->scores + r * KERNEL_SCORES_STRIDE, head->rows_up, most[r]);
    for (uint32_t d = 0; d < head->size; d += KERNEL_PANEL)
        weigh_panel(params, head, row, d, shares);
}

void kernel_avx2_pack_head(const struct kernel_attention_params *params, struct kernel_head *ret_head) {
    struct kernel_head head = {.rows = params->rows,
                               .rows_up = kernel_round_up(params->rows, KERNEL_PANEL),
                               .size = params->head_size,
                               .size_up = kernel_round_up(params->head_size, KERNEL_PANEL)};
    head.keys = params->scratch;
    head.values = head.keys + (size_t)KERNEL_WINDOW_MAX * KERNEL_HEAD_MAX;
    head.scores = head.values + (size_t)KERNEL_WINDOW_MAX * KERNEL_HEAD_MAX;
    head.bias = head.scores + KERNEL_QUERIES_MAX * KERNEL_SCORES_STRIDE;
    pack_rows(params, &head);
    for (uint32_t i = 0; i < 2 * head.rows - 1; i += SIMD_FLOATS)
        _mm256_store_ps(head.bias + i,
                        _mm256_mul_ps(_mm256_loadu_ps(params->bias + i), _mm256_set1_ps(SIMD_LOG2_E)));
    *ret_head = head;
}

void kernel_avx2_attention(const struct kernel_attention_params *params) {
    struct kernel_head head;
    kernel_avx2_pack_head(params, &head);
    for (uint32_t row = 0; row < head.rows; row += TILE_ROWS)
        attend(params, &head, row);
}

const struct kernel_set kernel_avx2 = {
    .name = "AVX2",
    .levels = KERNEL_LEVELS_7_BIT,
    .fp32 = kernel_avx2_fp32,
    .int8 = kernel_avx2_int8,
    .quantise = kernel_avx2_quantise,
    .add_bytes = kernel_avx2_add_bytes,
    .norm = kernel_avx2_norm,
    .attention = kernel_avx2_attention,
    .gap = kernel_avx2_gap,
    .log_softmax = kernel_avx2_log_softmax,
};
