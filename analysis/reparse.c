/* reparse.c: see reparse.h.
 *
 * States of a chunk, and what leads from one to the other:
 *
 *     clean or broken --edit, settled--> clean or broken
 *     clean or broken --edit, not settled within the budget--> open
 *     open --edit undone, or finish--> clean or broken
 *     open --finish, the rest of the text decides--> broken and to_end
 *     broken and to_end --edit anywhere behind it--> open
 *
 * An open chunk keeps the sync node from before it opened: that is what its next parse has to find again. */
#include "analysis/reparse.h"

#include "analysis/chunk.h"
#include "base/clock.h"
#include "base/mem.h"
#include <string.h>

#define GROWTH_BYTES                                                                                         \
    4096u /* text added behind a run that is not settled: this much, then GROWTH_FACTOR times */
#define GROWTH_FACTOR 4u /* as much again */
#define GROWTHS_MAX   2  /* in the foreground */
#define GROWTH_CHUNK_BYTES                                                                                   \
    65536u /* no longer chunk is added in the foreground, unless its tree is at hand                         \
            */
#define GROWTH_BUDGET_NS   (15 * NS_PER_MS)
#define WHOLE_BYTES        (2 * CHUNK_TARGET_BYTES) /* a run up to here stays one chunk */
#define WHOLE_BROKEN_BYTES 24576u /* the same while it is broken: cutting would mean parsing it twice */

struct work {
    struct parser *parser;
    struct text *text;
    const struct syntax *previous;
    const struct text_hunk *hunks;
    size_t hunk_count;
    bool finish;
    const struct cancel *cancel; /* the caller's */
    struct cancel budget;        /* for what goes beyond the touched chunks */
    bool *touched;               /* for each chunk of previous */
    struct syntax *syntax;       /* under construction */
};

/* Chunks [first, last) of the previous syntax, parsed together as text[start_byte, end_byte). */
struct run {
    size_t first, last;
    uint32_t start_byte, end_byte;
    TSTree *tree;
    uint32_t leak_byte;
};

static uint32_t old_start(const struct syntax *previous, size_t index) {
    return index < previous->chunks.count ? previous->chunks.items[index].start_byte
                                          : text_size(previous->parsed);
}

/* Where an untouched boundary of the old text is in the new one. */
static uint32_t new_offset(const struct work *work, uint32_t old_byte) {
    uint32_t offset = old_byte;
    for (size_t i = 0; i < work->hunk_count && work->hunks[i].old_end <= old_byte; i++)
        offset = work->hunks[i].new_end + (old_byte - work->hunks[i].old_end);
    return offset;
}

static void set_range(const struct work *work, struct run *run) {
    run->start_byte = run->first > 0 ? new_offset(work, old_start(work->previous, run->first)) : 0;
    run->end_byte = run->last < work->previous->chunks.count
                        ? new_offset(work, old_start(work->previous, run->last))
                        : text_size(work->text);
}

/* Marks the chunks that each hunk touches, and open ones when they are to be finished. */
static void mark_touched(struct work *work) {
    const struct syntax *previous = work->previous;
    for (size_t i = 0; i < work->hunk_count; i++) {
        const struct text_hunk *hunk = &work->hunks[i];
        size_t first = syntax_piece_index(previous, hunk->old_start), last = first;
        if (hunk->old_end > hunk->old_start) last = syntax_piece_index(previous, hunk->old_end - 1);
        const struct chunk *chunk = &previous->chunks.items[first];
        /* A change in the first node may bind it to what stands before. */
        if (first > 0 && hunk->old_start - chunk->start_byte <= chunk->first_length) first--;
        for (size_t index = first; index <= last; index++)
            work->touched[index] = true;
    }
    for (size_t i = 0; i < previous->chunks.count && work->finish; i++)
        if (previous->chunks.items[i].open) work->touched[i] = true;
}

/* The longest kept tree of the run's chunks, edited to fit the run; NULL when there is none. */
static TSTree *reusable_tree(const struct work *work, const struct run *run) {
    const struct syntax *previous = work->previous;
    uint32_t longest = 0;
    size_t best = SIZE_MAX;
    for (size_t i = run->first; i < run->last; i++) {
        uint32_t length = old_start(previous, i + 1) - old_start(previous, i);
        if (!previous->chunks.items[i].box || length <= longest) continue;
        longest = length;
        best = i;
    }
    if (best == SIZE_MAX) return NULL;
    struct text_hunk span = {old_start(previous, best), old_start(previous, best + 1), run->start_byte,
                             run->end_byte};
    return tree_edited(previous->chunks.items[best].box->tree, previous->parsed, work->text, span,
                       work->hunks, work->hunk_count);
}

