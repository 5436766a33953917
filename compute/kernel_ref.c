#include "compute/kernel.h"

#include <math.h>

/* sqrt(2 / pi) and the cubic term of gelu by tanh. */
#define GELU_SCALE 0.7978845608028654f
#define GELU_CUBE  0.044715f

static float gelu(float x) {
    return 0.5f * x * (1.0f + tanhf(GELU_SCALE * (x + GELU_CUBE * x * x * x)));
}

static void store(const struct kernel_output *output, uint32_t row, uint32_t column, float product) {
    float *number = &output->numbers[row * output->stride + column];
    product += output->bias[column];
    if (output->store == KERNEL_GELU)
        *number = gelu(product);
    else
        *number = output->store == KERNEL_ADD ? *number + product : product;
}

static void fp32(const struct kernel_fp32_params *params) {
    for (uint32_t row = 0; row < params->rows; row++) {
        const float *x = params->x + row * params->x_stride;
        for (uint32_t column = 0; column < params->output.columns; column++) {
            const float *panel =
                params->panels + (size_t)(column / KERNEL_PANEL) * KERNEL_PANEL * params->inputs;
            float sum = 0;
            for (uint32_t i = 0; i < params->inputs; i++)
                sum += x[i] * panel[(size_t)i * KERNEL_PANEL + column % KERNEL_PANEL];
            store(&params->output, row, column, sum);
        }
    }
}

static int32_t excess_sum(const struct kernel_int8_params *params, const uint8_t *q, const uint8_t *mirror,
                          uint32_t column) {
    int32_t sum = 0;
    const uint32_t *starts = params->excess_starts + column / KERNEL_PANEL;
    for (uint32_t i = starts[0]; i < starts[1]; i++) {
        const struct kernel_excess *excess = &params->excess[i];
        if (excess->output == column % KERNEL_PANEL)
            sum += (q[excess->input] ^ mirror[excess->input]) * excess->weight;
    }
    return sum;
}

static int32_t int8_sum(const struct kernel_int8_params *params, const uint8_t *q, uint32_t column) {
    size_t inputs = kernel_round_up(params->inputs, KERNEL_INT8_STEP);
    size_t number = column / KERNEL_PANEL, of_panel = column % KERNEL_PANEL;
    const int8_t *panel = params->panels + number * KERNEL_PANEL * inputs + of_panel * KERNEL_INT8_GROUP;
    const uint8_t *mirror = params->mirrors ? params->mirrors + number / KERNEL_MIRROR_PANELS * inputs : NULL;
    int32_t sum = mirror ? params->mirror_sums[column] + excess_sum(params, q, mirror, column) : 0;
    for (size_t i = 0; i < inputs; i++) {
        int weight = panel[i / KERNEL_INT8_GROUP * KERNEL_INT8_GROUP * KERNEL_PANEL + i % KERNEL_INT8_GROUP];
        sum += (mirror ? q[i] ^ mirror[i] : q[i]) * weight;
    }
    return sum;
}

static void int8(const struct kernel_int8_params *params) {
    size_t inputs = kernel_round_up(params->inputs, KERNEL_INT8_STEP);
    for (uint32_t row = 0; row < params->rows; row++) {
        for (uint32_t column = 0; column < params->output.columns; column++) {
            int32_t sum = int8_sum(params, params->q + row * inputs, column);
            store(&params->output, row, column,
                  params->step[row] * (float)sum * params->scale[column] +
                      params->low[row] * params->sum[column]);
        }
    }
}

float kernel_quantise_range(float low, float high, uint32_t levels, float *ret_step) {
    float range = high - low;
    bool usable = range > KERNEL_RANGE_MIN && range < KERNEL_RANGE_MAX;
    *ret_step = usable ? range / (float)levels : 0;
    return usable ? (float)levels / range : 0;
}

static void quantise(const float *x, size_t x_stride, uint32_t rows, uint32_t inputs, uint32_t levels,
                     uint8_t *q, float *step, float *low) {
    uint32_t q_stride = kernel_round_up(inputs, KERNEL_INT8_STEP);
    for (uint32_t row = 0; row < rows; row++, x += x_stride, q += q_stride) {
        float smallest = x[0], largest = x[0];
        for (uint32_t i = 1; i < inputs; i++) {
            smallest = fminf(smallest, x[i]);
            largest = fmaxf(largest, x[i]);
        }
        float per_step = kernel_quantise_range(smallest, largest, levels, &step[row]);
        low[row] = smallest;
        for (uint32_t i = 0; i < q_stride; i++)
            q[i] = i < inputs && per_step > 0 ? (uint8_t)lrintf((x[i] - smallest) * per_step) : 0;
    }
}

static void add_bytes(const int8_t *bytes, float factor, uint32_t count, float *x) {
    for (uint32_t i = 0; i < count; i++)
        x[i] += factor * (float)bytes[i];
}

static void norm(const float *x, const float *weight, uint32_t rows, uint32_t width, float *output) {
    for (uint32_t row = 0; row < rows; row++, x += width, output += width) {
        float sum = 0;
        for (uint32_t i = 0; i < width; i++)
            sum += x[i] * x[i];
        float scale = 1.0f / sqrtf(sum / (float)width + KERNEL_NORM_EPSILON);
        for (uint32_t i = 0; i < width; i++)
            output[i] = x[i] * scale * weight[i];
    }
}

static void attention(const struct kernel_attention_params *params) {
    uint32_t rows = params->rows, head_size = params->head_size;
    float *score = params->scratch, scale = 1.0f / sqrtf((float)head_size);
    for (uint32_t i = 0; i < rows; i++) {
        const float *query = params->query + i * params->stride;
        float largest = -INFINITY, sum = 0;
        for (uint32_t j = 0; j < rows; j++) {
            const float *key = params->key + j * params->stride;
            float product = 0;
            for (uint32_t d = 0; d < head_size; d++)
                product += query[d] * key[d];
            score[j] = product * scale + params->bias[rows - 1 + j - i];
            largest = fmaxf(largest, score[j]);
        }
        float *output = params->output + i * params->output_stride;
        for (uint32_t d = 0; d < head_size; d++)
            output[d] = 0;
        for (uint32_t j = 0; j < rows; j++) {
            float share = expf(score[j] - largest);
            sum += share;
            for (uint32_t d = 0; d < head_size; d++)
                output[d] += share * params->value[j * params->stride + d];
        }
        for (uint32_t d = 0; d < head_size; d++)
            output[d] /= sum;
    }
}

static void gap(const float *left, const float *right, const float *bias, uint32_t width, float *output) {
    for (uint32_t i = 0; i < width; i++)
        output[i] = gelu((left ? left[i] : 0) + (right ? right[i] : 0) + bias[i]);
}

static void log_softmax(float *x, uint32_t rows, uint32_t columns) {
    for (uint32_t row = 0; row < rows; row++, x += columns) {
        float largest = x[0], sum = 0;
        for (uint32_t i = 1; i < columns; i++)
            largest = fmaxf(largest, x[i]);
        for (uint32_t i = 0; i < columns; i++)
            sum += expf(x[i] - largest);
        float all = logf(sum);
        for (uint32_t i = 0; i < columns; i++)
            x[i] = x[i] - largest - all;
    }
}

const struct kernel_set kernel_ref = {
    .name = "plain C",
    .levels = KERNEL_LEVELS_7_BIT,
    .fp32 = fp32,
    .int8 = int8,
    .quantise = quantise,
    .add_bytes = add_bytes,
    .norm = norm,
    .attention = attention,
    .gap = gap,
    .log_softmax = log_softmax,
};
