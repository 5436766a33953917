/* kernel.h: the loops the CPU runs, once for each set of instructions, and how they lay out their numbers.
 *
 * Owns    nothing; all memory is the caller's.
 * Threads any.
 * Errors  none: device_cpu.c gives sizes that were checked.
 * Units   `rows` of fp32 numbers, a stride apart where one is given (in numbers), dense otherwise.
 *
 * Panels. A matrix of weights [outputs][inputs] is cut into panels of KERNEL_PANEL outputs, so that one step
 * along the inputs reads the weights of neighbouring outputs from neighbouring bytes:
 *
 *     fp32   panel[input][16]
 *     int8   panel[input / 4][16][4], inputs rounded up to whole steps of KERNEL_INT8_STEP
 *
 * Outputs that fill up the last panel, and inputs that fill up the last step, have weights of 0. Panels are
 * aligned to KERNEL_ALIGNMENT, and so are all other pointers here except x and output.
 *
 * int8. A row of inputs is rounded to the levels 0 .. levels between its smallest and its largest number:
 * x = step * q + low. So product = scale * (step * sum(q * w) + low * sum(w)) + bias, and sum(w) is known
 * beforehand.
 *
 * Sets without a dot product of bytes have 127 levels, and add up six products of bytes in 16 bits, a hexad:
 * those of twelve inputs' first two of each four, or last two. As q is not negative, the sum fits whatever q
 * is when neither the positive nor the negative weights of a hexad add up to more than KERNEL_HEXAD_MAX. To
 * have it so,
 *
 *   - inputs are mirrored: 127 - q stands for q and -w for w, and 127 * w is added beforehand. Which ones is
 *     chosen for KERNEL_MIRROR_PANELS panels together, so that the signs in each of their hexads are in
 *     balance;
 *   - where the weights are too large for that (of a bell shape, hardly any), they are cut down; what was cut
 *     off stands in a list of excess, and is added for itself.
 *
 * So sums are exact everywhere. The other sets have 255 levels and neither. */
#ifndef NOODLE_KERNEL_H
#define NOODLE_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KERNEL_PANEL         16
#define KERNEL_MIRROR_PANELS 2
#define KERNEL_INT8_GROUP    4
#define KERNEL_INT8_STEP     32
#define KERNEL_HEXAD_MAX     258 /* times 127 levels it is 32766 */
#define KERNEL_ALIGNMENT     64
#define KERNEL_KEYS_STEP     16  /* keys of a window are filled up to a multiple of this */
#define KERNEL_WINDOW_MAX    256 /* rows of attention */
#define KERNEL_HEAD_MAX      128

#define KERNEL_LEVELS_7_BIT 127
#define KERNEL_LEVELS_8_BIT 255

/* A row of which the numbers lie nearer or further apart is rounded to one level: steps would not be normal
 * numbers. */
#define KERNEL_RANGE_MIN 1e-30f
#define KERNEL_RANGE_MAX 1e30f

#define KERNEL_NORM_EPSILON 1e-5f

enum kernel_store { KERNEL_SET, KERNEL_ADD, KERNEL_GELU };

/* What becomes of the products of rows with panels. */
struct kernel_output {
    float *numbers;
    size_t stride;
    uint32_t columns;  /* all of the matrix; not a multiple of KERNEL_PANEL */
    const float *bias; /* whole panels */
    enum kernel_store store;
};

struct kernel_fp32_params {
    const float *x; /* [rows][inputs] */
    size_t x_stride;
    uint32_t rows, inputs;
    const float *panels;
    struct kernel_output output;
};

/* A part of a weight that its panel does not have; of a mirrored input's, too, that is mirrored. */
struct kernel_excess {
    uint16_t input;
    uint8_t output; /* of the panel */
    int8_t weight;
};

struct kernel_int8_params {
    const uint8_t *q;        /* [rows][inputs rounded up] */
    const float *step, *low; /* [rows] */
    uint32_t rows, inputs;
    const int8_t *panels;
    /* All NULL for sets with 255 levels. The excess of panel p is from excess_starts[p] to
     * excess_starts[p + 1]. */
    const uint8_t *mirrors; /* [panels / KERNEL_MIRROR_PANELS][inputs rounded up]: 127 is mirrored, or 0 */
    const int32_t *mirror_sums; /* whole panels: what is added beforehand */
    const struct kernel_excess *excess;
    const uint32_t *excess_starts;
    const float *scale, *sum; /* whole panels: of each output its scale and scale * sum(w) */
    struct kernel_output output;
};

/* Attention of one head over one window: its keys, its values and the scores of a block of queries. */
#define KERNEL_QUERIES_MAX 8
#define KERNEL_SCORES_STRIDE                                                                                 \
    (KERNEL_WINDOW_MAX + KERNEL_KEYS_STEP) /* no power of 2: rows share no cache sets */
#define KERNEL_BIAS_MAX (2 * KERNEL_WINDOW_MAX + KERNEL_KEYS_STEP)
#define KERNEL_ATTENTION_SCRATCH                                                                             \
    (2 * KERNEL_WINDOW_MAX * KERNEL_HEAD_MAX + KERNEL_QUERIES_MAX * KERNEL_SCORES_STRIDE + KERNEL_BIAS_MAX)

struct kernel_attention_params {
    const float *query, *key, *value; /* the head's columns; rows `stride` apart */
    size_t stride;
    float *output;
    size_t output_stride;
    uint32_t rows, head_size; /* head_size is a multiple of 8 */
    /* bias[rows - 1 + key - query] is added to their score; [2 * rows - 1], and KERNEL_KEYS_STEP more can be
     * read. */
    const float *bias;
    float *scratch; /* [KERNEL_ATTENTION_SCRATCH], aligned */
};

struct kernel_set {
    const char *name;
    uint32_t levels; /* of an int8 input */
    void (*fp32)(const struct kernel_fp32_params *params);
    void (*int8)(const struct kernel_int8_params *params);
    /* Rows to q, step, low; q's rows are inputs rounded up apart, filled up with 0. */
    void (*quantise)(const float *x, size_t x_stride, uint32_t rows, uint32_t inputs, uint32_t levels,
                     uint8_t *q, float *step, float *low);
    /* x += factor * bytes */
    void (*add_bytes)(const int8_t *bytes, float factor, uint32_t count, float *x);
    void (*norm)(const float *x, const float *weight, uint32_t rows, uint32_t width, float *output);
    void (*attention)(const struct kernel_attention_params *params);
    /* output = gelu(left + right + bias); left or right may be NULL. */
    void (*gap)(const float *left, const float *right, const float *bias, uint32_t width, float *output);
    void (*log_softmax)(float *x, uint32_t rows, uint32_t columns);
};

enum kernel_path { KERNEL_REF, KERNEL_AVX2, KERNEL_AVXVNNI, KERNEL_AVX512, KERNEL_PATHS };

/* NULL when this program was built without it or this CPU cannot run it; KERNEL_REF is always there. */
const struct kernel_set *kernel_find(enum kernel_path path);
const struct kernel_set *kernel_best(void);
const char *kernel_path_name(enum kernel_path path);

/* Plain C; the measure of all others. */
extern const struct kernel_set kernel_ref;

uint32_t kernel_round_up(uint32_t count, uint32_t step);

/* The step between levels from low to high and, returned, levels per unit; both 0 when there is but one
 * level. */
float kernel_quantise_range(float low, float high, uint32_t levels, float *ret_step);

#endif
