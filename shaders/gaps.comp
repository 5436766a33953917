#version 450
#extension GL_GOOGLE_include_directive : require
/* gelu(left[token before the gap] + right[token behind it] + bias), where the window has them; a workgroup for each gap.
 */

layout(local_size_x_id = 0) in;

layout(std430, binding = 0) readonly buffer Starts { uint starts[]; };
layout(std430, binding = 1) readonly buffer Left { float left[]; };
layout(std430, binding = 2) readonly buffer Right { float right[]; };
layout(std430, binding = 3) readonly buffer Bias { float bias[]; };
layout(std430, binding = 4) writeonly buffer Output { float y[]; };

layout(push_constant) uniform Push {
    uint width;
};

#include "numbers.glsl"

void main() {
    uint window = gl_WorkGroupID.y, gap = gl_WorkGroupID.x;
    uint start = starts[window], rows = starts[window + 1] - start;
    if (gap > rows) return;
    uint row = start + gap; /* the token behind the gap */
    for (uint i = gl_LocalInvocationID.x; i < width; i += gl_WorkGroupSize.x) {
        float sum = bias[i];
        if (gap > 0) sum += left[(row - 1) * width + i];
        if (gap < rows) sum += right[row * width + i];
        y[(row + window) * width + i] = gelu(sum);
    }
}
