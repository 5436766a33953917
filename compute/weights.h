/* weights.h: a trained encoder in a safetensors file: its shape, its vocabulary, its numbers.
 *
 * Owns    all that it points to, until weights_destroy; bytes given to weights_from_memory stay the caller's
 *         and must outlive it.
 * Threads any, once opened: nothing in it changes.
 * Errors  every size, offset, number format and number of the file is checked before it is used; a file that
 *         is truncated, hostile, of another format or another version gets one line that says what is wrong.
 */
#ifndef NOODLE_WEIGHTS_H
#define NOODLE_WEIGHTS_H

#include "base/status.h"
#include "compute/quant.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEIGHTS_VERSION  1
#define WEIGHTS_FEATURES 8
#define WEIGHTS_LITERALS 8 /* rows and outputs before those of the vocabulary */

#define WEIGHTS_LAYERS_MAX       24
#define WEIGHTS_WIDTH_MAX        1024
#define WEIGHTS_FEED_FORWARD_MAX 4096 /* and of the hidden layer that scores gaps */
#define WEIGHTS_REACH_MAX        256
#define WEIGHTS_HEAD_SIZE_STEP   8 /* width / heads is a multiple of this */
#define WEIGHTS_HEAD_SIZE_MAX    128

#define WEIGHTS_INT8_COST_MAX 0.5

struct weights_shape {
    uint32_t layers, width, heads, feed_forward;
    uint32_t reach;     /* positions further apart than this count as this far apart */
    uint32_t gap_width; /* of the hidden layer that scores gaps */
    uint32_t tokens;    /* rows of the table of tokens */
    uint32_t grams;     /* rows of the table of grams */
    uint32_t outputs;   /* what a token can become and a gap can get: WEIGHTS_LITERALS + literals */
    uint32_t feature_sizes[WEIGHTS_FEATURES];
    uint32_t feature_rows; /* their sum */
};

/* values[row * columns + column], aligned for its format; int8 values are multiplied with their row's scale.
 */
struct weights_matrix {
    uint32_t rows, columns;
    enum number_format format;
    const void *values;
    const float *scales; /* [rows], NULL unless FORMAT_INT8 */
};

struct weights_linear {
    struct weights_matrix weight; /* [outputs][inputs] */
    const float *bias;            /* [outputs] */
};

struct weights_layer {
    const float *norm1, *norm2; /* [width] */
    const float *position;      /* [heads][2 * reach + 1] */
    struct weights_linear qkv, out, up, down;
};

struct weights {
    struct weights_shape shape;
    const char *const *literals; /* the vocabulary, [shape.outputs - WEIGHTS_LITERALS] */
    uint32_t features_version, lexer_version;
    const char *corpus, *scores, *calibration; /* as in the metadata; NULL when absent */
    double int8_cost; /* points of top-1 that computing in int8 costs; below 0: nobody said */

    struct weights_matrix embed_token, embed_feature, embed_gram;
    const struct weights_layer *layers;
    const float *final_norm;
    struct weights_linear head_token, head_gap_out;
    struct weights_matrix head_gap_left, head_gap_right; /* [gap_width][width] */
    const float *head_gap_bias;                          /* [gap_width] */
    const float *head_fine_weight;                       /* [width] */
    float head_fine_bias;
};

/* The file is mapped; it must not change while it is open. */
enum status weights_open(const char *path, struct weights **ret_weights, struct error *error);

/* name is for messages. The bytes need no alignment. */
enum status weights_from_memory(const char *name, const void *bytes, size_t size,
                                struct weights **ret_weights, struct error *error);
void weights_destroy(struct weights *weights);

/* Of all bytes of the file; 0 for bytes from memory. */
uint64_t weights_hash(const struct weights *weights);

/* Whether int8 may be chosen: it costs at most WEIGHTS_INT8_COST_MAX. When the file does not say, whether its
 * matrices are int8: nobody exports such a file that costs more. */
bool weights_int8_is_accurate(const struct weights *weights);

#endif
