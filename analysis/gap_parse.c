/* gap_parse.c: see gap_parse.h. A round rewrites the windows around the errors there are, parses, and keeps
 * the windows in which less is wrong than before. What one error had swallowed shows in the next round. */
#include "analysis/gap_parse.h"

#include "analysis/syntax.h"
#include "base/arena.h"
#include <subtree.h>

#define ROUNDS_MAX      4
#define CANCEL_INTERVAL 64 /* nodes between two looks at the clock */
#define WINDOWS_MAX     1000
#define WINDOW_NODE     (4u << 10)   /* the largest node around an error that is looked at as a whole */
#define WINDOW_MAX      (256u << 10) /* of an error that is itself larger */
#define WINDOW_BEFORE   512 /* what a construct may have before and behind the nodes that the parser saw: a */
#define WINDOW_AFTER    (12u << 10)  /* comment, for one */
#define CONTEXT         (32u << 10)  /* before a window; as far as its item reaches, ... */
#define CONTEXT_MAX     (192u << 10) /* ...when that is no farther away */
#define TOGETHER_MAX    (256u << 10)
#define WINDOWS_BYTES   (4u << 20) /* in one round */
#define ERROR_WEIGHT    64         /* an error weighs this and its bytes */

/* A stretch around errors that is rewritten as a whole or not at all; bytes of the whole text. */
struct window {
    uint32_t start, end;
    uint64_t weight; /* of the errors that begin in it */
    size_t gap_first, gap_count;
    char *bytes;
    bool better;
};

struct windows {
    VEC_FIELDS(struct window);
};

struct visit {
    Subtree subtree;
    uint32_t byte;       /* where its padding begins */
    uint32_t start, end; /* the window that its parent gives it; end 0: none */
};

/* The node with its neighbours, as far as they are small. */
static void frame(struct visit *visit, const Subtree *children, uint32_t count, uint32_t i) {
    Subtree node = children[i];
    uint32_t size = ts_subtree_total_bytes(node);
    if (size > WINDOW_NODE) return;
    uint32_t before = i > 0 ? ts_subtree_total_bytes(children[i - 1]) : 0;
    uint32_t after = i + 1 < count ? ts_subtree_total_bytes(children[i + 1]) : 0;
    visit->start = visit->byte + ts_subtree_padding(node).bytes;
    if (i > 0 && before <= WINDOW_NODE) visit->start = visit->byte - ts_subtree_size(children[i - 1]).bytes;
    visit->end = visit->byte + size + (after <= WINDOW_NODE ? after : 0);
}

/* Where a small node that holds the byte begins or ends: no place within a comment or a string. */
static uint32_t snap(const TSTree *tree, uint32_t offset, uint32_t at, bool to_end) {
    Subtree node = *(const Subtree *)ts_tree_root_node(tree).id;
    uint32_t byte = offset;
    for (;;) {
        uint32_t start = byte + ts_subtree_padding(node).bytes, end = byte + ts_subtree_total_bytes(node);
        if (at <= start || at >= end) return at;
        uint32_t count = ts_subtree_child_count(node);
        bool small = end - start <= WINDOW_NODE;
        if (small || !count) return small && !to_end ? start : end;
        const Subtree *children = ts_subtree_children(node);
        uint32_t i = 0;
        while (i + 1 < count && byte + ts_subtree_total_bytes(children[i]) <= at)
            byte += ts_subtree_total_bytes(children[i++]);
        node = children[i];
    }
}

/* Where the child of the root that holds the byte begins. */
static uint32_t start_of_item(const TSTree *tree, uint32_t offset, uint32_t at) {
    Subtree root = *(const Subtree *)ts_tree_root_node(tree).id;
    uint32_t byte = offset, count = ts_subtree_child_count(root);
    const Subtree *children = count ? ts_subtree_children(root) : NULL;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t end = byte + ts_subtree_total_bytes(children[i]);
        if (at < end) {
            byte += ts_subtree_padding(children[i]).bytes;
            break;
        }
        byte = end;
    }
    return byte < at ? byte : at;
}

uint32_t gap_parse_context(const TSTree *tree, uint32_t offset, uint32_t at) {
    uint32_t near = at - offset > CONTEXT ? snap(tree, offset, at - CONTEXT, false) : offset;
    uint32_t item = start_of_item(tree, offset, at);
    if (near > at) near = at;
    return item < near && at - item <= CONTEXT_MAX ? item : near;
}

/* What stands around the window in the text. */
static void add_margin(const TSTree *tree, uint32_t offset, uint32_t end_byte, struct window *window) {
    uint32_t start = window->start - offset > WINDOW_BEFORE ? window->start - WINDOW_BEFORE : offset;
    uint32_t end = end_byte - window->end > WINDOW_AFTER ? window->end + WINDOW_AFTER : end_byte;
    start = snap(tree, offset, start, false);
    end = snap(tree, offset, end, true);
    if (start < window->start) window->start = start;
    if (end > window->end && end <= end_byte) window->end = end;
}

