#include "compute/quant.h"

#include <math.h>
#include <string.h>

#define INT8_LARGEST 127.0f
#define HALF_LARGEST 65504.0f

const char *precision_name(enum precision precision) {
    static const char *const names[] = {[PRECISION_AUTO] = "auto",
                                        [PRECISION_FP32] = "fp32",
                                        [PRECISION_FP16] = "fp16",
                                        [PRECISION_INT8] = "int8"};
    return names[precision];
}

size_t quant_format_bytes(enum number_format format) {
    static const size_t bytes[] = {[FORMAT_FP32] = 4, [FORMAT_FP16] = 2, [FORMAT_INT8] = 1};
    return bytes[format];
}

float quant_half_to_float(uint16_t half) {
    uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = half >> 10 & 0x1F, fraction = half & 0x3FF,
             bits;
    if (exponent == 0) {
        /* Zero or subnormal: the fraction counts units of 2^-24, which fp32 holds exactly. */
        float value = (float)fraction * 0x1p-24f;
        memcpy(&bits, &value, sizeof bits);
        bits |= sign;
    } else if (exponent == 0x1F) {
        bits = sign | 0x7F800000 | fraction << 13;
    } else {
        bits = sign | (exponent + 127 - 15) << 23 | fraction << 13;
    }
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

uint16_t quant_float_to_half(float value) {
    uint16_t sign = signbit(value) ? 0x8000 : 0;
    float size = fabsf(value);
    if (isnan(value)) return sign | 0x7E00;
    if (size >= HALF_LARGEST) return sign | 0x7BFF;
    /* Steps of a half: 2^-24 below the smallest normal number, 2^-10 of its power of two above. */
    int exponent = 0;
    if (size >= 0x1p-14f) frexpf(size, &exponent);
    int step_exponent = size >= 0x1p-14f ? exponent - 11 : -24;
    long steps = lrintf(ldexpf(size, -step_exponent));
    /* In steps of 2^-24, bits count on from the subnormal numbers through the normal ones; a fraction that is
     * rounded up to the next power of two carries into the exponent by itself. */
    return (uint16_t)(sign | (steps + ((long)(step_exponent + 24) << 10)));
}

void quant_widen(enum number_format format, const void *values, float scale, size_t count,
                 float *ret_values) {
    if (format == FORMAT_FP32) {
        if (count) memcpy(ret_values, values, count * sizeof *ret_values);
    } else if (format == FORMAT_FP16) {
        const uint16_t *halves = values;
        for (size_t i = 0; i < count; i++)
            ret_values[i] = quant_half_to_float(halves[i]);
    } else {
        const int8_t *bytes = values;
        for (size_t i = 0; i < count; i++)
            ret_values[i] = (float)bytes[i] * scale;
    }
}

float quant_row_to_int8(const float *values, size_t count, int8_t *ret_values) {
    float largest = 0;
    for (size_t i = 0; i < count; i++)
        largest = fmaxf(largest, fabsf(values[i]));
    float scale = largest / INT8_LARGEST;
    /* Where the largest is so small that its scale is no normal number, the row is as good as zero. */
    if (!isnormal(scale)) {
        memset(ret_values, 0, count);
        return 0;
    }
    for (size_t i = 0; i < count; i++)
        ret_values[i] = (int8_t)lrintf(fminf(fmaxf(values[i] / scale, -INT8_LARGEST), INT8_LARGEST));
    return scale;
}
