/* diagnostics.c: see diagnostics.h. */
#include "lsp/diagnostics.h"

void diagnostic_emit(struct emit *emit, const struct finding *finding, const struct text *text,
                     const char *uri, const struct client *client) {
    emit_open_object(emit);
    emit_key(emit, "range");
    position_emit_range(emit, text, finding->start_byte, finding->end_byte, client->encoding);
    static const int severities[] = {1, 2, 4}; /* of the protocol, where 3 is information */
    emit_int_at(emit, "severity", severities[finding->severity]);
    emit_text_at(emit, "code", finding_code_name(finding->code));
    if (client->pages) {
        struct str page;
        str_init(&page);
        str_addf(&page, "%s/%s.md", client->pages, finding_code_name(finding->code));
        emit_key(emit, "codeDescription");
        emit_open_object(emit);
        emit_text_at(emit, "href", page.bytes);
        emit_close_object(emit);
        str_finish(&page);
    }
    emit_text_at(emit, "source", DIAGNOSTIC_SOURCE);
    emit_text_at(emit, "message", finding->message);
    if (finding->has_related && client->related_information) {
        emit_key(emit, "relatedInformation");
        emit_open_array(emit);
        emit_open_object(emit);
        emit_key(emit, "location");
        emit_open_object(emit);
        emit_text_at(emit, "uri", uri);
        emit_key(emit, "range");
        position_emit_range(emit, text, finding->related_start, finding->related_end, client->encoding);
        emit_close_object(emit);
        emit_text_at(emit, "message", finding->related_message);
        emit_close_object(emit);
        emit_close_array(emit);
    }
    emit_close_object(emit);
}

void diagnostics_emit(struct emit *emit, const struct analysis *analysis, const char *uri,
                      const struct client *client) {
    for (size_t i = 0; i < analysis->finding_count; i++)
        diagnostic_emit(emit, &analysis->findings[i], analysis->text, uri, client);
    for (size_t i = 0; i < analysis->advice_count; i++)
        diagnostic_emit(emit, &analysis->advice[i], analysis->text, uri, client);
}
