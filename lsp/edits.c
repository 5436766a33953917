/* edits.c: see edits.h. */
#include "lsp/edits.h"

static void emit_text_edits(struct emit *emit, const struct text *text, const struct repair *repair,
                            enum position_encoding encoding) {
    emit_open_array(emit);
    for (size_t i = 0; i < repair->edit_count; i++) {
        const struct text_edit *edit = &repair->edits[i];
        emit_open_object(emit);
        emit_key(emit, "range");
        position_emit_range(emit, text, edit->start_byte, edit->end_byte, encoding);
        emit_key(emit, "newText");
        emit_string(emit, edit->new_bytes, edit->new_length);
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
        emit_text_edits(emit, snapshot->text, repair, client->encoding);
        emit_close_object(emit);
        emit_close_array(emit);
    } else {
        emit_key(emit, "changes");
        emit_open_object(emit);
        emit_string_key(emit, snapshot->uri);
        emit_text_edits(emit, snapshot->text, repair, client->encoding);
        emit_close_object(emit);
    }
    emit_close_object(emit);
}
