#include "compute/kernel_pack.h"

#include <stdlib.h>
#include <string.h>

static const void *row_of(const struct kernel_pack_params *params, uint32_t row) {
    size_t row_bytes = params->columns * quant_format_bytes(params->format);
    return (const unsigned char *)params->values + row * row_bytes;
}

bool kernel_pack_fp32(const struct kernel_pack_params *params, struct kernel_pack *ret_pack) {
    size_t outputs = kernel_round_up(params->rows, KERNEL_PANEL), inputs = params->columns;
    float *panels = room_try_alloc(params->shelf, outputs * inputs * sizeof *panels);
    float *numbers = mem_try_alloc(inputs * sizeof *numbers);
    bool whole = panels && numbers;
    for (uint32_t row = 0; whole && row < params->rows; row++) {
        float *panel = panels + row / KERNEL_PANEL * KERNEL_PANEL * inputs + row % KERNEL_PANEL;
        quant_widen(params->format, row_of(params, row), params->scales ? params->scales[row] : 1, inputs,
                    numbers);
        for (size_t i = 0; i < inputs; i++)
            panel[i * KERNEL_PANEL] = numbers[i];
    }
    mem_free(numbers);
    if (whole)
        *ret_pack = (struct kernel_pack){.fp32_panels = panels};
    else
        room_free(panels);
    return whole;
}

/* A row as int8, whatever it was; returns its scale. */
static float int8_row(const struct kernel_pack_params *params, uint32_t row, float *scratch,
                      int8_t *ret_row) {
    if (params->format == FORMAT_INT8) {
        memcpy(ret_row, row_of(params, row), params->columns);
        return params->scales[row];
    }
    quant_widen(params->format, row_of(params, row), 1, params->columns, scratch);
    return quant_row_to_int8(scratch, params->columns, ret_row);
}

/* Outputs that have a mirror together. */
#define GROUP_ROWS (KERNEL_MIRROR_PANELS * KERNEL_PANEL)

/* A hexad's inputs, from its first; the last hexads of a row may be shorter. */
#define HEXAD        6
#define HEXAD_INPUTS 12
static const uint8_t hexad_offsets[HEXAD] = {0, 1, 4, 5, 8, 9};

static size_t next_hexad(size_t first) {
    return first + (first % KERNEL_INT8_GROUP ? HEXAD_INPUTS - KERNEL_INT8_GROUP / 2 : KERNEL_INT8_GROUP / 2);
}

static int hexad_size(size_t first, size_t inputs_up) {
    int size = HEXAD;
    while (first + hexad_offsets[size - 1] >= inputs_up)
        size--;
    return size;
}

/* The hexads of a group's outputs at the same inputs. Positive and negative weights of an output are each at
 * most KERNEL_HEXAD_MAX when they differ by no more than `allowed`. */
struct hexads {
    int size;
    int16_t weights[HEXAD][GROUP_ROWS];
    int16_t differences[GROUP_ROWS], allowed[GROUP_ROWS];
};

static void hexads_init(struct hexads *hexads, const int8_t *weights, size_t inputs_up, size_t first) {
    hexads->size = hexad_size(first, inputs_up);
    for (int row = 0; row < GROUP_ROWS; row++) {
        hexads->differences[row] = 0;
        hexads->allowed[row] = 2 * KERNEL_HEXAD_MAX;
    }
    for (int i = 0; i < hexads->size; i++) {
        const int8_t *weight = weights + first + hexad_offsets[i];
        int16_t *column = hexads->weights[i];
        for (int row = 0; row < GROUP_ROWS; row++, weight += inputs_up)
            column[row] = *weight;
        for (int row = 0; row < GROUP_ROWS; row++) {
            hexads->differences[row] = (int16_t)(hexads->differences[row] + column[row]);
            hexads->allowed[row] = (int16_t)(hexads->allowed[row] - abs(column[row]));
        }
    }
}

/* By how much differences are too large, all together. */
static int hexads_excess(const struct hexads *hexads) {
    int16_t excess = 0; /* of a row at most 1020 */
    for (int row = 0; row < GROUP_ROWS; row++) {
        int16_t difference = hexads->differences[row];
        int16_t size = (int16_t)(difference < 0 ? -difference : difference);
        int16_t more = (int16_t)(size - hexads->allowed[row]);
        excess = (int16_t)(excess + (more > 0 ? more : 0));
    }
    return excess;
}

/* Which inputs to mirror, a bit each. Tries go on by one input from each to the next (Gray's code); mirroring
 * all others instead is the same with signs exchanged, so the last input never is. */
