#version 450
#extension GL_GOOGLE_include_directive : require
/* A row to 255 levels between its smallest and its largest number, each less 128 so that it is a signed byte; four in
 * a word. A workgroup for each row. */

layout(local_size_x_id = 0) in;

const float LEVELS = 255.0, RANGE_MIN = 1e-30, RANGE_MAX = 1e30; /* compute/kernel.h */
const float LARGEST_FLOAT = 3.4028234e38;

layout(std430, binding = 0) readonly buffer Input { float x[]; };
layout(std430, binding = 1) writeonly buffer Output { uint q[]; };
layout(std430, binding = 2) writeonly buffer Ranges { vec2 ranges[]; }; /* of each row its step and its smallest */

layout(push_constant) uniform Push {
    uint inputs, words; /* numbers and words of a row */
};

#include "reduce.glsl"

uint level(uint first, uint at, float low, float per_step) {
    float number = at < inputs ? roundEven((x[first + at] - low) * per_step) : 0.0;
    return (uint(clamp(number, 0.0, LEVELS)) ^ 0x80u) & 0xFFu;
}

void main() {
    uint row = gl_WorkGroupID.x, first = row * inputs;
    float low = LARGEST_FLOAT, high = -LARGEST_FLOAT;
    for (uint i = gl_LocalInvocationID.x; i < inputs; i += gl_WorkGroupSize.x) {
        low = min(low, x[first + i]);
        high = max(high, x[first + i]);
    }
    low = -reduce_max(-low);
    high = reduce_max(high);
    float range = high - low;
    bool usable = range > RANGE_MIN && range < RANGE_MAX;
    float per_step = usable ? LEVELS / range : 0.0;
    for (uint i = gl_LocalInvocationID.x; i < words; i += gl_WorkGroupSize.x)
        q[row * words + i] = level(first, 4 * i, low, per_step) | level(first, 4 * i + 1, low, per_step) << 8 |
                             level(first, 4 * i + 2, low, per_step) << 16 |
                             level(first, 4 * i + 3, low, per_step) << 24;
    if (gl_LocalInvocationID.x == 0) ranges[row] = vec2(usable ? range / LEVELS : 0.0, low);
}
