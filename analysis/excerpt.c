#include "analysis/excerpt.h"

#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

#define FOCUS_BYTES     (64u << 10) /* longer errors are looked at from their end */
#define KEEP_BEFORE     3           /* siblings kept on each side of the one that holds the mistake */
#define KEEP_AFTER      3
#define SIBLING_MAX     (4u << 10)   /* bytes of a kept sibling; larger ones are left out when they can be */
#define ENTER_BYTES     (8u << 10)   /* nodes larger than this are entered */
#define RUNS_MAX        16           /* left out on one side among the children of one node */
#define RUN_STEPS       4096         /* children that are passed over to find one as deep */
#define OPENS_MAX       50000        /* nodes of errors in which brackets are counted */
#define SHRINK_LEVELS   8            /* of large nodes that have to stay */
#define SHRINK_MAX      200000       /* nodes in them that are looked at */
#define STATE_TRIES     12           /* how far from the ends of a run equal states are looked for */
#define EXCERPT_MAX     (192u << 10) /* larger excerpts are clipped to a window of lines */
#define WINDOW_BYTES    (24u << 10)  /* on each side of the mistake */
#define CANCEL_INTERVAL 4096         /* children between two looks at the clock */
#define STATE_NONE      UINT16_MAX   /* what fragile nodes report */

/* A stretch to leave out. */
struct gap {
    uint32_t start_byte, end_byte;
};

struct gaps {
    VEC_FIELDS(struct gap);
};

struct children {
    VEC_FIELDS(TSNode);
    bool in_error; /* they are not all of one construct */
};

struct depths {
    VEC_FIELDS(int);
};

static struct excerpt *build(const struct text *text, uint32_t start, uint32_t end, const struct gap *gaps,
                             size_t count, struct arena *arena) {
    struct excerpt *excerpt = arena_zalloc(arena, sizeof *excerpt);
    excerpt->ranges = arena_alloc(arena, (count + 1) * sizeof *excerpt->ranges);
    excerpt->bytes = arena_alloc(arena, end - start + 1u);
    uint32_t at = start;
    for (size_t i = 0; i <= count; i++) {
        uint32_t stop = i < count ? gaps[i].start_byte : end;
        if (stop > at) {
            excerpt->ranges[excerpt->range_count++] = (struct excerpt_range){at, stop, excerpt->length, true};
            text_copy(text, at, stop, excerpt->bytes + excerpt->length);
            excerpt->length += stop - at;
        }
        if (i < count) at = gaps[i].end_byte;
    }
    excerpt->bytes[excerpt->length] = 0;
    return excerpt;
}

uint32_t excerpt_focus(uint32_t start_byte, uint32_t end_byte) {
    return end_byte - start_byte > FOCUS_BYTES ? end_byte : start_byte;
}

struct excerpt *excerpt_whole(const struct text *text, uint32_t start_byte, uint32_t end_byte,
                              struct arena *arena) {
    return build(text, start_byte, end_byte, NULL, 0, arena);
}

/* False: cancelled. */
static bool list_children(TSNode node, const struct cancel *cancel, struct children *out) {
    bool cancelled = false;
    vec_clear(out);
    out->in_error = ts_node_is_error(node);
    TSTreeCursor cursor = ts_tree_cursor_new(node);
    if (ts_tree_cursor_goto_first_child(&cursor)) {
        do {
            vec_push(out, ts_tree_cursor_current_node(&cursor));
            cancelled = out->count % CANCEL_INTERVAL == 0 && cancel_reached(cancel);
        } while (!cancelled && ts_tree_cursor_goto_next_sibling(&cursor));
    }
    ts_tree_cursor_delete(&cursor);
    return !cancelled;
}

static bool is_bracket(TSNode node, const char *set) {
    if (ts_node_is_named(node) || ts_node_is_missing(node)) return false;
    const char *type = ts_node_type(node);
    size_t length = strlen(type);
    return length && length <= 2 && strchr(set, type[length - 1]);
}

/* What opens in a node and does not close: of what parses, nothing; of what would take too long, too.
 * *budget: nodes that may be looked at. */
