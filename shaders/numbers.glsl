/* What several shaders share. */

const uint SET = 0, ADD = 1, GELU = 2; /* enum device_store */

/* By tanh, as compute/kernel_ref.c has it. Behind the limit tanh is 1 in fp32, and some drivers' own tanh is no number
 * far behind it. */
float gelu(float x) {
    float inner = clamp(0.7978845608028654 * (x + 0.044715 * x * x * x), -15.0, 15.0);
    return 0.5 * x * (1.0 + tanh(inner));
}
