/* kernel_x86.h: the sets of kernels for x86-64, and those of AVX2 that the others take over.
 *
 * Owns    nothing.
 * Threads any.
 * Errors  none. They may only run where the CPU has their instructions; kernel_find knows. */
#ifndef NOODLE_KERNEL_X86_H
#define NOODLE_KERNEL_X86_H

#include "compute/kernel.h"

/* A head's keys and values in panels, so that scores and sums are products like others. Scores are to be
 * powers of 2: keys and bias have the factor for it, keys that of scores as well. */
struct kernel_head {
    uint32_t rows, rows_up; /* rounded up to whole panels of keys */
    uint32_t size, size_up;
    float *keys;   /* panel[size][16 keys] */
    float *values; /* panel[rows][16 numbers] */
    float *scores; /* [KERNEL_QUERIES_MAX][KERNEL_SCORES_STRIDE] */
    float *bias;   /* [KERNEL_BIAS_MAX] */
};

extern const struct kernel_set kernel_avx2, kernel_avxvnni, kernel_avx512;

void kernel_avx2_fp32(const struct kernel_fp32_params *params);
void kernel_avx2_int8(const struct kernel_int8_params *params);
/* The products of rows with a panel, from their sums: scaled, with the bias and what else is to be done. */
void kernel_avx2_int8_store(const struct kernel_int8_params *params, uint32_t row, uint32_t rows,
                            uint32_t column, int32_t (*sums)[KERNEL_PANEL]);
void kernel_avx2_quantise(const float *x, size_t x_stride, uint32_t rows, uint32_t inputs, uint32_t levels,
                          uint8_t *q, float *step, float *low);
void kernel_avx2_add_bytes(const int8_t *bytes, float factor, uint32_t count, float *x);
void kernel_avx2_norm(const float *x, const float *weight, uint32_t rows, uint32_t width, float *output);
void kernel_avx2_attention(const struct kernel_attention_params *params);
/* The head in the scratch. */
void kernel_avx2_pack_head(const struct kernel_attention_params *params, struct kernel_head *ret_head);
void kernel_avx2_gap(const float *left, const float *right, const float *bias, uint32_t width, float *output);
void kernel_avx2_log_softmax(float *x, uint32_t rows, uint32_t columns);

#endif
