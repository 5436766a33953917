#include "base/mem.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* malloc(0) may return NULL, which would look like a failure. */
#define AT_LEAST_ONE(size) ((size) ? (size) : 1)

static atomic_size_t try_limit_bytes;

static _Noreturn void die_of_hunger(size_t size) {
    fprintf(stderr, "noodle-lsp: out of memory: %zu bytes were refused\n", size);
    abort();
}

void *mem_alloc(size_t size) {
    void *memory = malloc(AT_LEAST_ONE(size));
    if (!memory) die_of_hunger(size);
    return memory;
}

void *mem_zalloc(size_t size) {
    void *memory = calloc(1, AT_LEAST_ONE(size));
    if (!memory) die_of_hunger(size);
    return memory;
}

void *mem_realloc(void *memory, size_t size) {
    void *moved = realloc(memory, AT_LEAST_ONE(size));
    if (!moved) die_of_hunger(size);
    return moved;
}

char *mem_strndup(const char *string, size_t length) {
    if (length == SIZE_MAX) die_of_hunger(length);
    char *copy = mem_alloc(length + 1);
    if (length) memcpy(copy, string, length);
    copy[length] = '\0';
    return copy;
}

char *mem_strdup(const char *string) {
    return mem_strndup(string, strlen(string));
}

void mem_free(void *memory) {
    free(memory);
}

bool mem_try_refused(size_t size) {
    size_t limit = atomic_load_explicit(&try_limit_bytes, memory_order_relaxed);
    return limit && size >= limit;
}

void *mem_try_alloc(size_t size) {
    return mem_try_refused(size) ? NULL : malloc(AT_LEAST_ONE(size));
}

void *mem_try_zalloc(size_t size) {
    return mem_try_refused(size) ? NULL : calloc(1, AT_LEAST_ONE(size));
}

void *mem_try_realloc(void *memory, size_t size) {
    return mem_try_refused(size) ? NULL : realloc(memory, AT_LEAST_ONE(size));
}

void mem_set_try_limit(size_t limit_bytes) {
    atomic_store_explicit(&try_limit_bytes, limit_bytes, memory_order_relaxed);
}