/* The windows around the errors of a tree, ascending and disjoint. False when there was no time for all. */
static bool find_windows(const TSTree *tree, uint32_t offset, uint32_t end_byte, const struct cancel *cancel,
                         struct windows *windows) {
    bool in_time = true;
    uint32_t visits = 0;
    struct {
        VEC_FIELDS(struct visit);
    } stack = {0};
    vec_push(&stack, (struct visit){.subtree = *(const Subtree *)ts_tree_root_node(tree).id, .byte = offset});
    while (stack.count && windows->count < WINDOWS_MAX && in_time) {
        in_time = ++visits % CANCEL_INTERVAL || !cancel_reached(cancel);
        struct visit visit = stack.items[--stack.count];
        uint32_t start = visit.byte + ts_subtree_padding(visit.subtree).bytes;
        uint32_t size = ts_subtree_size(visit.subtree).bytes;
        if (ts_subtree_is_error(visit.subtree) || ts_subtree_missing(visit.subtree)) {
            struct window window = {.start = start, .end = start + (size < WINDOW_MAX ? size : WINDOW_MAX)};
            if (visit.end && visit.start < window.start) window.start = visit.start;
            if (visit.end > window.end) window.end = visit.end;
            add_margin(tree, offset, end_byte, &window);
            struct window *last = windows->count ? &windows->items[windows->count - 1] : NULL;
            if (!last || window.start > last->end) {
                vec_push(windows, window);
                last = &windows->items[windows->count - 1];
            } else if (window.end > last->end) {
                last->end = window.end;
            }
            last->weight += ERROR_WEIGHT + size;
            continue;
        }
        uint32_t count = ts_subtree_child_count(visit.subtree);
        const Subtree *children = count ? ts_subtree_children(visit.subtree) : NULL;
        uint32_t byte = start + size;
        for (uint32_t i = count; i-- > 0;) {
            byte -= ts_subtree_total_bytes(children[i]);
            if (!ts_subtree_error_cost(children[i])) continue;
            struct visit child = {children[i], byte, visit.start, visit.end};
            if (!child.end) frame(&child, children, count, i);
            vec_push(&stack, child);
        }
    }
    vec_finish(&stack);
    return in_time;
}

/* What is wrong in [start, end], of windows found in another tree of the same bytes. */
static uint64_t weight_in(const struct windows *windows, uint32_t start, uint32_t end) {
    uint64_t weight = 0;
    for (size_t i = 0; i < windows->count && windows->items[i].start <= end; i++)
        if (windows->items[i].end >= start) weight += windows->items[i].weight;
    return weight;
}

struct round {
    struct parser *parser;
    const struct language *language;
    uint32_t start_byte, end_byte;
    const struct cancel *cancel;
    struct windows windows;
    struct gap_list gaps;
    struct arena arena;
};

/* Gaps that were found from `start` on, in bytes of their windows. */
static void share_out(struct round *round, struct window *windows, size_t count, char *bytes, uint32_t start,
                      const struct gap_list *found) {
    size_t k = 0;
    for (size_t i = 0; i < count; i++) {
        struct window *window = &windows[i];
        uint32_t from = window->start - start, to = window->end - start;
        window->bytes = bytes + from;
        window->gap_first = round->gaps.count;
        for (; k < found->count && found->items[k].end_byte <= to; k++)
            if (found->items[k].start_byte >= from)
                vec_push(&round->gaps,
                         (struct gap){found->items[k].start_byte - from, found->items[k].end_byte - from});
        window->gap_count = round->gaps.count - window->gap_first;
        window->better = window->gap_count > 0;
    }
}

/* Fills the windows' bytes and gaps; false when nothing is recognised in any. Windows that lie near each
 * other are read together, and what stands before them is read as well: brackets that hold them are opened
 * there. */
static bool rewrite(struct round *round, const struct text *text, const TSTree *tree) {
    struct window *windows = round->windows.items;
    uint32_t left = WINDOWS_BYTES;
    struct gap_list found = {0};
    for (size_t i = 0, next; i < round->windows.count; i = next) {
        uint32_t start = gap_parse_context(tree, round->start_byte, windows[i].start), end = windows[i].end;
        for (next = i + 1; next < round->windows.count; next++) {
            if (windows[next].start - end > CONTEXT || windows[next].end - start > TOGETHER_MAX) break;
            end = windows[next].end;
        }
        uint32_t size = end - start;
        if (size > left) break;
        left -= size;
        char *bytes = arena_alloc(&round->arena, size + 1u);
        text_copy(text, start, end, bytes);
        vec_clear(&found);
        gap_rewrite(round->language, bytes, size, windows[i].start - start, &found);
        share_out(round, &windows[i], next - i, bytes, start, &found);
    }
    vec_finish(&found);
    return round->gaps.count > 0;
}

