/* cmd_tokens.c: the scanner's tokens as JSON lines. The first line is
 * {"format","lexer_version","language","size_bytes"}; then one
 * {"kind","start_byte","end_byte","line","column","indent","flags","literal","text"} for each token,
 * `literal` being the grammar's symbol or 0. Lines count from 0, columns and indents in columns with tabs
 * expanded. */
#include "analysis/lexer.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/source.h"
#include "lsp/emit.h"

#define FLUSH_BYTES ((size_t)1 << 16)

static void emit_token(struct emit *emit, const char *bytes, const struct token *token) {
    emit_open_object(emit);
    emit_text_at(emit, "kind", token_kind_name((enum token_kind)token->kind));
    emit_int_at(emit, "start_byte", token->start_byte);
    emit_int_at(emit, "end_byte", token->end_byte);
    emit_int_at(emit, "line", token->line);
    emit_int_at(emit, "column", token->column);
    emit_int_at(emit, "indent", token->indent);
    emit_key(emit, "flags");
    emit_open_array(emit);
    if (token->flags & TOKEN_KEYWORD) emit_text(emit, "keyword");
    if (token->flags & TOKEN_LINE_START) emit_text(emit, "line_start");
    if (token->flags & TOKEN_LINE_END) emit_text(emit, "line_end");
    emit_close_array(emit);
    emit_int_at(emit, "literal", token->literal);
    emit_key(emit, "text");
    emit_string(emit, bytes + token->start_byte, token->end_byte - token->start_byte);
    emit_close_object(emit);
}

static void emit_header(struct emit *emit, const struct source *source) {
    emit_open_object(emit);
    emit_text_at(emit, "format", "noodle-tokens");
    emit_int_at(emit, "lexer_version", LEXER_VERSION);
    emit_text_at(emit, "language", source->language->id);
    emit_int_at(emit, "size_bytes", (int64_t)source->length);
    emit_close_object(emit);
    str_addc(&emit->out, '\n');
}

/* Ends a line: the next value begins anew. */
static enum status write_line(struct emit *emit, size_t flush_bytes) {
    emit->comma = false;
    if (emit->out.length < flush_bytes) return STATUS_OK;
    enum status status = output_write(emit->out.bytes, emit->out.length);
    emit_clear(emit);
    return status;
}

int cmd_tokens(const struct options *options) {
    const char *path = options->paths.count ? options->paths.items[0] : "-";
    struct source source;
    struct error error;
    if (source_read(path, options->language, NULL, &source, &error)) {
        log_print(LOG_ERROR, "%s", error.message);
        return EXIT_TROUBLE;
    }
    struct token_list tokens = {0};
    lexer_scan(source.language, source.bytes, source.length, &tokens);
    struct emit emit;
    emit_init(&emit);
    emit_header(&emit, &source);
    enum status status = write_line(&emit, FLUSH_BYTES);
    for (size_t i = 0; i < tokens.count && !status; i++) {
        emit_token(&emit, source.bytes, &tokens.items[i]);
        str_addc(&emit.out, '\n');
        status = write_line(&emit, FLUSH_BYTES);
    }
    if (!status) status = write_line(&emit, 0);
    emit_finish(&emit);
    vec_finish(&tokens);
    source_finish(&source);
    return status ? EXIT_TROUBLE : EXIT_CLEAN;
}
