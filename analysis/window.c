/* window.c: see window.h. */
#include "analysis/window.h"

#include "analysis/chunk.h"
#include "base/mem.h"
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#define WINDOW_BYTES 131072u /* the usual window: its tree takes a few MB */
#define WINDOW_CAREFUL_BYTES                                                                                 \
    32768u /* after the first broken part: others may follow, and failing costs less */
#define WINDOW_MIN_BYTES 8192u
#define WINDOW_FACTOR    4u         /* from one try to the next */
#define BOUNDARY_BYTES   4096u      /* how far back from its end a window looks for a better one */
#define TRIM_BYTES       (4u << 20) /* a window of this length left enough free memory to give some back */
#define CHUNKS_MIN       4u         /* fewer are not worth the trouble */
#define PROBES           16u        /* places where the top state is looked for */
#define EFFORT_MAX       6u         /* times the text's size that may be parsed in all */
#define TO_END_MAX                                                                                           \
    4u /* more broken parts than this are not looked at again when text behind them changes                  \
        */
#define RESYNC_TRIES 96u /* lines tried as the end of a broken part... */
#define RESYNC_CLOSE 24u /* ...the first of them one after the other, then at growing distances */
#define RESYNC_NODES 3u  /* nodes that must start a line's parse */

struct windows {
    struct parser *parser;
    const struct language *language;
    const struct text *text;
    const struct cancel *cancel;
    struct syntax *syntax;  /* under construction */
    uint64_t effort_bytes;  /* parsed so far */
    uint32_t longest_bytes; /* of the windows */
    unsigned broken_parts;
};

