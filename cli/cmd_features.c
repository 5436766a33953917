/* cmd_features.c: `tokens --features`: texts in, features of their tokens out, for training the encoder.
 *
 * All numbers are little-endian. Standard input holds frames:
 *
 *     u32 language (place in "languages")   u32 size in bytes   the bytes
 *
 * Standard output begins with one JSON line, {"format":"noodle-features","version","lexer_version",
 * "token_bytes","languages","gram_rows","feature_names","feature_sizes","vocabulary"}, and has for each frame
 *
 *     u32 token count   u32 flags (bit 0: broken, as `check` says of a text of its own)
 *
 * and for each token (comments left out) TOKEN_BYTES:
 *
 *      0 u32 start_byte     4 u32 end_byte    8 u64 hash of its bytes
 *     16 u16 token         18 u8 gram_count  19 u8 kind (enum token_kind)
 *     20 u8 features[8]    28 u16 grams[12]
 *     52 u32 line          56 u16 indent     58 u16 column   60 zero
 *
 * Each answer is written before the next frame is read. */
#include "analysis/features.h"
#include "analysis/pipeline.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "lsp/emit.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#define TOKEN_BYTES    64
#define TEXT_BYTES_MAX (1u << 20)
#define FLAG_BROKEN    1u

struct frames {
    struct str out;
    struct vocabulary *vocabulary;
    struct pipeline *pipeline;
};

static enum status flush(struct frames *frames) {
    enum status status = output_write(frames->out.bytes, frames->out.length);
    str_clear(&frames->out);
    return status;
}

/* STATUS_CLOSED at the end of the input, if that is before the first byte. */
static enum status read_whole(void *bytes, size_t length) {
    for (size_t done = 0; done < length;) {
        ssize_t got = read(STDIN_FILENO, (char *)bytes + done, length - done);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return STATUS_IO;
        if (got == 0) return done ? STATUS_MALFORMED : STATUS_CLOSED;
        done += (size_t)got;
    }
    return STATUS_OK;
}

static void write_header(struct frames *frames) {
    struct emit emit;
    emit_init(&emit);
    emit_open_object(&emit);
    emit_text_at(&emit, "format", "noodle-features");
    emit_int_at(&emit, "version", FEATURES_VERSION);
    emit_int_at(&emit, "lexer_version", LEXER_VERSION);
    emit_int_at(&emit, "token_bytes", TOKEN_BYTES);
    emit_key(&emit, "languages");
    emit_open_array(&emit);
    for (size_t i = 0; language_at(i); i++)
        emit_text(&emit, language_at(i)->id);
    emit_close_array(&emit);
    emit_int_at(&emit, "gram_rows", FEATURE_GRAM_ROWS);
    emit_key(&emit, "feature_names");
    emit_open_array(&emit);
    for (int i = 0; i < FEATURE_COUNT; i++)
        emit_text(&emit, feature_name((enum feature)i));
    emit_close_array(&emit);
    emit_key(&emit, "feature_sizes");
    emit_open_array(&emit);
    for (int i = 0; i < FEATURE_COUNT; i++)
        emit_int(&emit, feature_size((enum feature)i));
    emit_close_array(&emit);
    emit_key(&emit, "vocabulary");
    emit_open_array(&emit);
    for (size_t i = 0; i < vocabulary_count(frames->vocabulary); i++)
        emit_text(&emit, vocabulary_text(frames->vocabulary, i));
    emit_close_array(&emit);
    emit_close_object(&emit);
    str_add(&frames->out, emit.out.bytes, emit.out.length);
    str_addc(&frames->out, '\n');
    emit_finish(&emit);
}

static void put16(unsigned char *at, uint16_t value) {
    value = htole16(value);
    memcpy(at, &value, sizeof value);
}

static void put32(unsigned char *at, uint32_t value) {
    value = htole32(value);
    memcpy(at, &value, sizeof value);
}

static void put64(unsigned char *at, uint64_t value) {
    value = htole64(value);
    memcpy(at, &value, sizeof value);
}