static uint32_t choose_mirror(struct hexads *hexads, int *ret_least) {
    uint32_t best = 0, mirror = 0;
    int least = hexads_excess(hexads);
    for (uint32_t count = 1; least > 0 && count < 1u << (hexads->size - 1); count++) {
        uint32_t input = (uint32_t)__builtin_ctz(count);
        int16_t *weights = hexads->weights[input];
        for (int row = 0; row < GROUP_ROWS; row++) {
            hexads->differences[row] = (int16_t)(hexads->differences[row] - 2 * weights[row]);
            weights[row] = (int16_t)-weights[row];
        }
        mirror ^= 1u << input;
        int excess = hexads_excess(hexads);
        if (excess < least) {
            least = excess;
            best = mirror;
        }
    }
    *ret_least = least;
    return best;
}

static void mirror_input(int8_t *weights, size_t inputs_up, size_t input, int32_t *sums) {
    for (int row = 0; row < GROUP_ROWS; row++) {
        int8_t *weight = &weights[row * inputs_up + input];
        sums[row] += KERNEL_LEVELS_7_BIT * *weight;
        *weight = (int8_t) - *weight;
    }
}

/* The first inputs of hexads. */
struct hexad_list {
    VEC_FIELDS(uint32_t);
};

/* heavy: becomes those that have to be cut, too. */
static void mirror_group(int8_t *weights, size_t inputs_up, uint8_t *mirror, int32_t *sums,
                         struct hexad_list *heavy) {
    memset(mirror, 0, inputs_up);
    memset(sums, 0, GROUP_ROWS * sizeof *sums);
    vec_clear(heavy);
    for (size_t first = 0; first < inputs_up; first = next_hexad(first)) {
        struct hexads hexads;
        hexads_init(&hexads, weights, inputs_up, first);
        int excess;
        uint32_t mirrored = choose_mirror(&hexads, &excess);
        if (excess) vec_push(heavy, (uint32_t)first);
        for (int i = 0; i < HEXAD; i++) {
            if (!(mirrored >> i & 1)) continue;
            mirror[first + hexad_offsets[i]] = KERNEL_LEVELS_7_BIT;
            mirror_input(weights, inputs_up, first + hexad_offsets[i], sums);
        }
    }
}

/* Cuts the weights of one sign in a hexad down to KERNEL_HEXAD_MAX, the largest first. */
static void cut_hexad(int8_t *weights, size_t first, int size, int sign, uint8_t output,
                      struct kernel_pack *pack) {
    for (;;) {
        int sum = 0;
        size_t largest = first;
        for (int i = 0; i < size; i++) {
            size_t at = first + hexad_offsets[i];
            if (weights[at] * sign <= 0) continue;
            sum += weights[at] * sign;
            if (weights[at] * sign > weights[largest] * sign) largest = at;
        }
        if (sum <= KERNEL_HEXAD_MAX) return;
        int weight = weights[largest] * sign;
        int cut = sum - KERNEL_HEXAD_MAX < weight ? sum - KERNEL_HEXAD_MAX : weight;
        weights[largest] = (int8_t)((weight - cut) * sign);
        vec_push(&pack->excess, (struct kernel_excess){.input = (uint16_t)largest,
                                                       .output = output,
                                                       .weight = (int8_t)(cut * sign)});
    }
}

static void cut_row(int8_t *weights, size_t inputs_up, const struct hexad_list *heavy, uint8_t output,
                    struct kernel_pack *pack) {
    for (size_t i = 0; i < heavy->count; i++) {
        int size = hexad_size(heavy->items[i], inputs_up);
        cut_hexad(weights, heavy->items[i], size, 1, output, pack);
        cut_hexad(weights, heavy->items[i], size, -1, output, pack);
    }
}

static void pack_row(struct kernel_pack *pack, uint32_t row, const int8_t *weights, size_t inputs_up) {
    int8_t *panel = pack->int8_panels + row / KERNEL_PANEL * KERNEL_PANEL * inputs_up +
                    row % KERNEL_PANEL * KERNEL_INT8_GROUP;
    for (size_t i = 0; i < inputs_up; i += KERNEL_INT8_GROUP)
        memcpy(panel + i * KERNEL_PANEL, weights + i, KERNEL_INT8_GROUP);
}

/* What a group of rows is packed with: a row of numbers, the group's bytes, and its heavy hexads. */
struct buffers {
    float *scratch;
    int8_t *weights;
    struct hexad_list heavy;
};

