#include "base/str.h"

#include "base/mem.h"
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An empty string owns nothing and points here; capacity 0 tells. It is never written. */
static char empty[1];

void str_init(struct str *str) {
    *str = (struct str){.bytes = empty};
}

void str_finish(struct str *str) {
    if (str->capacity) mem_free(str->bytes);
    str_init(str);
}

void str_clear(struct str *str) {
    str->length = 0;
    if (str->capacity) str->bytes[0] = '\0';
}

void str_reserve(struct str *str, size_t extra) {
    if (extra > SIZE_MAX / 2 - str->length) abort(); /* sizes from outside are checked long before */
    size_t wanted = str->length + extra + 1;
    if (wanted <= str->capacity) return;
    size_t capacity = str->capacity ? str->capacity * 2 : 32;
    if (capacity < wanted) capacity = wanted;
    char *bytes = mem_realloc(str->capacity ? str->bytes : NULL, capacity);
    bytes[str->length] = '\0';
    str->bytes = bytes;
    str->capacity = capacity;
}

void str_add(struct str *str, const void *bytes, size_t length) {
    if (!length) return;
    str_reserve(str, length);
    memcpy(str->bytes + str->length, bytes, length);
    str->length += length;
    str->bytes[str->length] = '\0';
}

void str_adds(struct str *str, const char *string) {
    str_add(str, string, strlen(string));
}

void str_addc(struct str *str, char byte) {
    str_add(str, &byte, 1);
}

void str_addf(struct str *str, const char *format, ...) {
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0) abort(); /* a broken format is our own mistake */
    str_reserve(str, (size_t)length);
    vsnprintf(str->bytes + str->length, (size_t)length + 1, format, again);
    va_end(again);
    str->length += (size_t)length;
}

char *str_detach(struct str *str) {
    char *bytes = str->capacity ? str->bytes : mem_strdup("");
    str_init(str);
    return bytes;
}

bool str_starts_with(const char *string, const char *prefix) {
    return strncmp(string, prefix, strlen(prefix)) == 0;
}

bool str_ends_with(const char *string, const char *suffix) {
    size_t string_length = strlen(string), suffix_length = strlen(suffix);
    return string_length >= suffix_length &&
           memcmp(string + string_length - suffix_length, suffix, suffix_length) == 0;
}