/* Takes old_tree over, which fits the run. */
static bool parse_range(struct work *work, struct run *run, TSTree *old_tree, const struct cancel *cancel) {
    run->tree = parser_parse_range(work->parser, work->previous->language, work->text, run->start_byte,
                                   run->end_byte, old_tree, cancel);
    run->leak_byte = parser_leak_byte(work->parser);
    ts_tree_delete(old_tree);
    return run->tree != NULL;
}

static bool parse_run(struct work *work, struct run *run, const struct cancel *cancel) {
    set_range(work, run);
    return parse_range(work, run, reusable_tree(work, run), cancel);
}

/* The base of a wider run that was parsed, by its tree. */
static bool parse_base(struct work *work, struct run *base, const struct run *wide) {
    struct text_hunk span = {base->start_byte, wide->end_byte, base->start_byte, base->end_byte};
    struct text_hunk rest = {base->end_byte, wide->end_byte, base->end_byte, base->end_byte};
    return parse_range(work, base, tree_edited(wide->tree, work->text, work->text, span, &rest, 1),
                       &work->budget);
}

/* Distance from the end of the run's last chunk to its sync node; 0 when it has none or an edit reaches into
 * it. */
static uint32_t sync_back(const struct work *work, const struct run *run) {
    const struct chunk *chunk = &work->previous->chunks.items[run->last - 1];
    uint32_t end = old_start(work->previous, run->last), sync_start = end - chunk->sync_back;
    for (size_t i = 0; i < work->hunk_count && work->hunks[i].old_start < end; i++)
        if (work->hunks[i].old_end > sync_start) return 0;
    return chunk->sync_back;
}

static bool run_is_settled(const struct work *work, const struct run *run) {
    if (run->last == work->previous->chunks.count) return true; /* the real end of the text */
    const struct chunk *chunk = &work->previous->chunks.items[run->last - 1];
    uint32_t back = sync_back(work, run);
    struct sync_node sync = {run->end_byte - run->start_byte - back, chunk->sync_length, chunk->sync_symbol};
    return back > 0 && chunk_is_settled(run->tree, sync, run->leak_byte);
}

/* Adds following chunks, at least `bytes` of them. False when the foreground may not. */
static bool grow(const struct work *work, struct run *run, uint32_t bytes) {
    const struct syntax *previous = work->previous;
    uint32_t start = old_start(previous, run->last);
    do {
        uint32_t length = old_start(previous, run->last + 1) - old_start(previous, run->last);
        bool cheap = length <= GROWTH_CHUNK_BYTES || previous->chunks.items[run->last].box;
        if (!work->finish && !cheap) return false;
        run->last++;
    } while (run->last < previous->chunks.count &&
             (work->touched[run->last] || old_start(previous, run->last) - start < bytes));
    return true;
}

static void add_chunk(struct work *work, struct chunk chunk) {
    work->syntax->broken_count += chunk.has_error;
    work->syntax->open_count += chunk.open;
    vec_push(&work->syntax->chunks, chunk);
}

/* Whether the tree of a chunk that nobody edits is kept: those of others are made in a moment. */
static bool is_worth_keeping(const struct chunk *chunk, uint32_t length) {
    return chunk->has_error || chunk->open || chunk_is_giant(length);
}

/* Chunks [first, last) of the previous syntax, whose bytes are the same, at their new place. */
static void add_shared(struct work *work, size_t first, size_t last) {
    if (first >= last) return;
    uint32_t shift = new_offset(work, old_start(work->previous, first)) - old_start(work->previous, first);
    bool edit_follows = work->hunk_count > 0 &&
                        work->hunks[work->hunk_count - 1].old_start >= old_start(work->previous, first);
    for (size_t i = first; i < last; i++) {
        struct chunk chunk = work->previous->chunks.items[i];
        if (!is_worth_keeping(&chunk, old_start(work->previous, i + 1) - chunk.start_byte)) chunk.box = NULL;
        chunk.start_byte += shift;
        tree_box_ref(chunk.box);
        if (chunk.to_end && edit_follows) { /* what decided it has changed */
            chunk.to_end = false;
            chunk.open = true;
            chunk.id = chunk_new_id();
        }
        add_chunk(work, chunk);
    }
}

