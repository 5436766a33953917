#version 450
/* x = token + features + mean of the grams; a workgroup for each row. A token is nine words: struct device_token. */

layout(local_size_x_id = 0) in;

const uint FEATURES = 8, FIRST_FEATURE_BYTE = 3, FIRST_GRAM_WORD = 3, WORDS = 9;

layout(std430, binding = 0) readonly buffer Tokens { uint tokens[]; };
layout(std430, binding = 1) readonly buffer TokenTable { float token_table[]; };
layout(std430, binding = 2) readonly buffer FeatureTable { float feature_table[]; };
layout(std430, binding = 3) readonly buffer GramTable { float gram_table[]; };
layout(std430, binding = 4) writeonly buffer Output { float x[]; };

layout(push_constant) uniform Push {
    uint width;
    uint offsets[FEATURES];
};

uint byte_of(uint first_word, uint at) {
    return tokens[first_word + at / 4] >> at % 4 * 8 & 0xFFu;
}

void main() {
    uint row = gl_WorkGroupID.x, first = row * WORDS;
    uint token = tokens[first] & 0xFFFFu, gram_count = byte_of(first, 2);
    float share = gram_count > 0 ? 1.0 / float(gram_count) : 0.0;
    for (uint i = gl_LocalInvocationID.x; i < width; i += gl_WorkGroupSize.x) {
        float sum = token_table[token * width + i];
        for (uint f = 0; f < FEATURES; f++)
            sum += feature_table[(offsets[f] + byte_of(first, FIRST_FEATURE_BYTE + f)) * width + i];
        for (uint g = 0; g < gram_count; g++) {
            uint gram = tokens[first + FIRST_GRAM_WORD + g / 2] >> g % 2 * 16 & 0xFFFFu;
            sum += gram_table[gram * width + i] * share;
        }
        x[row * width + i] = sum;
    }
}