static bool is_blank(char byte) {
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* A line start at or before end_byte, best one that looks like the start of a top-level item: a cut inside of
 * one makes the parser find errors that are not there. */
static uint32_t window_end(const struct text *text, uint32_t start_byte, uint32_t end_byte) {
    if (end_byte >= text_size(text)) return text_size(text);
    char bytes[BOUNDARY_BYTES];
    uint32_t from = end_byte - start_byte > BOUNDARY_BYTES ? end_byte - BOUNDARY_BYTES : start_byte + 1;
    uint32_t length = end_byte - from, line = 0;
    text_copy(text, from, end_byte, bytes);
    for (uint32_t i = length; i-- > 1;) {
        if (bytes[i - 1] != '\n' || is_blank(bytes[i])) continue;
        if (line == 0) line = i;
        if (bytes[i] != '}' && i >= 2 && bytes[i - 2] == '\n') return from + i; /* after an empty line */
        if (bytes[i] == '}' && i + 2 < length && bytes[i + 1] == '\n')
            return from + i + 2; /* after a closed block */
    }
    return line > 0 ? from + line : end_byte;
}

static TSTree *parse_window(struct windows *windows, uint32_t start_byte, uint32_t end_byte) {
    windows->effort_bytes += end_byte - start_byte;
    if (end_byte - start_byte > windows->longest_bytes) windows->longest_bytes = end_byte - start_byte;
    return parser_parse_range(windows->parser, windows->language, windows->text, start_byte, end_byte, NULL,
                              windows->cancel);
}

/* Any window without a lost root tells the top state; the text's start may be the broken place. */
static void find_top_state(struct windows *windows) {
    uint32_t size = text_size(windows->text);
    for (uint32_t i = 0; i < PROBES && windows->syntax->top_state == 0; i++) {
        uint32_t start_byte = text_line_start(windows->text, text_line_of(windows->text, size / PROBES * i));
        uint32_t end_byte = size - start_byte > WINDOW_MIN_BYTES ? start_byte + WINDOW_MIN_BYTES : size;
        TSTree *tree = parse_window(windows, start_byte, window_end(windows->text, start_byte, end_byte));
        if (!tree) return;
        windows->syntax->top_state = chunk_top_state(tree);
        ts_tree_delete(tree);
    }
}

/* Adds the chunks that the window proves and returns where the next window begins; start_byte when it proves
 * none. */
static uint32_t take_window(struct windows *windows, const TSTree *tree, uint32_t start_byte,
                            uint32_t end_byte) {
    struct syntax *syntax = windows->syntax;
    bool to_end = end_byte == text_size(windows->text);
    if (ts_node_is_error(ts_tree_root_node(tree))) return start_byte;

    size_t count_before = syntax->chunks.count;
    chunk_cut(windows->language, tree, start_byte, end_byte, syntax->top_state, &syntax->chunks);
    uint32_t leak_byte = parser_leak_byte(windows->parser);
    if (to_end) {
        const struct chunk *last = &syntax->chunks.items[syntax->chunks.count - 1];
        if (last->has_error && end_byte - last->start_byte > CHUNK_BROKEN_BYTES) {
            syntax->chunks.count--;
            return last->start_byte;
        }
        chunk_mark_to_end(syntax->chunks.items + count_before, syntax->chunks.count - count_before,
                          start_byte, leak_byte);
        return end_byte;
    }
    /* Nothing before the leak was looking behind the window. */
    uint32_t trusted_byte = leak_byte < end_byte - start_byte ? start_byte + leak_byte : end_byte;
    uint32_t next = end_byte;
    while (syntax->chunks.count > count_before && (next == end_byte || next > trusted_byte))
        next = syntax->chunks.items[--syntax->chunks.count].start_byte;
    return next;
}

/* Whether the line starts several nodes in a row, and a cut comes after them. */
static bool starts_nodes(struct windows *windows, uint32_t start_byte) {
    uint32_t end_byte = start_byte + WINDOW_MIN_BYTES;
    end_byte = end_byte < text_size(windows->text) ? window_end(windows->text, start_byte, end_byte)
                                                   : text_size(windows->text);
    TSTree *tree = parse_window(windows, start_byte, end_byte);
    if (!tree) return false;
    TSNode root = ts_tree_root_node(tree);
    TSTreeCursor cursor = ts_tree_cursor_new(root);
    unsigned nodes = 0;
    bool more = !ts_node_is_error(root) && ts_tree_cursor_goto_first_child(&cursor);
    for (; more && nodes < RESYNC_NODES; more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        TSNode node = ts_tree_cursor_current_node(&cursor);
        uint32_t offset = ts_node_start_byte(node);
        if (ts_node_has_error(node)) break;
        if (offset == 0 ? ts_node_is_named(node) : chunk_can_cut(tree, offset, windows->syntax->top_state))
            nodes++;
    }
    ts_tree_cursor_delete(&cursor);
    struct chunk_list cuts = {0};
    chunk_cut(windows->language, tree, start_byte, end_byte, windows->syntax->top_state, &cuts);
    bool leads_on = cuts.count > 1 || end_byte == text_size(windows->text);
    vec_finish(&cuts);
    ts_tree_delete(tree);
    return nodes >= RESYNC_NODES && leads_on;
}

/* The end of the broken part that begins at start_byte. */
static uint32_t find_resync(struct windows *windows, uint32_t start_byte) {
    const struct text *text = windows->text;
    uint32_t line = text_line_of(text, start_byte), line_count = text_line_count(text), step = 1;
    for (unsigned tries = 0; tries < RESYNC_TRIES && !cancel_reached(windows->cancel);) {
        if (line_count - line <= step) break;
        line += step;
        uint32_t byte = text_line_start(text, line);
        int first = text_byte_at(text, byte);
        if (first < 0 || is_blank((char)first) || strchr("})]#/*", first)) continue;
        if (starts_nodes(windows, byte)) return byte;
        if (++tries > RESYNC_CLOSE) step += step / 4 + 1;
    }
    return text_size(text);
}

static void add_broken(struct windows *windows, uint32_t start_byte, uint32_t end_byte) {
    struct chunk chunk = {.id = chunk_new_id(),
                          .start_byte = start_byte,
                          .first_length = end_byte - start_byte,
                          .has_error = true,
                          .to_end = true};
    vec_push(&windows->syntax->chunks, chunk);
    windows->broken_parts++;
}

/* Adds chunks from start_byte on; *ret_next is where to go on. */
static enum status advance(struct windows *windows, uint32_t start_byte, uint32_t *size, uint32_t *ret_next) {
    const struct text *text = windows->text;
    /* The first time only the end of the text proves that it is broken; then it is known to be, and less will
     * do. */
    uint32_t largest = windows->broken_parts == 0 ? TEXT_SIZE_MAX : WINDOW_CAREFUL_BYTES;
    uint32_t usual = windows->broken_parts == 0 ? WINDOW_BYTES : WINDOW_CAREFUL_BYTES;
    uint32_t tried = *size; /* the largest window so far */
    bool growing = *size <= WINDOW_MIN_BYTES;
    for (;;) {
        uint32_t end_byte = text_size(text);
        if (end_byte - start_byte > *size) end_byte = window_end(text, start_byte, start_byte + *size);
        TSTree *tree = parse_window(windows, start_byte, end_byte);
        if (!tree) return cancel_requested(windows->cancel) ? STATUS_CANCELLED : STATUS_DEADLINE;
        uint32_t next = take_window(windows, tree, start_byte, end_byte);
        ts_tree_delete(tree);
        if (next > start_byte) {
            *size = *size < usual / WINDOW_FACTOR ? *size * WINDOW_FACTOR : usual;
            *ret_next = next;
            return STATUS_OK;
        }
        if (end_byte == text_size(text)) break;
        growing |= *size <= WINDOW_MIN_BYTES;
        if (growing && tried > largest / WINDOW_FACTOR) break;
        if (!growing)
            *size /= WINDOW_FACTOR;
        else
            *size = tried > WINDOW_BYTES ? TEXT_SIZE_MAX : tried * WINDOW_FACTOR;
        if (*size > tried) tried = *size;
    }
    *size = WINDOW_MIN_BYTES;
    bool go_on = windows->effort_bytes < (uint64_t)EFFORT_MAX * text_size(text);
    *ret_next = go_on ? find_resync(windows, start_byte) : text_size(text);
    if (cancel_reached(windows->cancel))
        return cancel_requested(windows->cancel) ? STATUS_CANCELLED : STATUS_DEADLINE;
    add_broken(windows, start_byte, *ret_next);
    return STATUS_OK;
}

enum status window_parse(struct parser *parser, const struct language *language, struct text *text,
                         const struct cancel *cancel, struct syntax **ret_syntax) {
    struct windows windows = {.parser = parser, .language = language, .text = text, .cancel = cancel};
    struct syntax *syntax = windows.syntax = syntax_create(language, text);
    uint32_t size = WINDOW_BYTES;
    enum status status = STATUS_OK;
    find_top_state(&windows);
    for (uint32_t byte = 0; syntax->top_state != 0 && byte < text_size(text) && status == STATUS_OK;)
        status = advance(&windows, byte, &size, &byte);
#ifdef __GLIBC__
    if (windows.longest_bytes >= TRIM_BYTES) malloc_trim(0); /* the trees of long windows are gone for good */
#endif
    bool cut = syntax->chunks.count >= CHUNKS_MIN;
    if (status != STATUS_OK || !cut) {
        syntax_unref(syntax);
        if (status == STATUS_OK) *ret_syntax = NULL;
        return status;
    }
    for (size_t i = 0; i < syntax->chunks.count; i++) {
        struct chunk *chunk = &syntax->chunks.items[i];
        uint32_t end_byte = syntax_chunk_end(syntax, i);
        if (chunk_is_giant(end_byte - chunk->start_byte))
            chunk->box = chunk_tree(parser, language, text, chunk, end_byte, cancel);
        chunk->to_end &= windows.broken_parts <= TO_END_MAX;
        syntax->broken_count += chunk->has_error;
    }
    *ret_syntax = syntax;
    return STATUS_OK;
}
