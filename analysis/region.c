#include "analysis/region.h"

#include "analysis/lexer.h"
#include "analysis/pp_token.h"
#include "base/vec.h"
#include <subtree.h>

#include <stdlib.h>
#include <string.h>

#define USED_BYTES_MAX (64u << 10) /* of an item in which the use of a macro is looked for */
#define COMMA_WINDOW   2048        /* bytes looked at around a trailing comma */
#define GROUP_LINES    1           /* symptoms at most so many lines apart are one region */

struct symptoms {
    VEC_FIELDS(struct symptom);
};

/* JSON with comments has trailing commas too; its grammar is JSON's and does not know them: it calls the
 * comma an error or a value behind it missing. */
static bool is_allowed_comma(const struct text *text, uint32_t start, uint32_t end, bool missing,
                             const struct language *language) {
    uint32_t both = LANGUAGE_DATA | LANGUAGE_TRAILING_COMMA;
    if ((language->flags & both) != both ||
        (!missing && (end != start + 1 || text_byte_at(text, start) != ',')))
        return false;
    uint32_t from =
        text_line_start(text, text_line_of(text, start > COMMA_WINDOW ? start - COMMA_WINDOW : 0));
    uint32_t to = end + COMMA_WINDOW < text_size(text) ? end + COMMA_WINDOW : text_size(text);
    char *bytes = text_dup(text, from, to);
    struct token_list tokens = {0};
    lexer_scan(language, bytes, to - from, &tokens);
    bool comma = false, value = false, allowed = false;
    for (size_t i = 0; i < tokens.count; i++) {
        const struct token *token = &tokens.items[i];
        if (token->kind == TOKEN_COMMENT) continue;
        if (token->start_byte + from >= (missing ? start : end)) {
            allowed = comma && token->kind == TOKEN_CLOSE;
            break;
        }
        /* Only behind an element: `[,]` is wrong in every dialect. */
        bool is_comma = bytes[token->start_byte] == ',';
        comma = is_comma && value && (missing || token->start_byte + from == start);
        value = !is_comma && token->kind != TOKEN_OPEN;
    }
    vec_finish(&tokens);
    mem_free(bytes);
    return allowed;
}

/* A token without a text of its own is not missed at the end: the line end behind Go's last line. */
static bool ends_text(const struct text *text, uint32_t byte) {
    int next;
    while ((next = text_byte_at(text, byte)) == ' ' || next == '\t' || next == '\n' || next == '\r')
        byte++;
    return next < 0;
}

struct visit {
    Subtree subtree;
    uint32_t byte; /* where its padding begins */
};

/* In the order of the text. Reads the core's own nodes: behind the public interface a list of 100,000
 * elements is walked one by one, here the balanced nodes that hold it are skipped as a whole. */
static void walk(const TSTree *tree, const struct text *text, const struct language *language,
                 uint32_t offset, size_t max, struct symptoms *out, bool *ret_too_many) {
    struct {
        VEC_FIELDS(struct visit);
    } stack = {0};
    TSNode root = ts_tree_root_node(tree);
    vec_push(&stack, (struct visit){*(const Subtree *)root.id, offset});
    while (stack.count) {
        struct visit visit = stack.items[--stack.count];
        uint32_t start = visit.byte + ts_subtree_padding(visit.subtree).bytes;
        uint32_t end = start + ts_subtree_size(visit.subtree).bytes;
        bool missing = ts_subtree_missing(visit.subtree) &&
                       (ts_subtree_visible(visit.subtree) || !ends_text(text, start));
        bool error = ts_subtree_is_error(visit.subtree);
        if ((missing || error) && !is_allowed_comma(text, start, end, missing, language)) {
            if (out->count >= max) {
                *ret_too_many = true;
                break;
            }
            vec_push(out, (struct symptom){.start_byte = start,
                                           .end_byte = end,
                                           .missing = missing ? ts_subtree_symbol(visit.subtree) : 0,
                                           .reading = SIZE_MAX});
        }
        /* What lies inside an ERROR is part of it. */
        if (error) continue;
        uint32_t count = ts_subtree_child_count(visit.subtree);
        const Subtree *children = count ? ts_subtree_children(visit.subtree) : NULL;
        uint32_t byte = end; /* from the last child to the first, so that the first is visited first */
        for (uint32_t i = count; i-- > 0;) {
            byte -= ts_subtree_size(children[i]).bytes + ts_subtree_padding(children[i]).bytes;
            if (ts_subtree_error_cost(children[i]) > 0) vec_push(&stack, (struct visit){children[i], byte});
        }
    }
    vec_finish(&stack);
}