static void pack_group(const struct kernel_pack_params *params, uint32_t first, struct buffers *buffers,
                       struct kernel_pack *pack) {
    int8_t *weights = buffers->weights;
    size_t inputs_up = kernel_round_up(params->columns, KERNEL_INT8_STEP);
    uint32_t rows = params->rows - first < GROUP_ROWS ? params->rows - first : GROUP_ROWS;
    memset(weights, 0, GROUP_ROWS * inputs_up);
    for (uint32_t row = 0; row < rows; row++) {
        int8_t *bytes = weights + row * inputs_up;
        pack->scales[first + row] = int8_row(params, first + row, buffers->scratch, bytes);
        int32_t sum = 0;
        for (uint32_t i = 0; i < params->columns; i++)
            sum += bytes[i];
        pack->scaled_sums[first + row] = pack->scales[first + row] * (float)sum;
    }
    if (pack->mirrors)
        mirror_group(weights, inputs_up, pack->mirrors + first / GROUP_ROWS * inputs_up,
                     pack->mirror_sums + first, &buffers->heavy);
    for (uint32_t row = 0; row < rows; row++) {
        int8_t *bytes = weights + row * inputs_up;
        if (pack->mirrors && row % KERNEL_PANEL == 0)
            pack->excess_starts[(first + row) / KERNEL_PANEL] = (uint32_t)pack->excess.count;
        if (pack->mirrors) cut_row(bytes, inputs_up, &buffers->heavy, row % KERNEL_PANEL, pack);
        pack_row(pack, first + row, bytes, inputs_up);
    }
}

static bool alloc_int8(const struct kernel_pack_params *params, uint32_t levels, struct kernel_pack *pack) {
    size_t outputs = kernel_round_up(params->rows, KERNEL_PANEL);
    size_t groups = kernel_round_up(params->rows, GROUP_ROWS) / GROUP_ROWS;
    size_t inputs_up = kernel_round_up(params->columns, KERNEL_INT8_STEP);
    *pack = (struct kernel_pack){.int8_panels = room_try_alloc(params->shelf, outputs * inputs_up),
                                 .scales = room_try_alloc(params->shelf, outputs * sizeof *pack->scales),
                                 .scaled_sums =
                                     room_try_alloc(params->shelf, outputs * sizeof *pack->scaled_sums)};
    if (!pack->int8_panels || !pack->scales || !pack->scaled_sums) return false;
    if (levels != KERNEL_LEVELS_7_BIT) return true;
    pack->mirrors = room_try_alloc(params->shelf, groups * inputs_up);
    pack->mirror_sums = room_try_alloc(params->shelf, groups * GROUP_ROWS * sizeof *pack->mirror_sums);
    pack->excess_starts = mem_try_alloc((outputs / KERNEL_PANEL + 1) * sizeof *pack->excess_starts);
    return pack->mirrors && pack->mirror_sums && pack->excess_starts;
}

bool kernel_pack_int8(const struct kernel_pack_params *params, uint32_t levels,
                      struct kernel_pack *ret_pack) {
    struct kernel_pack pack;
    bool whole = alloc_int8(params, levels, &pack);
    size_t inputs_up = kernel_round_up(params->columns, KERNEL_INT8_STEP);
    struct buffers buffers = {.scratch = mem_try_alloc(params->columns * sizeof *buffers.scratch),
                              .weights = room_try_alloc(NULL, GROUP_ROWS * inputs_up)};
    whole = whole && buffers.scratch && buffers.weights;
    for (uint32_t row = 0; whole && row < params->rows; row += GROUP_ROWS)
        pack_group(params, row, &buffers, &pack);
    if (whole && pack.excess_starts)
        pack.excess_starts[kernel_round_up(params->rows, KERNEL_PANEL) / KERNEL_PANEL] =
            (uint32_t)pack.excess.count;
    mem_free(buffers.scratch);
    room_free(buffers.weights);
    vec_finish(&buffers.heavy);
    if (whole)
        *ret_pack = pack;
    else
        kernel_pack_finish(&pack);
    return whole;
}

void kernel_pack_finish(struct kernel_pack *pack) {
    room_free(pack->fp32_panels);
    room_free(pack->int8_panels);
    room_free(pack->scales);
    room_free(pack->scaled_sums);
    room_free(pack->mirrors);
    room_free(pack->mirror_sums);
    mem_free(pack->excess_starts);
    vec_finish(&pack->excess);
}