static int opens(TSNode node, uint32_t *budget) {
    if (!ts_node_has_error(node) && ts_node_child_count(node)) return 0;
    int depth = 0;
    TSTreeCursor cursor = ts_tree_cursor_new(node);
    while (*budget) {
        --*budget;
        TSNode at = ts_tree_cursor_current_node(&cursor);
        depth += is_bracket(at, "([{") - is_bracket(at, ")]}");
        if (ts_node_has_error(at) && ts_tree_cursor_goto_first_child(&cursor)) continue;
        bool next;
        while (!(next = ts_tree_cursor_goto_next_sibling(&cursor)) && ts_tree_cursor_goto_parent(&cursor)) {
        }
        if (!next) break;
    }
    ts_tree_cursor_delete(&cursor);
    return depth;
}

/* How deep in brackets each child begins, counted from the first; in an error the children are not all of one
 * construct, and equal states say nothing of what they are in. */
static void measure_depths(const struct children *children, uint32_t *budget, struct depths *out) {
    int depth = 0;
    vec_clear(out);
    for (size_t i = 0; i < children->count; i++) {
        vec_push(out, depth);
        depth += opens(children->items[i], budget);
    }
}

/* The last child before which nothing closes that was open at child `first`. */
static size_t reach(const struct depths *depths, size_t first, size_t last) {
    size_t i = first;
    while (i < last && depths->items[i + 1] >= depths->items[first])
        i++;
    return i;
}

static bool begins_line(const struct children *children, size_t i) {
    return i == 0 ||
           ts_node_start_point(children->items[i]).row > ts_node_end_point(children->items[i - 1]).row;
}

static bool follows_error(const struct children *children, size_t i) {
    return children->in_error || (i > 0 && ts_node_is_error(children->items[i - 1]));
}

/* Whether what follows `from` may follow what stands before `to`. In and behind an error a state says little:
 * it may be that of a key as well as that of a value. A line end before `to` may be what ends a statement. */
static bool is_like(const struct children *children, size_t from, size_t to) {
    TSNode a = children->items[from], b = children->items[to];
    return ts_node_parse_state(a) == ts_node_parse_state(b) &&
           (begins_line(children, from) || !begins_line(children, to)) &&
           (ts_node_symbol(a) == ts_node_symbol(b) ||
            !(follows_error(children, from) || follows_error(children, to)));
}

/* From one child to a later one in the same state and the same brackets; *ret_to == *ret_from: none. */
static void find_run(const struct children *children, const struct depths *depths, size_t first, size_t end,
                     size_t *ret_from, size_t *ret_to) {
    uint32_t best_bytes = 0;
    size_t measured = first, stop = reach(depths, first, end);
    *ret_from = *ret_to = first;
    for (size_t i = first; i < end && i < first + STATE_TRIES; i++) {
        TSNode child = children->items[i];
        if (ts_node_parse_state(child) == STATE_NONE || ts_node_has_error(child)) continue;
        if (stop < i || depths->items[i] != depths->items[measured]) {
            stop = reach(depths, i, end);
            measured = i;
        }
        for (size_t j = stop, tries = 0; j > i && stop - j < RUN_STEPS && tries < STATE_TRIES; j--) {
            if (depths->items[j] != depths->items[i]) continue;
            tries++;
            if (!is_like(children, i, j)) continue;
            uint32_t bytes = ts_node_start_byte(children->items[j]) - ts_node_start_byte(child);
            if (bytes > best_bytes) {
                best_bytes = bytes;
                *ret_from = i;
                *ret_to = j;
            }
            break;
        }
    }
}

/* Leaves out as much as possible of children[first, last): a run, and where brackets open or close that have
 * their other end elsewhere, another behind it. */
static void leave_out(const struct children *children, const struct depths *depths, size_t first, size_t last,
                      uint32_t offset, struct gaps *gaps) {
    size_t end = last < children->count ? last : children->count - 1;
    for (unsigned runs = 0; runs < RUNS_MAX && first + 1 < end; runs++) {
        size_t from, to;
        find_run(children, depths, first, end, &from, &to);
        if (to > from)
            vec_push(gaps, (struct gap){ts_node_start_byte(children->items[from]) + offset,
                                        ts_node_start_byte(children->items[to]) + offset});
        size_t stop = reach(depths, first, end);
        first = to > from ? to : stop == end ? first + STATE_TRIES : stop + 1;
    }
}

static void shrink_all(const struct children *children, size_t first, size_t last, size_t own,
                       uint32_t offset, unsigned levels, uint32_t *budget, struct gaps *gaps);

