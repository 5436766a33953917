#version 450
#extension GL_GOOGLE_include_directive : require
/* x / sqrt(mean(x^2) + 1e-5) * weight; a workgroup for each row. */

layout(local_size_x_id = 0) in;

layout(std430, binding = 0) readonly buffer Input { float x[]; };
layout(std430, binding = 1) readonly buffer Weight { float weight[]; };
layout(std430, binding = 2) writeonly buffer Output { float y[]; }; /* may be x: nobody else reads a row */

layout(push_constant) uniform Push {
    uint width;
};

#include "reduce.glsl"

void main() {
    uint first = gl_WorkGroupID.x * width;
    float mine = 0.0;
    for (uint i = gl_LocalInvocationID.x; i < width; i += gl_WorkGroupSize.x)
        mine += x[first + i] * x[first + i];
    float scale = 1.0 / sqrt(reduce_sum(mine) / float(width) + 1e-5);
    for (uint i = gl_LocalInvocationID.x; i < width; i += gl_WorkGroupSize.x)
        y[first + i] = x[first + i] * scale * weight[i];
}
