#version 450
#extension GL_GOOGLE_include_directive : require
/* The mean of a window's rows, each multiplied with the weight; a workgroup for each window. */

layout(local_size_x_id = 0) in;

layout(std430, binding = 0) readonly buffer Starts { uint starts[]; };
layout(std430, binding = 1) readonly buffer Input { float x[]; };
layout(std430, binding = 2) readonly buffer Weight { float weight[]; };
layout(std430, binding = 3) writeonly buffer Output { float y[]; };

layout(push_constant) uniform Push {
    uint width;
};

#include "reduce.glsl"

void main() {
    uint window = gl_WorkGroupID.x, start = starts[window], rows = starts[window + 1] - start;
    float mine = 0.0;
    for (uint row = start; row < start + rows; row++) {
        float dot_of_row = 0.0;
        for (uint i = gl_LocalInvocationID.x; i < width; i += gl_WorkGroupSize.x)
            dot_of_row += x[row * width + i] * weight[i];
        mine += dot_of_row;
    }
    float sum = reduce_sum(mine);
    if (gl_LocalInvocationID.x == 0) y[window] = sum / float(rows);
}
