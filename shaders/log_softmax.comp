#version 450
#extension GL_GOOGLE_include_directive : require
/* A row becomes logarithms of probabilities, where it lies; a workgroup for each row. */

layout(local_size_x_id = 0) in;

const float NEVER = -3.4028234e38;

layout(std430, binding = 0) buffer Rows { float x[]; };

layout(push_constant) uniform Push {
    uint columns;
};

#include "reduce.glsl"

void main() {
    uint first = gl_WorkGroupID.x * columns;
    float largest = NEVER, sum = 0.0;
    for (uint i = gl_LocalInvocationID.x; i < columns; i += gl_WorkGroupSize.x)
        largest = max(largest, x[first + i]);
    largest = reduce_max(largest);
    for (uint i = gl_LocalInvocationID.x; i < columns; i += gl_WorkGroupSize.x)
        sum += exp(x[first + i] - largest);
    float all = largest + log(reduce_sum(sum));
    for (uint i = gl_LocalInvocationID.x; i < columns; i += gl_WorkGroupSize.x)
        x[first + i] -= all;
}
