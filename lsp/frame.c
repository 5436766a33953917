/* frame.c: see frame.h. */
#include "lsp/frame.h"

#include "base/mem.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* The first allocation for a body that did not arrive in one piece; it doubles as bytes come. */
#define FIRST_BODY_BYTES ((size_t)1 << 20)

/* A longer claim is not believed: skipping that much would leave the client without a server. */
#define SKIP_MAX ((uint64_t)1 << 34)

static const char sync_word[] = "content-length:";
#define SYNC_LENGTH (sizeof sync_word - 1)

enum frame_state { STATE_HEADER, STATE_BODY, STATE_SKIP, STATE_RESYNC };

struct frame {
    enum frame_state state;
    char header[FRAME_HEADER_MAX]; /* the current line, without its end */
    size_t line_length;
    size_t header_bytes; /* of all lines of this message */
    bool has_length, has_foreign_charset;
    uint64_t body_length; /* of BODY and SKIP */
    uint64_t body_done;
    char *body;
    size_t body_capacity;
    size_t sync_matched; /* bytes of sync_word seen */
};

struct frame *frame_create(void) {
    return mem_zalloc(sizeof(struct frame));
}

void frame_destroy(struct frame *frame) {
    if (!frame) return;
    mem_free(frame->body);
    mem_free(frame);
}

static void begin_header(struct frame *frame) {
    frame->state = STATE_HEADER;
    frame->line_length = frame->header_bytes = 0;
    frame->has_length = frame->has_foreign_charset = false;
    frame->body_length = frame->body_done = 0;
}

static enum frame_event lose_step(struct frame *frame, struct error *error, const char *what) {
    frame->state = STATE_RESYNC;
    frame->sync_matched = 0;
    error_set(error, STATUS_MALFORMED, "bad message header: %s", what);
    return FRAME_FAULT;
}

static bool is_blank(char byte) {
    return byte == ' ' || byte == '\t';
}

/* Digits only, at most 20 of them; a number beyond 64 bits is as large as it gets, which is refused later. */
static bool parse_length(const char *text, size_t length, uint64_t *ret_value) {
    if (length == 0 || length > 20) return false;
    uint64_t value = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9') return false;
        unsigned digit = (unsigned)(text[i] - '0');
        if (value > (UINT64_MAX - digit) / 10) return false;
        value = value * 10 + digit;
    }
    *ret_value = value;
    return true;
}

static bool is_utf8_charset(const char *value, size_t length) {
    for (size_t i = 0; i + 8 <= length; i++) {
        if (strncasecmp(value + i, "charset=", 8) != 0) continue;
        const char *name = value + i + 8;
        size_t rest = length - i - 8;
        if (rest && *name == '"') name++, rest--;
        size_t name_length = 0;
        while (name_length < rest && !strchr("\"; \t", name[name_length]))
            name_length++;
        return (name_length == 5 && strncasecmp(name, "utf-8", 5) == 0) ||
               (name_length == 4 && strncasecmp(name, "utf8", 4) == 0);
    }
    return true;
}

static bool is_name(const char *name, size_t length) {
    for (size_t i = 0; i < length; i++) {
        char byte = name[i];
        bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        if (!letter && !(byte >= '0' && byte <= '9') && byte != '-' && byte != '_') return false;
    }
    return length > 0;
}

/* NULL, or what is wrong with the line. */
static const char *take_line(struct frame *frame) {
    const char *line = frame->header;
    const char *colon = memchr(line, ':', frame->line_length);
    if (!colon) return "a line without a colon";
    size_t name_length = (size_t)(colon - line);
    if (!is_name(line, name_length)) return "a line that does not begin with a name";
    const char *value = colon + 1, *end = line + frame->line_length;
    while (value < end && is_blank(*value))
        value++;
    while (end > value && is_blank(end[-1]))
        end--;
    size_t value_length = (size_t)(end - value);
    if (name_length == 14 && strncasecmp(line, "content-length", 14) == 0) {
        uint64_t body_length;
        if (!parse_length(value, value_length, &body_length)) return "Content-Length is not a number";
        if (frame->has_length && body_length != frame->body_length) return "two different Content-Lengths";
        frame->has_length = true;
        frame->body_length = body_length;
    } else if (name_length == 12 && strncasecmp(line, "content-type", 12) == 0) {
        frame->has_foreign_charset = !is_utf8_charset(value, value_length);
    }
    return NULL;
}

/* At the empty line. FRAME_NONE: the body is next. */
static enum frame_event end_header(struct frame *frame, struct error *error) {
    if (!frame->has_length) return lose_step(frame, error, "Content-Length is missing");
    uint64_t length = frame->body_length;
    if (length > SKIP_MAX) return lose_step(frame, error, "Content-Length is beyond any message");
    if (length > FRAME_BODY_MAX) {
        frame->state = STATE_SKIP;
        error_set(error, STATUS_TOO_LARGE,
                  "a message of %" PRIu64 " bytes is larger than the limit of %" PRIu64
                  " bytes and is skipped",
                  length, FRAME_BODY_MAX);
        return FRAME_FAULT;
    }
    if (frame->has_foreign_charset) {
        frame->state = STATE_SKIP;
        error_set(error, STATUS_UNSUPPORTED,
                  "Content-Type names a charset other than utf-8; the message is skipped");
        return FRAME_FAULT;
    }
    frame->state = STATE_BODY;
    return FRAME_NONE;
}