/* A settled run becomes one chunk or several. Takes the run's tree over. */
static void add_settled(struct work *work, struct run *run) {
    uint32_t length = run->end_byte - run->start_byte;
    uint16_t top_state = work->previous->top_state;
    bool has_error =
        chunk_whole(work->previous->language, run->tree, run->start_byte, run->end_byte, top_state).has_error;
    struct chunk_list cuts = {0};
    if (length > (has_error ? WHOLE_BROKEN_BYTES : WHOLE_BYTES))
        chunk_cut(work->previous->language, run->tree, run->start_byte, run->end_byte, top_state, &cuts);

    bool whole = cuts.count <= 1;
    for (size_t i = 0; i < cuts.count && !whole; i++) {
        struct chunk *chunk = &cuts.items[i];
        uint32_t end = i + 1 < cuts.count ? cuts.items[i + 1].start_byte : run->end_byte;
        uint32_t chunk_length = end - chunk->start_byte;
        if (!work->finish && chunk_is_giant(chunk_length) && chunk_length >= length / 2) {
            whole = true; /* its tree is the run's */
        } else if (chunk->has_error || chunk_is_giant(chunk_length)) {
            chunk->box =
                chunk_tree(work->parser, work->previous->language, work->text, chunk, end, &work->budget);
            whole = !chunk->box;
        }
    }
    bool to_end = run->last == work->previous->chunks.count;
    if (whole) {
        struct chunk chunk =
            chunk_whole(work->previous->language, run->tree, run->start_byte, run->end_byte, top_state);
        if (to_end) chunk_mark_to_end(&chunk, 1, run->start_byte, run->leak_byte);
        chunk.box = tree_box_create(run->tree); /* what was edited is looked at, and edited again */
        run->tree = NULL;
        for (size_t i = 0; i < cuts.count; i++)
            tree_box_unref(cuts.items[i].box);
        add_chunk(work, chunk);
    } else {
        if (to_end) chunk_mark_to_end(cuts.items, cuts.count, run->start_byte, run->leak_byte);
        for (size_t i = 0; i < cuts.count; i++)
            add_chunk(work, cuts.items[i]);
    }
    vec_finish(&cuts);
    ts_tree_delete(run->tree);
    run->tree = NULL;
}

/* The touched chunks as one, with the verdict that the text behind them gives or may still give. */
static void add_unsettled(struct work *work, struct run *run, bool open, bool broken) {
    struct chunk chunk = chunk_whole(work->previous->language, run->tree, run->start_byte, run->end_byte,
                                     work->previous->top_state);
    const struct chunk *last = &work->previous->chunks.items[run->last - 1];
    chunk.sync_back = sync_back(work, run);
    chunk.sync_length = chunk.sync_back > 0 ? last->sync_length : 0;
    chunk.sync_symbol = last->sync_symbol;
    chunk.open = open;
    chunk.has_error |= broken;
    chunk.to_end = !open && chunk.has_error;
    chunk.box = tree_box_create(run->tree);
    run->tree = NULL;
    add_chunk(work, chunk);
}

static enum status ended_by(const struct cancel *cancel) {
    return cancel_requested(cancel) ? STATUS_CANCELLED : STATUS_DEADLINE;
}

/* A run that text behind it settled. Where that text still begins as a chunk, it is shared as it was. Takes
 * over the trees of both; returns the first chunk that was not taken in. */
static size_t add_widened(struct work *work, struct run *base, struct run *wide) {
    uint32_t length = base->end_byte - base->start_byte;
    uint16_t top_state = work->previous->top_state;
    bool shared = chunk_can_cut(wide->tree, length, top_state) && wide->leak_byte >= length;
    if (shared) {
        bool has_error =
            chunk_whole(work->previous->language, wide->tree, base->start_byte, base->end_byte, top_state)
                .has_error;
        bool own_tree =
            base->tree || has_error || chunk_is_giant(length); /* one that will be kept holds nothing else */
        if (own_tree && !base->tree) parse_base(work, base, wide);
        if (!own_tree) base->tree = ts_tree_copy(wide->tree);
        shared = base->tree && (!own_tree || has_error == ts_node_has_error(ts_tree_root_node(base->tree)));
    }
    struct run *taken = shared ? base : wide, *left = shared ? wide : base;
    ts_tree_delete(left->tree);
    add_settled(work, taken);
    return taken->last;
}

