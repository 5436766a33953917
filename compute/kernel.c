#include "compute/kernel.h"

#if defined(__x86_64__)
#include "compute/kernel_x86.h"

#include <cpuid.h>

#define LEAF_FEATURES   7
#define AVXVNNI_EAX_BIT 4 /* of leaf 7, subleaf 1; clang 14 has no name for it */
#endif

static const char *const names[KERNEL_PATHS] = {[KERNEL_REF] = "plain C",
                                                [KERNEL_AVX2] = "AVX2",
                                                [KERNEL_AVXVNNI] = "AVX-VNNI",
                                                [KERNEL_AVX512] = "AVX-512 VNNI"};

const char *kernel_path_name(enum kernel_path path) {
    return names[path];
}

#if defined(__x86_64__)

static bool has_avx2(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static bool has_avxvnni(void) {
    unsigned eax, ebx, ecx, edx;
    return has_avx2() && __get_cpuid_count(LEAF_FEATURES, 1, &eax, &ebx, &ecx, &edx) &&
           (eax >> AVXVNNI_EAX_BIT & 1);
}

static bool has_avx512(void) {
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni");
}

const struct kernel_set *kernel_find(enum kernel_path path) {
    switch (path) {
    case KERNEL_REF: return &kernel_ref;
    case KERNEL_AVX2: return has_avx2() ? &kernel_avx2 : NULL;
    case KERNEL_AVXVNNI: return has_avxvnni() ? &kernel_avxvnni : NULL;
    case KERNEL_AVX512: return has_avx512() ? &kernel_avx512 : NULL;
    case KERNEL_PATHS: break;
    }
    return NULL;
}

#else

const struct kernel_set *kernel_find(enum kernel_path path) {
    return path == KERNEL_REF ? &kernel_ref : NULL;
}

#endif

const struct kernel_set *kernel_best(void) {
    const struct kernel_set *best = NULL;
    for (int path = KERNEL_PATHS - 1; !best; path--)
        best = kernel_find((enum kernel_path)path);
    return best;
}

uint32_t kernel_round_up(uint32_t count, uint32_t step) {
    return (count + step - 1) / step * step;
}