static void walk_readings(const struct syntax *syntax, struct syntax_piece piece, size_t max,
                          struct symptoms *out, bool *ret_too_many) {
    const struct readings *readings = readings_of(syntax);
    size_t i = readings_find(readings, piece.start_byte);
    for (i = i == SIZE_MAX ? 0 : i; i < readings->placed.count && !*ret_too_many; i++) {
        const struct placed_reading *placed = &readings->placed.items[i];
        if (placed->start_byte >= piece.end_byte) break;
        if (placed->start_byte < piece.start_byte || !placed->reading->broken) continue;
        size_t first = out->count;
        walk(placed->reading->tree, placed->reading->shown, syntax_language(syntax), 0, max, out,
             ret_too_many);
        for (size_t k = first; k < out->count; k++) {
            struct symptom *symptom = &out->items[k];
            symptom->reading = i;
            symptom->shown_start = symptom->start_byte;
            symptom->shown_end = symptom->end_byte;
            reading_to_stretch(placed->reading, symptom->shown_start, symptom->shown_end,
                               &symptom->start_byte, &symptom->end_byte, NULL);
            symptom->start_byte += placed->start_byte;
            symptom->end_byte += placed->start_byte;
        }
    }
}

struct symptom_list region_symptoms(const struct syntax *syntax, struct parser *parser, size_t max,
                                    struct arena *arena) {
    struct symptoms found = {0};
    struct symptom_list list = {0};
    for (size_t i = 0; i < syntax_piece_count(syntax) && !list.too_many; i++) {
        struct syntax_piece piece = syntax_piece_at(syntax, i);
        bool read = readings_hold_piece(readings_of(syntax), i);
        if (!read && (!piece.has_error || syntax_is_half_read(syntax))) continue;
        if (read) {
            walk_readings(syntax, piece, max, &found, &list.too_many);
        } else if (piece.tree) {
            walk(piece.tree, syntax_parsed_text(syntax), syntax_language(syntax), piece.start_byte, max,
                 &found, &list.too_many);
        } else {
            TSTree *tree = syntax_piece_tree(syntax, i, parser);
            if (tree)
                walk(tree, syntax_parsed_text(syntax), syntax_language(syntax), piece.start_byte, max, &found,
                     &list.too_many);
            ts_tree_delete(tree);
        }
    }
    list.items = arena_alloc(arena, (found.count + 1) * sizeof *list.items);
    for (size_t i = 0; i < found.count; i++)
        list.items[i] = found.items[i];
    list.count = found.count;
    vec_finish(&found);
    return list;
}

/* What to show of an error: its first line, without the spaces around. */
static void show(const struct text *text, struct region *region) {
    uint32_t start = region->extent_start, end = region->extent_end;
    int byte;
    while (start < end &&
           ((byte = text_byte_at(text, start)) == ' ' || byte == '\t' || byte == '\n' || byte == '\r'))
        start++;
    uint32_t line_end = text_line_end(text, text_line_of(text, start));
    if (end > line_end) end = line_end;
    while (end > start && ((byte = text_byte_at(text, end - 1)) == ' ' || byte == '\t'))
        end--;
    region->start_byte = start;
    region->end_byte = end > start ? end : start;
}

