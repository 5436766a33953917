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

/* Cuts the weights of one sign in a quad down to KERNEL_QUAD_MAX, the largest first. `first` is the quad's
 * first input; the others are 1, 4 and 5 behind it. */
static void cut_quad(int8_t *weights, size_t first, int sign, uint8_t output, struct kernel_pack *pack) {
    static const uint8_t offsets[] = {0, 1, 4, 5};
    for (;;) {
        int sum = 0;
        size_t largest = first;
        for (size_t i = 0; i < sizeof offsets; i++) {
            size_t at = first + offsets[i];
            if (weights[at] * sign <= 0) continue;
            sum += weights[at] * sign;
            if (weights[at] * sign > weights[largest] * sign) largest = at;
        }
        if (sum <= KERNEL_QUAD_MAX) return;
        /* The largest of four is at least a quarter of the sum: never more is cut off than there is, in two
         * turns. */
        int weight = weights[largest] * sign,
            cut = sum - KERNEL_QUAD_MAX < weight ? sum - KERNEL_QUAD_MAX : weight;
        weights[largest] = (int8_t)((weight - cut) * sign);
        vec_push(&pack->excess, (struct kernel_excess){.input = (uint16_t)largest,
                                                       .output = output,
                                                       .weight = (int8_t)(cut * sign)});
    }
}

static void cut_row(int8_t *weights, size_t inputs_up, uint8_t output, struct kernel_pack *pack) {
    for (size_t i = 0; i < inputs_up; i += i % KERNEL_INT8_STEP ? KERNEL_INT8_STEP - 2 : 2) {
        /* Nearly all are small enough whatever their signs. */
        int sum = abs(weights[i]) + abs(weights[i + 1]) + abs(weights[i + 4]) + abs(weights[i + 5]);
        if (sum <= KERNEL_QUAD_MAX) continue;
        cut_quad(weights, i, 1, output, pack);
        cut_quad(weights, i, -1, output, pack);
    }
}

static void pack_row(struct kernel_pack *pack, uint32_t row, const int8_t *weights, size_t inputs_up) {
    int8_t *panel = pack->int8_panels + row / KERNEL_PANEL * KERNEL_PANEL * inputs_up +
                    row % KERNEL_PANEL * KERNEL_INT8_GROUP;
    for (size_t i = 0; i < inputs_up; i += KERNEL_INT8_GROUP)
        memcpy(panel + i * KERNEL_PANEL, weights + i, KERNEL_INT8_GROUP);
}

bool kernel_pack_int8(const struct kernel_pack_params *params, uint32_t levels,
                      struct kernel_pack *ret_pack) {
    size_t outputs = kernel_round_up(params->rows, KERNEL_PANEL), panels = outputs / KERNEL_PANEL;
    size_t inputs_up = kernel_round_up(params->columns, KERNEL_INT8_STEP);
    bool cut = levels == KERNEL_LEVELS_7_BIT;
    struct kernel_pack pack = {.int8_panels = room_try_alloc(params->shelf, outputs * inputs_up),
                               .scales = room_try_alloc(params->shelf, outputs * sizeof *pack.scales),
                               .scaled_sums =
                                   room_try_alloc(params->shelf, outputs * sizeof *pack.scaled_sums)};
    if (cut) pack.excess_starts = mem_try_alloc((panels + 1) * sizeof *pack.excess_starts);
    float *scratch = mem_try_alloc(params->columns * sizeof *scratch);
    int8_t *weights = room_try_alloc(NULL, inputs_up);
    bool whole = pack.int8_panels && pack.scales && pack.scaled_sums && (pack.excess_starts || !cut) &&
                 scratch && weights;
    for (uint32_t row = 0; whole && row < params->rows; row++) {
        pack.scales[row] = int8_row(params, row, scratch, weights);
        int32_t sum = 0;
        for (uint32_t i = 0; i < params->columns; i++)
            sum += weights[i];
        pack.scaled_sums[row] = pack.scales[row] * (float)sum;
        if (cut && row % KERNEL_PANEL == 0)
            pack.excess_starts[row / KERNEL_PANEL] = (uint32_t)pack.excess.count;
        if (cut) cut_row(weights, inputs_up, row % KERNEL_PANEL, &pack);
        pack_row(&pack, row, weights, inputs_up);
    }
    if (whole && cut) pack.excess_starts[panels] = (uint32_t)pack.excess.count;
    mem_free(scratch);
    room_free(weights);
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
    mem_free(pack->excess_starts);
    vec_finish(&pack->excess);
}