static void write_token(struct frames *frames, const struct layout *layout, uint32_t index) {
    const struct token *token = &layout->tokens.items[index];
    struct token_features features;
    features_of_token(layout, frames->vocabulary, index, &features);
    unsigned char record[TOKEN_BYTES] = {0};
    put32(record, token->start_byte);
    put32(record + 4, token->end_byte);
    put64(record + 8, hash64(layout->bytes + token->start_byte, token->end_byte - token->start_byte, 0));
    put16(record + 16, features.token);
    record[18] = features.gram_count;
    record[19] = token->kind;
    _Static_assert(FEATURE_COUNT == 8 && FEATURE_GRAMS_MAX == 12, "as the records have them");
    memcpy(record + 20, features.values, FEATURE_COUNT);
    for (int i = 0; i < features.gram_count; i++)
        put16(record + 28 + 2 * i, features.grams[i]);
    put32(record + 52, token->line);
    put16(record + 56, token->indent);
    put16(record + 58, token->column);
    str_add(&frames->out, (const char *)record, sizeof record);
}

static bool is_broken(struct frames *frames, const struct language *language, const char *bytes,
                      uint32_t length) {
    struct text *text;
    if (text_create(bytes, length, &text)) return true;
    struct pipeline_request request = {.language = language, .text = text, .finish = true};
    struct analysis *analysis;
    bool broken = true;
    if (!pipeline_run(frames->pipeline, &request, &analysis, NULL)) {
        broken = analysis->finding_count > 0;
        analysis_unref(analysis);
    }
    text_unref(text);
    return broken;
}

static void answer(struct frames *frames, const struct language *language, const char *bytes,
                   uint32_t length) {
    struct layout layout;
    layout_init(&layout, language, bytes, length);
    uint32_t count = 0;
    for (size_t i = 0; i < layout.tokens.count; i++)
        count += layout.tokens.items[i].kind != TOKEN_COMMENT;
    unsigned char head[8];
    put32(head, count);
    put32(head + 4, is_broken(frames, language, bytes, length) ? FLAG_BROKEN : 0);
    str_add(&frames->out, (const char *)head, sizeof head);
    for (uint32_t i = 0; i < layout.tokens.count; i++)
        if (layout.tokens.items[i].kind != TOKEN_COMMENT) write_token(frames, &layout, i);
    layout_finish(&layout);
}

static enum status answer_frames(struct frames *frames, struct error *error) {
    for (;;) {
        enum status status = flush(frames);
        if (status) return status;
        uint32_t head[2];
        status = read_whole(head, sizeof head);
        if (status == STATUS_CLOSED) return STATUS_OK;
        if (status) return error_set(error, status, "standard input: ends inside a frame's head");
        uint32_t number = le32toh(head[0]), length = le32toh(head[1]);
        const struct language *language = language_at(number);
        if (!language)
            return error_set(error, STATUS_INVALID, "standard input: there is no language number %u", number);
        if (length > TEXT_BYTES_MAX)
            return error_set(error, STATUS_TOO_LARGE, "standard input: a text of %u bytes; at most %u",
                             length, TEXT_BYTES_MAX);
        char *bytes = mem_alloc(length + 1u);
        status = length ? read_whole(bytes, length) : STATUS_OK;
        if (!status) answer(frames, language, bytes, length);
        mem_free(bytes);
        if (status) return error_set(error, STATUS_MALFORMED, "standard input: ends inside a text");
    }
}

int cmd_features(const struct options *options) {
    (void)options;
    struct frames frames = {.vocabulary = vocabulary_of_languages(), .pipeline = pipeline_create()};
    str_init(&frames.out);
    write_header(&frames);
    struct error error = {0};
    enum status status = answer_frames(&frames, &error);
    if (error.message[0]) log_print(LOG_ERROR, "%s", error.message);
    pipeline_destroy(frames.pipeline);
    vocabulary_destroy(frames.vocabulary);
    str_finish(&frames.out);
    return status ? EXIT_TROUBLE : EXIT_CLEAN;
}