/* Of a node that has to stay, what its own children can do without. */
static void shrink(TSNode node, uint32_t offset, unsigned levels, uint32_t *budget, struct gaps *gaps) {
    struct children children = {0};
    struct depths depths = {0};
    size_t own = gaps->count;
    uint32_t count = ts_node_child_count(node);
    *budget -= count < *budget ? count : *budget;
    if (!*budget) return;
    list_children(node, NULL, &children);
    if (children.count > 1) {
        measure_depths(&children, budget, &depths);
        leave_out(&children, &depths, 0, children.count - 1, offset, gaps);
    }
    shrink_all(&children, 0, children.count, own, offset, levels, budget, gaps);
    vec_finish(&children);
    vec_finish(&depths);
}

/* The same for those of children[first, last) that are large; the gaps from `own` on are those among them.
 * *budget: nodes that may be looked at. */
static void shrink_all(const struct children *children, size_t first, size_t last, size_t own,
                       uint32_t offset, unsigned levels, uint32_t *budget, struct gaps *gaps) {
    size_t own_end = gaps->count;
    for (size_t i = first; i < last && levels && *budget; i++) {
        uint32_t start = ts_node_start_byte(children->items[i]);
        if (ts_node_end_byte(children->items[i]) - start < SIBLING_MAX) continue;
        bool gone = false;
        for (size_t g = own; g < own_end && !gone; g++)
            gone = gaps->items[g].start_byte <= start + offset && start + offset < gaps->items[g].end_byte;
        if (!gone) shrink(children->items[i], offset, levels - 1, budget, gaps);
    }
}

static int by_start(const void *a, const void *b) {
    const struct gap *x = a, *y = b;
    return x->start_byte < y->start_byte ? -1 : x->start_byte > y->start_byte;
}

/* The focus within children: the first and last that touch it. */
static void locate(const struct children *children, uint32_t focus_start, uint32_t focus_end,
                   size_t *ret_first, size_t *ret_last) {
    size_t first = children->count ? children->count - 1 : 0;
    for (size_t i = 0; i < children->count; i++) {
        if (ts_node_end_byte(children->items[i]) >= focus_start) {
            first = i;
            break;
        }
    }
    size_t last = first;
    while (last + 1 < children->count && ts_node_start_byte(children->items[last + 1]) <= focus_end)
        last++;
    *ret_first = first;
    *ret_last = last;
}

static uint32_t span(const struct children *children, size_t first, size_t last) {
    return ts_node_end_byte(children->items[last]) - ts_node_start_byte(children->items[first]);
}

/* What says something of the node behind it: without that, Rust's documentation and attributes are refused.
 */
static bool leads(TSNode node) {
    return ts_node_is_extra(node) || strcmp(ts_node_type(node), "attribute_item") == 0;
}

/* Where the part of a text ends that the tree is of, without what leads to the next part. */
static uint32_t end_of_part(TSNode root, uint32_t offset, uint32_t focus_end, uint32_t end) {
    TSTreeCursor cursor = ts_tree_cursor_new(root);
    bool more = ts_tree_cursor_goto_last_child(&cursor);
    for (; more; more = ts_tree_cursor_goto_previous_sibling(&cursor)) {
        TSNode node = ts_tree_cursor_current_node(&cursor);
        uint32_t start = ts_node_start_byte(node) + offset;
        if (!leads(node) || ts_node_has_error(node) || start <= focus_end) break;
        end = start;
    }
    ts_tree_cursor_delete(&cursor);
    return end;
}

