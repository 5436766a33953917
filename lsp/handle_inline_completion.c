/* handle_inline_completion.c: the best repair as ghost text. Ghost text can only add, on the cursor's line,
 * from the cursor on; so what is shown is the nearest mistake whose best repair does just that. */
#include "lsp/handlers.h"
#include "lsp/protocol.h"

#define WAIT_BEYOND_BUDGET_NS (UINT64_C(500) * 1000000)

/* Whether a repair only inserts between the cursor and the end of its line. */
static bool can_show(const struct repair *repair, uint32_t cursor, uint32_t line_end) {
    for (size_t i = 0; i < repair->edit_count; i++) {
        const struct text_edit *edit = &repair->edits[i];
        if (edit->start_byte != edit->end_byte || edit->start_byte < cursor || edit->start_byte > line_end)
            return false;
    }
    return repair->edit_count > 0;
}

/* NULL when there is none. The one that begins first on the line is the nearest. */
static const struct repair *nearest_repair(const struct analysis *analysis, uint32_t cursor,
                                           uint32_t line_end) {
    const struct repair *nearest = NULL;
    for (size_t i = 0; i < analysis->finding_count; i++) {
        const struct finding *finding = &analysis->findings[i];
        if (finding->repair_count == 0 || !can_show(&finding->repairs[0], cursor, line_end)) continue;
        if (!nearest || finding->repairs[0].edits[0].start_byte < nearest->edits[0].start_byte)
            nearest = &finding->repairs[0];
    }
    return nearest;
}

/* The text from the cursor to the last insertion, with the insertions. */
static void emit_item(struct emit *emit, const struct text *text, const struct repair *repair,
                      uint32_t cursor, enum position_encoding encoding) {
    struct str insert;
    str_init(&insert);
    uint32_t at = cursor;
    for (size_t i = 0; i < repair->edit_count; i++) {
        const struct text_edit *edit = &repair->edits[i];
        char *between = text_dup(text, at, edit->start_byte);
        str_add(&insert, between, edit->start_byte - at);
        str_add(&insert, edit->new_bytes, edit->new_length);
        mem_free(between);
        at = edit->start_byte;
    }
    emit_open_object(emit);
    emit_key(emit, "insertText");
    emit_string(emit, insert.bytes, insert.length);
    emit_key(emit, "range");
    position_emit_range(emit, text, cursor, at, encoding);
    emit_close_object(emit);
    str_finish(&insert);
}

enum handled handle_inline_completion(struct core *core, struct request *request) {
    struct error error;
    struct position position;
    struct open_document *document = request_document(core, request);
    if (!document) return HANDLED;
    if (!protocol_position(request->params, "position", &position, &error))
        return request_refuse(core, request, &error);
    if (document->snapshot->language && !document->ready && !request->last_chance) {
        request->wait_ns = core->settings.repair_budget_ns + WAIT_BEYOND_BUDGET_NS;
        request->bound = true;
        return HANDLED_WAIT;
    }
    const struct text *text = document->snapshot->text;
    uint32_t cursor = position_to_byte(text, position, core->client.encoding);
    uint32_t line_end = text_line_end(text, text_line_of(text, cursor));
    const struct repair *repair =
        document->analysis ? nearest_repair(document->analysis, cursor, line_end) : NULL;
    struct emit *emit = outgoing_result(&core->outgoing, request->id);
    emit_open_object(emit);
    emit_key(emit, "items");
    emit_open_array(emit);
    if (repair) emit_item(emit, text, repair, cursor, core->client.encoding);
    emit_close_array(emit);
    emit_close_object(emit);
    outgoing_end(&core->outgoing);
    return HANDLED;
}
