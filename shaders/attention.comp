#version 450
#extension GL_EXT_control_flow_attributes : require
/* Attention of one head over one window, each window for itself: scores, softmax and the mix of the values in one pass
 * over the keys, which come through the workgroup's memory in tiles. A thread has one query. The largest score so far
 * and the sum of exp(score - largest) are kept up to date from block to block (online softmax), so scores are never
 * stored, and a window needs no mask: keys beyond its end are not looked at. */

layout(local_size_x_id = 0) in; /* queries of a workgroup */
layout(constant_id = 1) const uint HEAD_SIZE = 32;
layout(constant_id = 2) const uint TILE_KEYS = 32; /* a multiple of BLOCK */

const uint BLOCK = 4; /* keys of one step of the softmax */
const float NEVER = -3.0e38;

layout(std430, binding = 0) readonly buffer Starts { uint starts[]; };
layout(std430, binding = 1) readonly buffer Input { float x[]; };
layout(std430, binding = 2) readonly buffer Position { float position[]; };
layout(std430, binding = 3) writeonly buffer Output { float y[]; };

layout(push_constant) uniform Push {
    uint width;
    uint positions; /* columns of the table: 2 * reach + 1 */
};

const uint QUADS = HEAD_SIZE / 4;
shared vec4 keys[TILE_KEYS * QUADS];
shared vec4 values[TILE_KEYS * QUADS];

vec4 quad_of_x(uint at) {
    return vec4(x[at], x[at + 1], x[at + 2], x[at + 3]);
}

void load_tile(uint first_row, uint rows, uint column) {
    for (uint i = gl_LocalInvocationID.x; i < TILE_KEYS * QUADS; i += gl_WorkGroupSize.x) {
        bool inside = i / QUADS < rows;
        uint at = (first_row + i / QUADS) * 3 * width + column + i % QUADS * 4;
        keys[i] = inside ? quad_of_x(at + width) : vec4(0.0);
        values[i] = inside ? quad_of_x(at + 2 * width) : vec4(0.0);
    }
}

void main() {
    uint window = gl_WorkGroupID.z, head = gl_WorkGroupID.y;
    uint start = starts[window], rows = starts[window + 1] - start;
    if (gl_WorkGroupID.x * gl_WorkGroupSize.x >= rows) return; /* the whole workgroup */
    uint query_row = min(gl_WorkGroupID.x * gl_WorkGroupSize.x + gl_LocalInvocationID.x, rows - 1);
    uint column = head * HEAD_SIZE, reach = positions / 2;
    float scale = 1.0 / sqrt(float(HEAD_SIZE));
    vec4 query[QUADS], mixed[QUADS];
    [[unroll]] for (uint d = 0; d < QUADS; d++) {
        query[d] = quad_of_x((start + query_row) * 3 * width + column + 4 * d) * scale;
        mixed[d] = vec4(0.0);
    }
    float largest = NEVER, sum = 0.0;
    for (uint tile = 0; tile < rows; tile += TILE_KEYS) {
        barrier();
        load_tile(start + tile, rows - tile, column);
        barrier();
        uint tile_rows = min(TILE_KEYS, rows - tile);
        for (uint first = 0; first < tile_rows; first += BLOCK) {
            float score[BLOCK], block_largest = largest;
            [[unroll]] for (uint j = 0; j < BLOCK; j++) {
                vec4 product = vec4(0.0);
                [[unroll]] for (uint d = 0; d < QUADS; d++)
                    product += query[d] * keys[(first + j) * QUADS + d];
                int distance = int(tile + first + j) - int(query_row);
                uint row = uint(clamp(distance, -int(reach), int(reach)) + int(reach));
                score[j] = first + j < tile_rows ? dot(product, vec4(1.0)) + position[head * positions + row] : NEVER;
                block_largest = max(block_largest, score[j]);
            }
            float kept = exp(largest - block_largest);
            largest = block_largest;
            sum *= kept;
            [[unroll]] for (uint d = 0; d < QUADS; d++)
                mixed[d] *= kept;
            [[unroll]] for (uint j = 0; j < BLOCK; j++) {
                float share = first + j < tile_rows ? exp(score[j] - largest) : 0.0;
                sum += share;
                [[unroll]] for (uint d = 0; d < QUADS; d++)
                    mixed[d] += share * values[(first + j) * QUADS + d];
            }
        }
    }
    if (gl_WorkGroupID.x * gl_WorkGroupSize.x + gl_LocalInvocationID.x >= rows) return;
    uint at = (start + query_row) * width + column;
    [[unroll]] for (uint d = 0; d < QUADS; d++)
        [[unroll]] for (uint c = 0; c < 4; c++)
            y[at + 4 * d + c] = mixed[d][c] / sum;
}