struct region_list region_group(const struct syntax *syntax, const struct symptom_list *symptoms,
                                struct arena *arena) {
    struct region_list list = {.too_many = symptoms->too_many};
    const struct text *text = syntax_text(syntax);
    list.items = arena_alloc(arena, (symptoms->count + 1) * sizeof *list.items);
    uint32_t last_line = 0;
    for (size_t i = 0; i < symptoms->count; i++) {
        struct symptom symptom = symptoms->items[i];
        uint32_t line = text_line_of(text, symptom.start_byte);
        struct region *region = list.count ? &list.items[list.count - 1] : NULL;
        if (!region || line > last_line + GROUP_LINES || region->reading != symptom.reading) {
            region = &list.items[list.count++];
            *region = (struct region){.extent_start = symptom.start_byte,
                                      .extent_end = symptom.end_byte,
                                      .missing = symptom.missing,
                                      .reading = symptom.reading,
                                      .shown_start = symptom.shown_start,
                                      .shown_end = symptom.shown_end};
        }
        if (symptom.end_byte > region->extent_end) region->extent_end = symptom.end_byte;
        if (symptom.shown_end > region->shown_end) region->shown_end = symptom.shown_end;
        last_line = text_line_of(text, region->extent_end);
    }
    for (size_t i = 0; i < list.count; i++)
        show(text, &list.items[i]);
    return list;
}

struct region_list region_find(const struct syntax *syntax, struct parser *parser, size_t max,
                               struct arena *arena) {
    struct symptom_list symptoms = region_symptoms(syntax, parser, max, arena);
    return region_group(syntax, &symptoms, arena);
}

static int by_extent(const void *a, const void *b) {
    const struct region *x = a, *y = b;
    return x->extent_start < y->extent_start ? -1 : x->extent_start > y->extent_start;
}

struct regions {
    VEC_FIELDS(struct region);
};

static void add_violation(const struct region_list *list, const struct rule_violation *violation,
                          const struct text *text, size_t reading, const struct placed_reading *placed,
                          struct regions *added) {
    if (violation->severity != SEVERITY_ERROR || (violation->misplaced && list->count)) return;
    uint32_t offset = placed ? placed->start_byte : 0;
    uint32_t start = violation->start_byte + offset, end = violation->end_byte + offset;
    /* Behind an error blocks are guesswork. */
    if (list->count && violation->code == FINDING_INDENTATION && start > list->items[0].extent_start) return;
    for (size_t r = 0; r < list->count && !violation->textual; r++)
        if (list->items[r].extent_start <= start && end <= list->items[r].extent_end) return;
    struct region region = {.extent_start = start,
                            .extent_end = end,
                            .code = violation->code,
                            .message = violation->message,
                            .reading = reading,
                            .unrepairable = violation->remedy == REMEDY_UNKNOWN,
                            .textual = violation->textual ? violation : NULL};
    if (placed && placed->reading->shown) {
        region.shown_start = reading_from_stretch(placed->reading, violation->start_byte);
        region.shown_end = reading_from_stretch(placed->reading, violation->end_byte);
    }
    if (region.unrepairable && violation->from_end > violation->from_start) {
        region.related_start = violation->from_start + offset;
        region.related_message = "the first one is here";
    }
    show(text, &region);
    vec_push(added, region);
}

/* Whether the name at [name_start, name_end) stands in [start, end) of the text, too. */
static bool holds_name(const struct text *text, uint32_t start, uint32_t end, uint32_t name_start,
                       uint32_t name_end) {
    uint32_t length = name_end - name_start;
    if (end > start + USED_BYTES_MAX) end = start + USED_BYTES_MAX;
    char *bytes = text_dup(text, start, end), *name = text_dup(text, name_start, name_end);
    uint32_t size = end - start;
    bool found = false;
    for (uint32_t at = 0; at + length <= size && !found; at++) {
        const char *first = memchr(bytes + at, name[0], size - length - at + 1);
        if (!first) break;
        at = (uint32_t)(first - bytes);
        bool begins = at == 0 || !pp_is_word((unsigned char)bytes[at - 1]);
        found = begins && !pp_is_word((unsigned char)bytes[at + length]) && !memcmp(first, name, length);
    }
    mem_free(bytes);
    mem_free(name);
    return found;
}

