#include "base/log.h"

#include "base/mem.h"
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>

static void print_to_stderr(enum log_level level, const char *message, void *payload) {
    (void)level;
    (void)payload;
    fprintf(stderr, "noodle-lsp: %s\n", message);
}

/* The sink is set before threads start and only read after; the level may change with the configuration. */
static log_sink *current_sink = print_to_stderr;
static void *current_payload;
static atomic_int current_level = LOG_WARNING;

void log_set_sink(log_sink *sink, void *payload) {
    current_sink = sink ? sink : print_to_stderr;
    current_payload = payload;
}

void log_set_level(enum log_level level) {
    atomic_store_explicit(&current_level, (int)level, memory_order_relaxed);
}

void log_print(enum log_level level, const char *format, ...) {
    if ((int)level > atomic_load_explicit(&current_level, memory_order_relaxed)) return;
    char buffer[512];
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(buffer, sizeof buffer, format, arguments);
    va_end(arguments);
    if (length < 0) {
        current_sink(level, format, current_payload);
    } else if ((size_t)length < sizeof buffer) {
        current_sink(level, buffer, current_payload);
    } else {
        char *longer = mem_alloc((size_t)length + 1);
        vsnprintf(longer, (size_t)length + 1, format, again);
        current_sink(level, longer, current_payload);
        mem_free(longer);
    }
    va_end(again);
}