/* Whether the parse up to the end of the text ends in one long broken chunk. */
static bool ends_swallowed(const struct work *work, const struct run *wide) {
    if (wide->end_byte - wide->start_byte <= CHUNK_BROKEN_BYTES) return false;
    struct chunk_list cuts = {0};
    chunk_cut(work->previous->language, wide->tree, wide->start_byte, wide->end_byte,
              work->previous->top_state, &cuts);
    const struct chunk *last = &cuts.items[cuts.count - 1];
    bool swallowed = last->has_error && wide->end_byte - last->start_byte > CHUNK_BROKEN_BYTES;
    vec_finish(&cuts);
    return swallowed;
}

/* Parses the touched run that begins at *index and moves *index behind what it took in. */
static enum status reparse_run(struct work *work, size_t *index) {
    const struct syntax *previous = work->previous;
    struct run base = {.first = *index, .last = *index};
    while (base.last < previous->chunks.count && work->touched[base.last])
        base.last++;
    *index = base.last;
    set_range(work, &base);
    bool alone =
        base.last == previous->chunks.count || sync_back(work, &base) > 0; /* it may settle by itself */
    if (alone && !parse_run(work, &base, work->cancel)) return ended_by(work->cancel);
    if (alone && run_is_settled(work, &base)) {
        add_settled(work, &base);
        return STATUS_OK;
    }

    struct run wide = base;
    uint32_t bytes = GROWTH_BYTES;
    bool lost = false;
    cancel_init(&work->budget, work->cancel, work->finish ? 0 : clock_now_ns() + GROWTH_BUDGET_NS);
    for (unsigned growths = 0; (work->finish || growths < GROWTHS_MAX) && !lost;
         growths++, bytes *= GROWTH_FACTOR) {
        if (!grow(work, &wide, bytes)) break;
        if (!parse_run(work, &wide, &work->budget)) break;
        lost = wide.last == previous->chunks.count && ends_swallowed(work, &wide);
        if (!lost && run_is_settled(work, &wide)) {
            *index = add_widened(work, &base, &wide);
            return STATUS_OK;
        }
        ts_tree_delete(wide.tree);
    }
    if (cancel_reached(work->cancel) || (!base.tree && !parse_run(work, &base, work->cancel))) {
        ts_tree_delete(base.tree);
        return ended_by(work->cancel);
    }
    /* Lost: no use in one huge chunk, the chunks behind keep their own verdicts. One of them that is broken
     * explains it as well as this run does. */
    add_unsettled(work, &base, !lost, lost && syntax_next_broken(previous, base.last) == SIZE_MAX);
    return STATUS_OK;
}

enum status reparse_chunks(struct parser *parser, struct text *text, const struct syntax *previous,
                           const struct text_hunk *hunks, size_t hunk_count, bool finish,
                           const struct cancel *cancel, struct syntax **ret_syntax) {
    struct work work = {.parser = parser,
                        .text = text,
                        .previous = previous,
                        .hunks = hunks,
                        .hunk_count = hunk_count,
                        .finish = finish,
                        .cancel = cancel};
    cancel_init(&work.budget, cancel, 0);
    work.touched = mem_zalloc(previous->chunks.count * sizeof *work.touched);
    work.syntax = syntax_create(previous->language, text);
    work.syntax->top_state = previous->top_state;
    vec_reserve(&work.syntax->chunks, previous->chunks.count + 8);
    mark_touched(&work);

    enum status status = STATUS_OK;
    for (size_t index = 0; index < previous->chunks.count && status == STATUS_OK;) {
        size_t first = index;
        while (index < previous->chunks.count && !work.touched[index])
            index++;
        add_shared(&work, first, index);
        if (index < previous->chunks.count) status = reparse_run(&work, &index);
    }
    mem_free(work.touched);
    if (status != STATUS_OK) {
        syntax_unref(work.syntax);
        return status;
    }
    *ret_syntax = work.syntax;
    return STATUS_OK;
}