/* Whether the region is in an item that uses a macro of which something is said: it is an echo of that. */
static bool is_use(const struct rule_violations *notes, const struct syntax *syntax,
                   const struct region *region) {
    if (region->reading == SIZE_MAX) return false;
    const struct placed_reading *placed = &readings_of(syntax)->placed.items[region->reading];
    for (size_t i = 0; i < notes->count; i++) {
        const struct rule_violation *note = &notes->items[i];
        if (note->textual && note->from_end > note->from_start &&
            holds_name(syntax_text(syntax), placed->start_byte, placed->end_byte, note->from_start,
                       note->from_end))
            return true;
    }
    return false;
}

/* Whether something was said of the text itself in the line of the byte. */
static bool is_said(const struct rule_violations *notes, const struct text *text, uint32_t byte) {
    uint32_t line = text_line_of(text, byte);
    for (size_t i = 0; i < notes->count; i++)
        if (notes->items[i].textual && text_line_of(text, notes->items[i].start_byte) == line) return true;
    return false;
}

void region_add_violations(struct region_list *regions, const struct rule_violations *notes,
                           const struct syntax *syntax, struct arena *arena) {
    const struct readings *readings = readings_of(syntax);
    const struct text *text = syntax_text(syntax);
    struct regions added = {0};
    size_t kept = 0;
    for (size_t i = 0; i < regions->count; i++)
        if (!is_said(notes, text, regions->items[i].extent_start) &&
            !is_use(notes, syntax, &regions->items[i]))
            regions->items[kept++] = regions->items[i];
    regions->count = kept;
    for (size_t i = 0; i < notes->count; i++) {
        const struct rule_violation *note = &notes->items[i];
        bool trusted = readings_trust(readings, syntax, note->start_byte, note->end_byte);
        if (note->textual || (trusted && !is_said(notes, text, note->start_byte)))
            add_violation(regions, note, text, SIZE_MAX, NULL, &added);
    }
    for (size_t i = 0; readings && i < readings->placed.count; i++) {
        const struct placed_reading *placed = &readings->placed.items[i];
        for (size_t k = 0; k < placed->reading->violations.count; k++)
            add_violation(regions, &placed->reading->violations.items[k], text, i, placed, &added);
    }
    if (added.count) {
        struct region *items = arena_alloc(arena, (regions->count + added.count) * sizeof *items);
        if (regions->count) memcpy(items, regions->items, regions->count * sizeof *items);
        memcpy(items + regions->count, added.items, added.count * sizeof *items);
        regions->items = items;
        regions->count += added.count;
        qsort(items, regions->count, sizeof *items, by_extent);
    }
    vec_finish(&added);
}

void region_show_suspect(struct region *region, const struct suspect *suspect, struct arena *arena) {
    region->placed = true;
    region->start_byte = suspect->byte;
    region->end_byte = suspect->missing ? suspect->byte : suspect->byte + 1;
    if (!suspect->missing) {
        region->code = FINDING_UNMATCHED_CLOSER;
        region->message = arena_printf(arena, "unmatched `%c`", suspect->bracket);
        return;
    }
    region->code = suspect->bracket == '{' ? FINDING_MISSING_TOKEN : FINDING_UNCLOSED_BRACKET;
    region->message = arena_printf(arena, "missing `%c` to match `%c`", suspect->bracket, suspect->partner);
    region->related_start = suspect->partner_start;
    region->related_message =
        arena_printf(arena, suspect->bracket == '{' ? "`%c` is here" : "`%c` opened here", suspect->partner);
}

void region_place(struct region_list *regions, const struct syntax *syntax, uint32_t bytes_max,
                  const struct cancel *cancel, struct arena *arena) {
    const struct text *text = syntax_text(syntax);
    if (!regions->count || regions->items[0].message) return;
    struct region *region = &regions->items[0];
    struct syntax_piece piece = syntax_piece_at(syntax, syntax_piece_index(syntax, region->extent_start));
    if (piece.end_byte - piece.start_byte > bytes_max) return;
    struct suspect suspect;
    uint32_t last = regions->items[regions->count - 1].extent_end;
    if (last > piece.end_byte) last = piece.end_byte;
    if (!suspect_find(text, syntax_language(syntax), piece.start_byte, piece.end_byte, last, cancel,
                      &suspect))
        return;
    region_show_suspect(region, &suspect, arena);
}
