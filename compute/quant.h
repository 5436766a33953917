/* quant.h: number formats of weights, and the ways between them.
 *
 * Owns    nothing.
 * Threads any.
 * Errors  none. int8 is off by at most half its scale. fp16 widens exactly. */
#ifndef NOODLE_QUANT_H
#define NOODLE_QUANT_H

#include <stddef.h>
#include <stdint.h>

enum number_format { FORMAT_FP32, FORMAT_FP16, FORMAT_INT8 };

/* What the products of an encoder are computed in. */
enum precision { PRECISION_AUTO, PRECISION_FP32, PRECISION_FP16, PRECISION_INT8 };

const char *precision_name(enum precision precision); /* "auto", "fp32" ... */

size_t quant_format_bytes(enum number_format format); /* of one number */

float quant_half_to_float(uint16_t half);

/* The nearest; halfway between two, the even one. What is too large becomes the largest, not infinity. */
uint16_t quant_float_to_half(float value);

/* count numbers of the format as fp32; scale is for FORMAT_INT8. values is aligned for its format. */
void quant_widen(enum number_format format, const void *values, float scale, size_t count, float *ret_values);

/* Rounds a row to [-127, 127] and returns its scale. A row of zeros has the scale 0. */
float quant_row_to_int8(const float *values, size_t count, int8_t *ret_values);

#endif