static enum frame_event read_header(struct frame *frame, const char **bytes, size_t *length,
                                    struct error *error) {
    while (*length) {
        char byte = **bytes;
        ++*bytes, --*length;
        if (++frame->header_bytes > FRAME_HEADER_MAX)
            return lose_step(frame, error, "longer than 4096 bytes");
        if (byte != '\n') {
            frame->header[frame->line_length++] = byte;
            continue;
        }
        if (frame->line_length && frame->header[frame->line_length - 1] == '\r') frame->line_length--;
        if (frame->line_length == 0) {
            /* Line ends between messages are harmless. */
            if (frame->header_bytes <= 2) {
                frame->header_bytes = 0;
                continue;
            }
            return end_header(frame, error);
        }
        const char *wrong = take_line(frame);
        if (wrong) return lose_step(frame, error, wrong);
        frame->line_length = 0;
    }
    return FRAME_NONE;
}

static bool keep_body(struct frame *frame, const char *bytes, size_t count) {
    size_t needed = (size_t)frame->body_done + count;
    if (needed > frame->body_capacity) {
        size_t capacity = frame->body_capacity ? frame->body_capacity * 2 : FIRST_BODY_BYTES;
        if (capacity < needed) capacity = needed;
        if (capacity > frame->body_length) capacity = (size_t)frame->body_length;
        char *grown = mem_try_realloc(frame->body, capacity);
        if (!grown) return false;
        frame->body = grown;
        frame->body_capacity = capacity;
    }
    memcpy(frame->body + frame->body_done, bytes, count);
    frame->body_done = needed;
    return true;
}

static void drop_body(struct frame *frame) {
    mem_free(frame->body);
    frame->body = NULL;
    frame->body_capacity = 0;
}

static enum frame_event read_body(struct frame *frame, const char **bytes, size_t *length,
                                  const char **ret_body, size_t *ret_body_length, struct error *error) {
    uint64_t missing = frame->body_length - frame->body_done;
    size_t count = *length < missing ? *length : (size_t)missing;
    if (frame->body_done == 0 && count == missing) {
        /* All there: no copy. */
        *ret_body = *bytes;
    } else {
        if (!keep_body(frame, *bytes, count)) {
            drop_body(frame);
            frame->state = STATE_SKIP;
            error_set(error, STATUS_NO_MEMORY, "no memory for a message of %" PRIu64 " bytes; it is skipped",
                      frame->body_length);
            return FRAME_FAULT;
        }
        *ret_body = frame->body;
    }
    *bytes += count, *length -= count;
    if (count < missing) return FRAME_NONE;
    *ret_body_length = (size_t)frame->body_length;
    begin_header(frame);
    return FRAME_BODY;
}

static void skip_body(struct frame *frame, const char **bytes, size_t *length) {
    uint64_t missing = frame->body_length - frame->body_done;
    size_t count = *length < missing ? *length : (size_t)missing;
    *bytes += count, *length -= count;
    frame->body_done += count;
    if (count == missing) begin_header(frame);
}

/* The sync word has no beginning of its own inside it except its first letter, so a mismatch restarts there.
 */
static void find_step(struct frame *frame, const char **bytes, size_t *length) {
    while (*length && frame->sync_matched < SYNC_LENGTH) {
        char byte = **bytes;
        ++*bytes, --*length;
        if (byte >= 'A' && byte <= 'Z') byte = (char)(byte - 'A' + 'a');
        if (byte == sync_word[frame->sync_matched])
            frame->sync_matched++;
        else
            frame->sync_matched = byte == sync_word[0];
    }
    if (frame->sync_matched < SYNC_LENGTH) return;
    begin_header(frame);
    memcpy(frame->header, sync_word, SYNC_LENGTH);
    frame->line_length = frame->header_bytes = SYNC_LENGTH;
}

enum frame_event frame_read(struct frame *frame, const char **bytes, size_t *length, const char **ret_body,
                            size_t *ret_body_length, struct error *error) {
    /* A body handed out by the call before is done with; a large one is not kept for the next. */
    if (frame->state == STATE_HEADER && frame->body_capacity > FIRST_BODY_BYTES) drop_body(frame);
    for (;;) {
        enum frame_event event = FRAME_NONE;
        switch (frame->state) {
        case STATE_HEADER: event = read_header(frame, bytes, length, error); break;
        case STATE_BODY: event = read_body(frame, bytes, length, ret_body, ret_body_length, error); break;
        case STATE_SKIP: skip_body(frame, bytes, length); break;
        case STATE_RESYNC: find_step(frame, bytes, length); break;
        }
        if (event != FRAME_NONE) return event;
        /* An empty body is complete without another byte. */
        if (*length == 0 && !(frame->state == STATE_BODY && frame->body_length == frame->body_done))
            return FRAME_NONE;
    }
}

char *frame_header_before(char *end, size_t body_length) {
    char header[FRAME_HEADER_ROOM];
    int length = snprintf(header, sizeof header, "Content-Length: %zu\r\n\r\n", body_length);
    char *begin = end - length;
    memcpy(begin, header, (size_t)length);
    return begin;
}
