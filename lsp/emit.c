/* emit.c: see emit.h. */
#include "lsp/emit.h"

#include "lsp/utf8.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

void emit_init(struct emit *emit) {
    str_init(&emit->out);
    emit->comma = false;
}

void emit_finish(struct emit *emit) {
    str_finish(&emit->out);
}

void emit_clear(struct emit *emit) {
    str_clear(&emit->out);
    emit->comma = false;
}

static void before_value(struct emit *emit) {
    if (emit->comma) str_addc(&emit->out, ',');
    emit->comma = true;
}

static void open_with(struct emit *emit, char bracket) {
    before_value(emit);
    str_addc(&emit->out, bracket);
    emit->comma = false;
}

static void close_with(struct emit *emit, char bracket) {
    str_addc(&emit->out, bracket);
    emit->comma = true;
}

void emit_open_object(struct emit *emit) {
    open_with(emit, '{');
}

void emit_close_object(struct emit *emit) {
    close_with(emit, '}');
}

void emit_open_array(struct emit *emit) {
    open_with(emit, '[');
}

void emit_close_array(struct emit *emit) {
    close_with(emit, ']');
}

void emit_key(struct emit *emit, const char *key) {
    before_value(emit);
    str_addc(&emit->out, '"');
    str_adds(&emit->out, key);
    str_add(&emit->out, "\":", 2);
    emit->comma = false;
}

static bool needs_care(unsigned char byte) {
    return byte < 0x20 || byte == '"' || byte == '\\' || byte >= 0x80;
}

static void add_escape(struct str *out, unsigned char byte) {
    switch (byte) {
    case '"': str_add(out, "\\\"", 2); break;
    case '\\': str_add(out, "\\\\", 2); break;
    case '\n': str_add(out, "\\n", 2); break;
    case '\r': str_add(out, "\\r", 2); break;
    case '\t': str_add(out, "\\t", 2); break;
    default: str_addf(out, "\\u%04x", byte);
    }
}

void emit_string(struct emit *emit, const char *bytes, size_t length) {
    before_value(emit);
    struct str *out = &emit->out;
    const unsigned char *at = (const unsigned char *)bytes, *end = at + length;
    str_addc(out, '"');
    while (at < end) {
        const unsigned char *plain = at;
        while (at < end && !needs_care(*at))
            at++;
        str_add(out, plain, (size_t)(at - plain));
        if (at == end) break;
        if (*at < 0x80) {
            add_escape(out, *at++);
            continue;
        }
        struct utf8_step step = utf8_next(at, (size_t)(end - at));
        if (step.valid)
            str_add(out, at, step.length);
        else
            str_adds(out, "\xEF\xBF\xBD");
        at += step.length;
    }
    str_addc(out, '"');
}

void emit_text(struct emit *emit, const char *text) {
    if (text)
        emit_string(emit, text, strlen(text));
    else
        emit_null(emit);
}

void emit_string_key(struct emit *emit, const char *key) {
    emit_string(emit, key, strlen(key));
    str_addc(&emit->out, ':');
    emit->comma = false;
}

void emit_int(struct emit *emit, int64_t value) {
    before_value(emit);
    str_addf(&emit->out, "%" PRId64, value);
}

void emit_double(struct emit *emit, double value) {
    if (!isfinite(value)) {
        emit_null(emit);
        return;
    }
    /* The decimal point is a matter of locale for printf, but not for JSON. */
    char digits[64];
    snprintf(digits, sizeof digits, "%.6g", value);
    for (char *at = digits; *at; at++)
        if (*at == ',') *at = '.';
    before_value(emit);
    str_adds(&emit->out, digits);
}

void emit_bool(struct emit *emit, bool value) {
    before_value(emit);
    str_adds(&emit->out, value ? "true" : "false");
}

void emit_null(struct emit *emit) {
    before_value(emit);
    str_adds(&emit->out, "null");
}

void emit_raw(struct emit *emit, const char *json, size_t length) {
    before_value(emit);
    str_add(&emit->out, json, length);
}

void emit_text_at(struct emit *emit, const char *key, const char *text) {
    emit_key(emit, key);
    emit_text(emit, text);
}

void emit_int_at(struct emit *emit, const char *key, int64_t value) {
    emit_key(emit, key);
    emit_int(emit, value);
}

void emit_bool_at(struct emit *emit, const char *key, bool value) {
    emit_key(emit, key);
    emit_bool(emit, value);
}

void emit_ms_at(struct emit *emit, const char *key, uint64_t ns) {
    emit_key(emit, key);
    emit_double(emit, (double)ns / 1e6);
}
