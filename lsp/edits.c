/* edits.c: see edits.h. */
#include "lsp/edits.h"

#include "analysis/pp_token.h"
#include "analysis/symbols.h"
#include "base/str.h"

/* Where the next placeholder of what is written stands, from `at` on; the length when there is none. */
static uint32_t next_placeholder(const struct text *text, const struct text_edit *edit, uint32_t at) {
    const char *bytes = edit->new_bytes;
    char before = edit->start_byte ? (char)text_byte_at(text, edit->start_byte - 1) : ' ';
    for (; at < edit->new_length; at++)
        if (bytes[at] == SYMBOL_PLACEHOLDER[0] && !pp_is_word((unsigned char)(at ? bytes[at - 1] : before)) &&
            (at + 1 == edit->new_length || !pp_is_word((unsigned char)bytes[at + 1])))
            return at;
    return edit->new_length;
}

/* What is written, in the snippet syntax of LSP: placeholders are stops, numbered through the repair. */
static void emit_snippet(struct emit *emit, const struct text *text, const struct text_edit *edit,
                         unsigned *stop) {
    struct str value;
    str_init(&value);
    uint32_t placeholder = next_placeholder(text, edit, 0);
    for (uint32_t at = 0; at < edit->new_length; at++) {
        char byte = edit->new_bytes[at];
        if (at == placeholder) {
            str_addf(&value, "${%u:%c}", ++*stop, byte);
            placeholder = next_placeholder(text, edit, at + 1);
            continue;
        }
        if (byte == '$' || byte == '}' || byte == '\\') str_addc(&value, '\\');
        str_addc(&value, byte);
    }
    emit_key(emit, "snippet");
    emit_open_object(emit);
    emit_text_at(emit, "kind", "snippet");
    emit_key(emit, "value");
    emit_string(emit, value.bytes, value.length);
    emit_close_object(emit);
    str_finish(&value);
}

static void emit_text_edits(struct emit *emit, const struct text *text, const struct repair *repair,
                            const struct client *client) {
    unsigned stop = 0;
    emit_open_array(emit);
    for (size_t i = 0; i < repair->edit_count; i++) {
        const struct text_edit *edit = &repair->edits[i];
        emit_open_object(emit);
        emit_key(emit, "range");
        position_emit_range(emit, text, edit->start_byte, edit->end_byte, client->encoding);
        if (client->document_changes && client->snippet_edits &&
            next_placeholder(text, edit, 0) < edit->new_length) {
            emit_snippet(emit, text, edit, &stop);
        } else {
            emit_key(emit, "newText");
            emit_string(emit, edit->new_bytes, edit->new_length);
        }
        emit_close_object(emit);
    }
    emit_close_array(emit);
}

void edits_emit(struct emit *emit, const struct snapshot *snapshot, const struct repair *repair,
                const struct client *client) {
    emit_open_object(emit);
    if (client->document_changes) {
        emit_key(emit, "documentChanges");
        emit_open_array(emit);
        emit_open_object(emit);
        emit_key(emit, "textDocument");
        emit_open_object(emit);
        emit_text_at(emit, "uri", snapshot->uri);
        emit_int_at(emit, "version", snapshot->version);
        emit_close_object(emit);
        emit_key(emit, "edits");
        emit_text_edits(emit, snapshot->text, repair, client);
        emit_close_object(emit);
        emit_close_array(emit);
    } else {
        emit_key(emit, "changes");
        emit_open_object(emit);
        emit_string_key(emit, snapshot->uri);
        emit_text_edits(emit, snapshot->text, repair, client);
        emit_close_object(emit);
    }
    emit_close_object(emit);
}