/* The text with the windows that are better so far, and its tree, which reuses `tree`; false when cancelled.
 */
static bool parse(struct round *round, const struct text *text, const TSTree *tree, struct text **ret_text,
                  TSTree **ret_tree) {
    struct text_edit *edits = arena_alloc(&round->arena, (round->gaps.count + 1) * sizeof *edits);
    struct text_hunk *hunks = arena_alloc(&round->arena, (round->gaps.count + 1) * sizeof *hunks);
    size_t count = 0;
    for (size_t i = 0; i < round->windows.count; i++) {
        const struct window *window = &round->windows.items[i];
        for (size_t k = 0; window->better && k < window->gap_count; k++, count++) {
            const struct gap *gap = &round->gaps.items[window->gap_first + k];
            uint32_t start = window->start + gap->start_byte, end = window->start + gap->end_byte;
            edits[count] = (struct text_edit){start, end, window->bytes + gap->start_byte, end - start};
            hunks[count] = (struct text_hunk){start, end, start, end};
        }
    }
    if (text_apply(text, edits, count, ret_text) != STATUS_OK) return false;
    struct text_hunk span = {round->start_byte, round->end_byte, round->start_byte, round->end_byte};
    TSTree *edited = tree_edited(tree, text, *ret_text, span, hunks, count);
    *ret_tree = parser_parse_range(round->parser, round->language, *ret_text, round->start_byte,
                                   round->end_byte, edited, round->cancel);
    ts_tree_delete(edited);
    if (*ret_tree) return true;
    text_unref(*ret_text);
    return false;
}

/* Unmarks the windows in which no less is wrong than before. *ret_some: others are left. True when none had
 * to be unmarked. */
static bool judge(struct round *round, const TSTree *tree, bool *ret_some) {
    struct windows now = {0};
    bool all = true, in_time = !ts_node_has_error(ts_tree_root_node(tree)) ||
                               find_windows(tree, round->start_byte, round->end_byte, round->cancel, &now);
    *ret_some = false;
    for (size_t i = 0; i < round->windows.count; i++) {
        struct window *window = &round->windows.items[i];
        if (!window->better) continue;
        window->better = in_time && weight_in(&now, window->start, window->end) < window->weight;
        all &= window->better;
        *ret_some |= window->better;
    }
    vec_finish(&now);
    return all;
}

/* One round over result->text and result->tree; true when something helped, and the result has it. */
static bool run_round(struct round *round, struct gap_parse *result) {
    struct text *text;
    TSTree *tree;
    bool some;
    if (!find_windows(result->tree, round->start_byte, round->end_byte, round->cancel, &round->windows) ||
        !rewrite(round, result->text, result->tree) ||
        !parse(round, result->text, result->tree, &text, &tree))
        return false;
    bool all = judge(round, tree, &some);
    if (!all) {
        ts_tree_delete(tree);
        text_unref(text);
        if (!some || !parse(round, result->text, result->tree, &text, &tree)) return false;
    }
    text_unref(result->text);
    ts_tree_delete(result->tree);
    result->text = text;
    result->tree = tree;
    for (size_t i = 0; i < round->windows.count; i++) {
        const struct window *window = &round->windows.items[i];
        for (size_t k = 0; window->better && k < window->gap_count; k++) {
            struct gap gap = round->gaps.items[window->gap_first + k];
            vec_push(&result->gaps,
                     (struct gap){window->start + gap.start_byte, window->start + gap.end_byte});
        }
    }
    return true;
}

bool gap_parse(struct parser *parser, const struct language *language, const struct text *text,
               uint32_t start_byte, uint32_t end_byte, const TSTree *tree, const struct cancel *cancel,
               struct gap_parse *ret) {
    if (!language->gaps || !ts_node_has_error(ts_tree_root_node(tree))) return false;
    struct gap_parse result = {.text = text_ref(text), .tree = ts_tree_copy(tree)};
    bool helped = false, more = true;
    for (unsigned i = 0; i < ROUNDS_MAX && more; i++) {
        struct round round = {parser, language, start_byte, end_byte, cancel, {0}, {0}, {0}};
        arena_init(&round.arena);
        more = run_round(&round, &result);
        helped |= more;
        more &= ts_node_has_error(ts_tree_root_node(result.tree));
        vec_finish(&round.windows);
        vec_finish(&round.gaps);
        arena_finish(&round.arena);
    }
    if (!helped) {
        gap_parse_finish(&result);
        return false;
    }
    gap_settle(&result.gaps, 0);
    *ret = result;
    return true;
}

void gap_parse_finish(struct gap_parse *result) {
    text_unref(result->text);
    ts_tree_delete(result->tree);
    vec_finish(&result->gaps);
    *result = (struct gap_parse){0};
}
