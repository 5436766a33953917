#version 450
#extension GL_EXT_control_flow_attributes : require
#extension GL_GOOGLE_include_directive : require
/* linear.comp with bytes: four inputs are a word of x and of W, and sums are integers, so they are exact. Inputs are
 * levels less 128 (quantise.comp). DOT_PRODUCT takes the instruction that multiplies and adds four bytes. */

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint TILE_ROWS = 64;
layout(constant_id = 2) const uint TILE_COLUMNS = 32;
layout(constant_id = 3) const uint ROW_QUADS = 1;
layout(constant_id = 4) const uint COLUMN_QUADS = 1;

const uint STEP = 8; /* words of inputs */

layout(std430, binding = 0) readonly buffer Input { int x[]; };
layout(std430, binding = 1) readonly buffer Weights { ivec4 weights[]; };
layout(std430, binding = 2) readonly buffer Bias { float bias[]; };
layout(std430, binding = 3) buffer Output { float y[]; };
layout(std430, binding = 4) readonly buffer Ranges { vec2 ranges[]; };   /* of each row its step and its smallest */
layout(std430, binding = 5) readonly buffer Channels { uvec2 channels[]; }; /* of each output its scale and sum(w) */

layout(push_constant) uniform Push {
    uint rows, words, columns;
    uint steps;
    uint columns_quads;
    uint store;
};

#include "numbers.glsl"

#ifdef DOT_PRODUCT
#extension GL_EXT_spirv_intrinsics : require
const int PACKED_4X8 = 0;
/* OpSDotKHR with the capabilities DotProduct and DotProductInput4x8BitPacked. */
spirv_instruction(extensions = ["SPV_KHR_integer_dot_product"], capabilities = [6018, 6019], id = 4450)
int packed_dot(int a, int b, spirv_literal int format);

int dot4(int a, int b) {
    return packed_dot(a, b, PACKED_4X8);
}
#else
int dot4(int a, int b) {
    return bitfieldExtract(a, 0, 8) * bitfieldExtract(b, 0, 8) + bitfieldExtract(a, 8, 8) * bitfieldExtract(b, 8, 8) +
           bitfieldExtract(a, 16, 8) * bitfieldExtract(b, 16, 8) + (a >> 24) * (b >> 24);
}
#endif

const uint X_STRIDE = TILE_ROWS / 4 + 1, W_STRIDE = TILE_COLUMNS / 4;
shared ivec4 x_tile[STEP * X_STRIDE];
shared ivec4 w_tile[STEP * W_STRIDE];

void load_tiles(uint first_row, uint first_quad, uint first_word) {
    [[unroll]] for (uint i = gl_LocalInvocationID.x; i < TILE_ROWS * STEP; i += gl_WorkGroupSize.x) {
        uint tile_row = i / STEP, word_of_step = i % STEP, row = first_row + tile_row;
        x_tile[word_of_step * X_STRIDE + tile_row / 4][tile_row % 4] =
            row < rows ? x[row * words + first_word + word_of_step] : 0;
    }
    [[unroll]] for (uint i = gl_LocalInvocationID.x; i < STEP * W_STRIDE; i += gl_WorkGroupSize.x)
        w_tile[i] = weights[(first_word + i / W_STRIDE) * columns_quads + first_quad + i % W_STRIDE];
}

void main() {
    const uint across = W_STRIDE / COLUMN_QUADS, down = TILE_ROWS / 4 / ROW_QUADS;
    uint thread_x = gl_LocalInvocationID.x % across, thread_y = gl_LocalInvocationID.x / across;
    uint first_row = gl_WorkGroupID.y * TILE_ROWS, first_quad = gl_WorkGroupID.x * W_STRIDE;
    ivec4 sums[ROW_QUADS * 4 * COLUMN_QUADS];
    [[unroll]] for (uint i = 0; i < ROW_QUADS * 4 * COLUMN_QUADS; i++)
        sums[i] = ivec4(0);
    for (uint step_index = 0; step_index < steps; step_index++) {
        load_tiles(first_row, first_quad, step_index * STEP);
        barrier();
        [[unroll]] for (uint k = 0; k < STEP; k++) {
            ivec4 a[ROW_QUADS], b[COLUMN_QUADS];
            [[unroll]] for (uint i = 0; i < ROW_QUADS; i++)
                a[i] = x_tile[k * X_STRIDE + thread_y + i * down];
            [[unroll]] for (uint j = 0; j < COLUMN_QUADS; j++)
                b[j] = w_tile[k * W_STRIDE + thread_x + j * across];
            [[unroll]] for (uint i = 0; i < ROW_QUADS; i++)
                [[unroll]] for (uint c = 0; c < 4; c++)
                    [[unroll]] for (uint j = 0; j < COLUMN_QUADS; j++)
                        sums[(i * 4 + c) * COLUMN_QUADS + j] +=
                            ivec4(dot4(a[i][c], b[j].x), dot4(a[i][c], b[j].y), dot4(a[i][c], b[j].z),
                                  dot4(a[i][c], b[j].w));
        }
        barrier();
    }
    [[unroll]] for (uint j = 0; j < COLUMN_QUADS; j++) {
        uint column = 4 * (first_quad + thread_x + j * across);
        [[unroll]] for (uint i = 0; i < ROW_QUADS * 4; i++) {
            uint row = first_row + 4 * (thread_y + i / 4 * down) + i % 4;
            if (row >= rows) continue;
            vec2 range = ranges[row];
            [[unroll]] for (uint e = 0; e < 4; e++) {
                if (column + e >= columns) continue;
                uint at = row * columns + column + e;
                uvec2 channel = channels[column + e];
                float scale = uintBitsToFloat(channel.x);
                int weight_sum = int(channel.y), sum = sums[i * COLUMN_QUADS + j][e] + 128 * weight_sum;
                float product = range.x * float(sum) * scale + range.y * (scale * float(weight_sum)) + bias[column + e];
                y[at] = store == GELU ? gelu(product) : store == ADD ? y[at] + product : product;
            }
        }
    }
}
