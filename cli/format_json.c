/* format_json.c: one object for all files, and the pieces that `fix --jsonl` has in common with it. */
#include "cli/format.h"
#include "lsp/position.h"
#include <string.h>

const struct format *format_of(enum check_format format) {
    switch (format) {
    case FORMAT_JSON: return &format_json;
    case FORMAT_SARIF: return &format_sarif;
    case FORMAT_GITHUB: return &format_github;
    case FORMAT_TEXT: break;
    }
    return &format_text;
}

void format_emit_finding(struct emit *emit, struct text *text, const struct finding *finding) {
    struct position start = position_of_byte(text, finding->start_byte, POSITION_UTF16);
    emit_int_at(emit, "start_byte", finding->start_byte);
    emit_int_at(emit, "end_byte", finding->end_byte);
    emit_int_at(emit, "line", start.line);
    emit_int_at(emit, "character", start.character);
    emit_text_at(emit, "message", finding->message);
    emit_text_at(emit, "code", finding_code_name(finding->code));
}

void format_emit_repair(struct emit *emit, const struct repair *repair) {
    emit_text_at(emit, "title", repair->title);
    emit_key(emit, "edits");
    emit_open_array(emit);
    for (size_t i = 0; i < repair->edit_count; i++) {
        const struct text_edit *edit = &repair->edits[i];
        emit_open_object(emit);
        emit_int_at(emit, "start_byte", edit->start_byte);
        emit_int_at(emit, "end_byte", edit->end_byte);
        emit_key(emit, "new_text");
        emit_string(emit, edit->new_bytes, edit->new_length);
        emit_close_object(emit);
    }
    emit_close_array(emit);
    emit_key(emit, "confidence");
    emit_double(emit, repair->confidence);
}

static void begin(struct str *out) {
    str_adds(out, "{\"files\":[");
}

static void file(struct str *out, const struct checked *checked) {
    struct emit emit;
    emit_init(&emit);
    emit_open_object(&emit);
    emit_text_at(&emit, "path", checked->path);
    emit_text_at(&emit, "language", checked->language->id);
    emit_key(&emit, "diagnostics");
    emit_open_array(&emit);
    for (size_t i = 0; i < checked_count(checked); i++) {
        const struct finding *finding = checked_finding(checked, i);
        emit_open_object(&emit);
        format_emit_finding(&emit, checked->text, finding);
        emit_text_at(&emit, "severity", finding_severity_name(finding->severity));
        if (finding->repair_count) {
            emit_key(&emit, "fix");
            emit_open_object(&emit);
            format_emit_repair(&emit, &finding->repairs[0]);
            emit_close_object(&emit);
        }
        emit_close_object(&emit);
    }
    emit_close_array(&emit);
    emit_close_object(&emit);
    str_add(out, emit.out.bytes, emit.out.length);
    emit_finish(&emit);
}

static void end(struct str *out, const struct check_totals *totals) {
    struct emit emit;
    emit_init(&emit);
    emit_open_object(&emit);
    emit_int_at(&emit, "files", (int64_t)totals->files);
    emit_int_at(&emit, "with_problems", (int64_t)totals->with_problems);
    emit_ms_at(&emit, "elapsed_ms", totals->elapsed_ns);
    emit_close_object(&emit);
    str_adds(out, "],\"summary\":");
    str_add(out, emit.out.bytes, emit.out.length);
    str_adds(out, "}\n");
    emit_finish(&emit);
}

const struct format format_json = {.begin = begin, .file = file, .end = end, .separator = ",\n"};
