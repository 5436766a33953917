#version 450
#extension GL_EXT_control_flow_attributes : require
#extension GL_GOOGLE_include_directive : require
/* y (=, +=, = gelu) W x + bias, in tiles of rows by columns that a workgroup computes. A thread has 4 * ROW_QUADS rows
 * and 4 * COLUMN_QUADS columns of it in registers. W lies transposed, [inputs][outputs], filled up with zeros to whole
 * steps and tiles. With HALF_WEIGHTS it is fp16, which is widened on its way to the workgroup's memory: products and
 * sums are fp32 in both. */

layout(local_size_x_id = 0) in; /* TILE_ROWS / (4 * ROW_QUADS) * TILE_COLUMNS / (4 * COLUMN_QUADS) */
layout(constant_id = 1) const uint TILE_ROWS = 64;
layout(constant_id = 2) const uint TILE_COLUMNS = 32;
layout(constant_id = 3) const uint ROW_QUADS = 1;
layout(constant_id = 4) const uint COLUMN_QUADS = 1;

const uint STEP = 16; /* inputs */

layout(std430, binding = 0) readonly buffer Input { float x[]; };
#ifdef HALF_WEIGHTS
layout(std430, binding = 1) readonly buffer Weights { uvec2 weights[]; };
#else
layout(std430, binding = 1) readonly buffer Weights { vec4 weights[]; };
#endif
layout(std430, binding = 2) readonly buffer Bias { float bias[]; };
layout(std430, binding = 3) buffer Output { float y[]; };

layout(push_constant) uniform Push {
    uint rows, inputs, columns;
    uint steps;         /* of the inputs, filled up */
    uint columns_quads; /* of a row of weights, filled up */
    uint store;
};

#include "numbers.glsl"

/* A quad more than the rows, so that threads that write neighbouring inputs do not meet in one bank. */
const uint X_STRIDE = TILE_ROWS / 4 + 1, W_STRIDE = TILE_COLUMNS / 4;
shared vec4 x_tile[STEP * X_STRIDE];
shared vec4 w_tile[STEP * W_STRIDE];

vec4 weight_at(uint at) {
#ifdef HALF_WEIGHTS
    uvec2 halves = weights[at];
    return vec4(unpackHalf2x16(halves.x), unpackHalf2x16(halves.y));
#else
    return weights[at];
#endif
}

void load_tiles(uint first_row, uint first_quad, uint first_input) {
    [[unroll]] for (uint i = gl_LocalInvocationID.x; i < TILE_ROWS * STEP; i += gl_WorkGroupSize.x) {
        uint tile_row = i / STEP, input_of_step = i % STEP;
        uint row = first_row + tile_row, at = first_input + input_of_step;
        x_tile[input_of_step * X_STRIDE + tile_row / 4][tile_row % 4] =
            row < rows && at < inputs ? x[row * inputs + at] : 0.0;
    }
    [[unroll]] for (uint i = gl_LocalInvocationID.x; i < STEP * W_STRIDE; i += gl_WorkGroupSize.x)
        w_tile[i] = weight_at((first_input + i / W_STRIDE) * columns_quads + first_quad + i % W_STRIDE);
}

void main() {
    const uint across = W_STRIDE / COLUMN_QUADS, down = TILE_ROWS / 4 / ROW_QUADS;
    uint thread_x = gl_LocalInvocationID.x % across, thread_y = gl_LocalInvocationID.x / across;
    uint first_row = gl_WorkGroupID.y * TILE_ROWS, first_quad = gl_WorkGroupID.x * W_STRIDE;
    vec4 sums[ROW_QUADS * 4 * COLUMN_QUADS];
    [[unroll]] for (uint i = 0; i < ROW_QUADS * 4 * COLUMN_QUADS; i++)
        sums[i] = vec4(0.0);
    for (uint step_index = 0; step_index < steps; step_index++) {
        load_tiles(first_row, first_quad, step_index * STEP);
        barrier();
        [[unroll]] for (uint k = 0; k < STEP; k++) {
            vec4 a[ROW_QUADS], b[COLUMN_QUADS];
            [[unroll]] for (uint i = 0; i < ROW_QUADS; i++)
                a[i] = x_tile[k * X_STRIDE + thread_y + i * down];
            [[unroll]] for (uint j = 0; j < COLUMN_QUADS; j++)
                b[j] = w_tile[k * W_STRIDE + thread_x + j * across];
            [[unroll]] for (uint i = 0; i < ROW_QUADS; i++)
                [[unroll]] for (uint c = 0; c < 4; c++)
                    [[unroll]] for (uint j = 0; j < COLUMN_QUADS; j++)
                        sums[(i * 4 + c) * COLUMN_QUADS + j] += a[i][c] * b[j];
        }
        barrier();
    }
    [[unroll]] for (uint j = 0; j < COLUMN_QUADS; j++) {
        uint column = 4 * (first_quad + thread_x + j * across);
        [[unroll]] for (uint i = 0; i < ROW_QUADS * 4; i++) {
            uint row = first_row + 4 * (thread_y + i / 4 * down) + i % 4;
            if (row >= rows) continue;
            [[unroll]] for (uint e = 0; e < 4; e++) {
                if (column + e >= columns) continue;
                uint at = row * columns + column + e;
                float product = sums[i * COLUMN_QUADS + j][e] + bias[column + e];
                y[at] = store == GELU ? gelu(product) : store == ADD ? y[at] + product : product;
            }
        }
    }
}