/* What can be left out around [from, to) of the tree, whose beginning stands at offset. False: cancelled. */
static bool find_gaps(TSNode node, uint32_t from, uint32_t to, uint32_t offset, const struct cancel *cancel,
                      struct gaps *gaps) {
    struct children children = {0};
    struct depths depths = {0};
    uint32_t budget = OPENS_MAX, shrink_budget = SHRINK_MAX;
    bool whole;
    for (;;) {
        whole = list_children(node, cancel, &children);
        if (!whole || !children.count) break;
        size_t first, last;
        locate(&children, from, to, &first, &last);
        size_t keep_first = first, keep_last = last;
        for (unsigned i = 0;
             i < KEEP_BEFORE && keep_first > 0 && span(&children, keep_first - 1, first) < 2 * SIBLING_MAX;
             i++)
            keep_first--;
        for (unsigned i = 0; i < KEEP_AFTER && keep_last + 1 < children.count &&
                             span(&children, last, keep_last + 1) < 2 * SIBLING_MAX;
             i++)
            keep_last++;
        while (keep_last > last && leads(children.items[keep_last]))
            keep_last--;
        measure_depths(&children, &budget, &depths);
        size_t own = gaps->count;
        leave_out(&children, &depths, 0, keep_first, offset, gaps);
        leave_out(&children, &depths, keep_last + 1, children.count - 1, offset, gaps);
        shrink_all(&children, 0, first, own, offset, SHRINK_LEVELS, &shrink_budget, gaps);
        shrink_all(&children, last + 1, children.count, own, offset, SHRINK_LEVELS, &shrink_budget, gaps);
        TSNode inner = children.items[first];
        if (first != last || ts_node_end_byte(inner) - ts_node_start_byte(inner) < ENTER_BYTES ||
            ts_node_child_count(inner) == 0)
            break;
        node = inner;
    }
    vec_finish(&children);
    vec_finish(&depths);
    return whole;
}

struct excerpt *excerpt_around(const struct text *text, const TSTree *tree, uint32_t piece_start,
                               uint32_t piece_end, uint32_t focus_start, uint32_t focus_end,
                               const struct cancel *cancel, struct arena *arena) {
    struct gaps gaps = {0};
    focus_start = excerpt_focus(focus_start, focus_end);
    if (!find_gaps(ts_tree_root_node(tree), focus_start - piece_start, focus_end - piece_start, piece_start,
                   cancel, &gaps)) {
        vec_finish(&gaps);
        return NULL;
    }
    if (gaps.count) qsort(gaps.items, gaps.count, sizeof *gaps.items, by_start);
    if (piece_end < text_size(text))
        piece_end = end_of_part(ts_tree_root_node(tree), piece_start, focus_end, piece_end);
    while (gaps.count && gaps.items[gaps.count - 1].end_byte > piece_end)
        gaps.count--;
    uint32_t removed = 0;
    for (size_t i = 0; i < gaps.count; i++)
        removed += gaps.items[i].end_byte - gaps.items[i].start_byte;
    struct excerpt *excerpt;
    if (piece_end - piece_start - removed > EXCERPT_MAX) {
        /* Nothing to hold on to: a window of lines; what it repairs is checked on the whole text anyway. */
        uint32_t start = focus_start > piece_start + WINDOW_BYTES ? focus_start - WINDOW_BYTES : piece_start;
        uint32_t end =
            piece_end - focus_start > 2 * WINDOW_BYTES ? focus_start + 2 * WINDOW_BYTES : piece_end;
        if (start > piece_start) start = text_line_start(text, text_line_of(text, start));
        if (start < piece_start) start = piece_start;
        if (end < piece_end) end = text_line_start(text, text_line_of(text, end));
        excerpt = end > start ? build(text, start, end, NULL, 0, arena) : NULL;
    } else {
        excerpt = build(text, piece_start, piece_end, gaps.items, gaps.count, arena);
    }
    vec_finish(&gaps);
    return excerpt;
}

static const struct excerpt_range *range_of(const struct excerpt *excerpt, uint32_t at) {
    size_t low = 0, high = excerpt->range_count;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (excerpt->ranges[middle].at <= at)
            low = middle;
        else
            high = middle;
    }
    return excerpt->range_count ? &excerpt->ranges[low] : NULL;
}

bool excerpt_to_text(const struct excerpt *excerpt, uint32_t start, uint32_t end, uint32_t *ret_start,
                     uint32_t *ret_end) {
    const struct excerpt_range *range = range_of(excerpt, start);
    /* A place between two ranges belongs to the one that can be edited. */
    if (range && !range->copied && start == end && start == range->at && range > excerpt->ranges) range--;
    if (!range || !range->copied || end - range->at > range->end_byte - range->start_byte) return false;
    *ret_start = range->start_byte + (start - range->at);
    *ret_end = range->start_byte + (end - range->at);
    return true;
}

bool excerpt_holds(const struct excerpt *excerpt, uint32_t text_start, uint32_t text_end) {
    for (size_t i = 0; i < excerpt->range_count; i++)
        if (excerpt->ranges[i].start_byte <= text_start && text_end <= excerpt->ranges[i].end_byte)
            return true;
    return false;
}
