/* text.c: see text.h.
 *
 * Invariants
 * 1. Every piece has 1..PIECE_MAX bytes; a text without bytes has no pieces.
 * 2. In a text made by create, splice or apply all pieces but the last have at least PIECE_MIN bytes (a slice
 * may have a short one at either end), so the array stays proportional to the size however many edits came
 * before.
 * 3. A piece's counts are its own: line_ends counts a "\r" at its end as a line end even when the next piece
 * begins with
 *    "\n"; the prefix sums take that one back, so the line end of a divided "\r\n" belongs to the piece with
 * the "\n".
 * 4. A block has one reference for each piece that points into it; neighbours in one block are counted
 * together, so that sharing a large text costs one atomic addition a block and not one a piece. */
#include "analysis/text.h"

#include "base/mem.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define PIECE_MAX    8192u /* bytes an edit may have to copy; fits the 16-bit counts */
#define PIECE_TARGET 4096u /* length of pieces made by edits: room to grow before the next split */
#define PIECE_MIN    1024u /* shorter ones are joined with their neighbour */
#define BLOCK_MAX    (32u * PIECE_MAX) /* long outside bytes share blocks of this size */
#define COMPARE_STEP 256u              /* bytes compared at once while looking for the first difference */

struct block {
    atomic_uint references;
    char bytes[];
};

enum piece_flags { PIECE_STARTS_LF = 1, PIECE_ENDS_CR = 2, PIECE_HAS_CR = 4 };

struct piece {
    struct block *block;
    uint32_t offset;                            /* in the block */
    uint32_t start_byte, start_line, start_row; /* sums over the pieces before this one */
    uint16_t length, line_ends, rows, flags;
};

struct text {
    atomic_uint references;
    uint32_t size, line_ends, rows;
    uint32_t count;
    struct piece pieces[];
};

static const char *piece_bytes(const struct piece *piece) {
    return piece->block->bytes + piece->offset;
}

/* Number of line ends that are complete before `length`; a final "\r" counts unless next_is_lf. */
static uint32_t count_line_ends(const char *bytes, uint32_t length, bool has_cr, bool next_is_lf) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < length; i++)
        count += bytes[i] == '\n';
    if (!has_cr) return count;
    for (uint32_t i = 0; i + 1 < length; i++)
        count += bytes[i] == '\r' && bytes[i + 1] != '\n';
    return count + (length > 0 && bytes[length - 1] == '\r' && !next_is_lf);
}

static struct piece piece_make(struct block *block, uint32_t offset, uint32_t length) {
    const char *bytes = block->bytes + offset;
    struct piece piece = {.block = block, .offset = offset, .length = (uint16_t)length};
    bool has_cr = memchr(bytes, '\r', length) != NULL;
    piece.rows = (uint16_t)count_line_ends(bytes, length, false, false);
    piece.line_ends = has_cr ? (uint16_t)count_line_ends(bytes, length, true, false) : piece.rows;
    if (bytes[0] == '\n') piece.flags |= PIECE_STARTS_LF;
    if (bytes[length - 1] == '\r') piece.flags |= PIECE_ENDS_CR;
    if (has_cr) piece.flags |= PIECE_HAS_CR;
    return piece;
}

/* Calls for every run of neighbours in one block, so that a block's counter is touched once. */
static void pieces_ref(const struct piece *pieces, size_t count) {
    for (size_t i = 0; i < count;) {
        size_t end = i + 1;
        while (end < count && pieces[end].block == pieces[i].block)
            end++;
        atomic_fetch_add_explicit(&pieces[i].block->references, (unsigned)(end - i), memory_order_relaxed);
        i = end;
    }
}

static void pieces_unref(const struct piece *pieces, size_t count) {
    for (size_t i = 0; i < count;) {
        struct block *block = pieces[i].block;
        size_t end = i + 1;
        while (end < count && pieces[end].block == block)
            end++;
        unsigned run = (unsigned)(end - i);
        if (atomic_fetch_sub_explicit(&block->references, run, memory_order_acq_rel) == run) mem_free(block);
        i = end;
    }
}

/* A text under construction: pieces already settled, then bytes that still look for their piece. */
struct builder {
    struct text *text; /* room for capacity pieces */
    uint32_t capacity;
    uint32_t pending_length;
    uint64_t size;
    enum status status;
    char pending[2 * PIECE_MAX];
};

static void builder_init(struct builder *builder, size_t capacity) {
    builder->text = mem_try_alloc(sizeof *builder->text + capacity * sizeof(struct piece));
    builder->capacity = (uint32_t)capacity;
    builder->pending_length = 0;
    builder->size = 0;
    builder->status = builder->text ? STATUS_OK : STATUS_NO_MEMORY;
    if (builder->text) builder->text->count = 0;
}

static bool builder_reserve(struct builder *builder, size_t extra) {
    if (builder->status != STATUS_OK) return false;
    size_t wanted = builder->text->count + extra;
    if (wanted <= builder->capacity) return true;
    size_t capacity = (size_t)builder->capacity * 2 > wanted ? (size_t)builder->capacity * 2 : wanted;
    struct text *text = mem_try_realloc(builder->text, sizeof *text + capacity * sizeof(struct piece));
    if (!text) {
        builder->status = STATUS_NO_MEMORY;
        return false;
    }
    builder->text = text;
    builder->capacity = (uint32_t)capacity;
    return true;
}

/* Puts bytes into one new block, as pieces of at most piece_length. */
static void builder_emit(struct builder *builder, const char *bytes, uint32_t length, uint32_t piece_length) {
    uint32_t count = (length + piece_length - 1) / piece_length;
    if (!builder_reserve(builder, count)) return;
    struct block *block = mem_try_alloc(sizeof *block + length);
    if (!block) {
        builder->status = STATUS_NO_MEMORY;
        return;
    }
    atomic_init(&block->references, count);
    memcpy(block->bytes, bytes, length);
    for (uint32_t offset = 0; offset < length; offset += piece_length) {
        uint32_t rest = length - offset;
        builder->text->pieces[builder->text->count++] =
            piece_make(block, offset, rest < piece_length ? rest : piece_length);
    }
}

static void builder_add_bytes(struct builder *builder, const char *bytes, size_t length) {
    builder->size += length;
    while (length > 0 && builder->status == STATUS_OK) {
        if (builder->pending_length == 0 && length > PIECE_MAX) {
            /* Whole pieces go straight to a block; the rest waits for what follows it. */
            size_t take = length < BLOCK_MAX ? length : BLOCK_MAX;
            take -= take % PIECE_MAX;
            builder_emit(builder, bytes, (uint32_t)take, PIECE_MAX);
            bytes += take;
            length -= take;
            continue;
        }
        uint32_t room = (uint32_t)sizeof builder->pending - builder->pending_length;
        uint32_t take = length < room ? (uint32_t)length : room;
        memcpy(builder->pending + builder->pending_length, bytes, take);
        builder->pending_length += take;
        bytes += take;
        length -= take;
        if (builder->pending_length == sizeof builder->pending) {
            builder_emit(builder, builder->pending, builder->pending_length, PIECE_TARGET);
            builder->pending_length = 0;
        }
    }
}

static void builder_flush(struct builder *builder) {
    uint32_t length = builder->pending_length;
    if (length == 0 || builder->status != STATUS_OK) return;
    uint32_t count = length <= PIECE_MAX ? 1 : (length + PIECE_TARGET - 1) / PIECE_TARGET;
    builder_emit(builder, builder->pending, length, (length + count - 1) / count);
    builder->pending_length = 0;
}

/* Adds whole pieces of another text. Pending bytes that would make too short a piece take their neighbour in.
 */
static void builder_add_pieces(struct builder *builder, const struct piece *pieces, size_t count) {
    while (count > 0 && builder->pending_length > 0 && builder->pending_length < PIECE_MIN) {
        builder_add_bytes(builder, piece_bytes(pieces), pieces->length);
        pieces++;
        count--;
    }
    builder_flush(builder);
    if (count == 0 || !builder_reserve(builder, count)) return;
    memcpy(builder->text->pieces + builder->text->count, pieces, count * sizeof *pieces);
    pieces_ref(pieces, count);
    builder->text->count += (uint32_t)count;
    const struct piece *last = &pieces[count - 1];
    builder->size += last->start_byte + last->length - pieces[0].start_byte;
}

/* Too short a rest at the end of the text joins the piece before it. */
static void builder_join_rest(struct builder *builder) {
    struct text *text = builder->text;
    if (builder->pending_length == 0 || builder->pending_length >= PIECE_MIN || text->count == 0) return;
    struct piece *last = &text->pieces[--text->count];
    memmove(builder->pending + last->length, builder->pending, builder->pending_length);
    memcpy(builder->pending, piece_bytes(last), last->length);
    builder->pending_length += last->length;
    pieces_unref(last, 1);
}

static void text_sum(struct text *text) {
    uint32_t byte = 0, line = 0, row = 0;
    for (uint32_t i = 0; i < text->count; i++) {
        struct piece *piece = &text->pieces[i];
        if (i > 0 && (piece->flags & PIECE_STARTS_LF) && (piece[-1].flags & PIECE_ENDS_CR)) line--;
        piece->start_byte = byte;
        piece->start_line = line;
        piece->start_row = row;
        byte += piece->length;
        line += piece->line_ends;
        row += piece->rows;
    }
    text->size = byte;
    text->line_ends = line;
    text->rows = row;
}

static enum status builder_finish(struct builder *builder, struct text **ret_text) {
    if (builder->status == STATUS_OK) builder_join_rest(builder);
    builder_flush(builder);
    struct text *text = builder->text;
    if (builder->status != STATUS_OK) {
        if (text) pieces_unref(text->pieces, text->count);
        mem_free(text);
        return builder->status;
    }
    atomic_init(&text->references, 1);
    text_sum(text);
    *ret_text = text;
    return STATUS_OK;
}

enum status text_create(const char *bytes, size_t length, struct text **ret_text) {
    if (length > TEXT_SIZE_MAX) return STATUS_TOO_LARGE;
    struct builder builder;
    builder_init(&builder, length / PIECE_MAX + 4);
    builder_add_bytes(&builder, bytes, length);
    return builder_finish(&builder, ret_text);
}

struct text *text_ref(const struct text *text) {
    struct text *shared = (struct text *)text;
    atomic_fetch_add_explicit(&shared->references, 1, memory_order_relaxed);
    return shared;
}

void text_unref(struct text *text) {
    if (!text || atomic_fetch_sub_explicit(&text->references, 1, memory_order_acq_rel) != 1) return;
    pieces_unref(text->pieces, text->count);
    mem_free(text);
}

uint32_t text_size(const struct text *text) {
    return text->size;
}

/* Index of the piece that holds byte; count when byte is at or past the end. */
static uint32_t piece_at(const struct text *text, uint32_t byte) {
    if (byte >= text->size) return text->count;
    uint32_t low = 0, high = text->count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (text->pieces[middle].start_byte <= byte)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Adds [start_byte, end_byte) of a text: its whole pieces shared, the rest of divided ones as bytes. */
static void builder_add_range(struct builder *builder, const struct text *text, uint32_t start_byte,
                              uint32_t end_byte) {
    if (start_byte >= end_byte) return;
    uint32_t first = piece_at(text, start_byte), last = piece_at(text, end_byte);
    const struct piece *piece = &text->pieces[first];
    uint32_t skip = start_byte - piece->start_byte;
    if (first == last) {
        builder_add_bytes(builder, piece_bytes(piece) + skip, end_byte - start_byte);
        return;
    }
    if (skip > 0) {
        builder_add_bytes(builder, piece_bytes(piece) + skip, piece->length - skip);
        first++;
    }
    if (first < last) builder_add_pieces(builder, &text->pieces[first], last - first);
    if (last < text->count && end_byte > text->pieces[last].start_byte)
        builder_add_bytes(builder, piece_bytes(&text->pieces[last]),
                          end_byte - text->pieces[last].start_byte);
}

enum status text_apply(const struct text *text, const struct text_edit *edits, size_t count,
                       struct text **ret_text) {
    uint64_t added = 0;
    for (size_t i = 0; i < count; i++) {
        added += edits[i].new_length;
        if (edits[i].start_byte > edits[i].end_byte) return STATUS_INVALID;
        if (i > 0 && edits[i].start_byte < edits[i - 1].end_byte) return STATUS_INVALID;
    }
    if (added > TEXT_SIZE_MAX) return STATUS_TOO_LARGE;

    struct builder builder;
    builder_init(&builder, text->count + added / PIECE_MAX + 8);
    uint32_t done = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t start = edits[i].start_byte < text->size ? edits[i].start_byte : text->size;
        builder_add_range(&builder, text, done, start);
        builder_add_bytes(&builder, edits[i].new_bytes, edits[i].new_length);
        done = edits[i].end_byte < text->size ? edits[i].end_byte : text->size;
    }
    builder_add_range(&builder, text, done, text->size);
    if (builder.status == STATUS_OK && builder.size > TEXT_SIZE_MAX) builder.status = STATUS_TOO_LARGE;
    return builder_finish(&builder, ret_text);
}

enum status text_splice(const struct text *text, uint32_t start_byte, uint32_t end_byte, const char *bytes,
                        size_t length, struct text **ret_text) {
    if (length > TEXT_SIZE_MAX) return STATUS_TOO_LARGE;
    struct text_edit edit = {start_byte, end_byte < start_byte ? start_byte : end_byte, bytes,
                             (uint32_t)length};
    return text_apply(text, &edit, 1, ret_text);
}

struct text *text_slice(const struct text *text, uint32_t start_byte, uint32_t end_byte) {
    if (end_byte > text->size) end_byte = text->size;
    if (start_byte > end_byte) start_byte = end_byte;
    uint32_t first = piece_at(text, start_byte), end = 0;
    if (start_byte < end_byte)
        end = piece_at(text, end_byte - 1) + 1;
    else
        first = 0;

    uint32_t count = end - first;
    struct text *slice = mem_alloc(sizeof *slice + count * sizeof(struct piece));
    atomic_init(&slice->references, 1);
    slice->count = count;
    if (count > 0) memcpy(slice->pieces, text->pieces + first, count * sizeof(struct piece));
    pieces_ref(slice->pieces, count);
    for (uint32_t i = 0; i<count; i += count> 1 ? count - 1 : 1) { /* the two ends */
        const struct piece *piece = &text->pieces[first + i];
        uint32_t piece_end = piece->start_byte + piece->length;
        uint32_t skip = start_byte > piece->start_byte ? start_byte - piece->start_byte : 0;
        uint32_t cut = piece_end > end_byte ? piece_end - end_byte : 0;
        if (skip + cut > 0)
            slice->pieces[i] = piece_make(piece->block, piece->offset + skip, piece->length - skip - cut);
    }
    text_sum(slice);
    return slice;
}

const char *text_run(const struct text *text, uint32_t byte, uint32_t *ret_length) {
    uint32_t index = piece_at(text, byte);
    if (index == text->count) {
        *ret_length = 0;
        return "";
    }
    const struct piece *piece = &text->pieces[index];
    uint32_t skip = byte - piece->start_byte;
    /* Neighbours from one block are one run. */
    uint32_t length = piece->length - skip;
    for (uint32_t next = index + 1; next < text->count; next++) {
        const struct piece *follower = &text->pieces[next];
        if (follower->block != piece->block || follower->offset != follower[-1].offset + follower[-1].length)
            break;
        length += follower->length;
    }
    *ret_length = length;
    return piece_bytes(piece) + skip;
}

void text_copy(const struct text *text, uint32_t start_byte, uint32_t end_byte, char *out) {
    if (end_byte > text->size) end_byte = text->size;
    while (start_byte < end_byte) {
        uint32_t length;
        const char *run = text_run(text, start_byte, &length);
        if (length > end_byte - start_byte) length = end_byte - start_byte;
        memcpy(out, run, length);
        out += length;
        start_byte += length;
    }
}

char *text_dup(const struct text *text, uint32_t start_byte, uint32_t end_byte) {
    if (end_byte > text->size) end_byte = text->size;
    if (start_byte > end_byte) start_byte = end_byte;
    char *bytes = mem_alloc((size_t)(end_byte - start_byte) + 1);
    text_copy(text, start_byte, end_byte, bytes);
    bytes[end_byte - start_byte] = 0;
    return bytes;
}

int text_byte_at(const struct text *text, uint32_t byte) {
    uint32_t index = piece_at(text, byte);
    if (index == text->count) return -1;
    const struct piece *piece = &text->pieces[index];
    return (unsigned char)piece_bytes(piece)[byte - piece->start_byte];
}

uint32_t text_line_count(const struct text *text) {
    return text->line_ends + 1;
}

static bool next_starts_lf(const struct text *text, uint32_t index) {
    return index + 1 < text->count && (text->pieces[index + 1].flags & PIECE_STARTS_LF);
}

/* Behind the count-th '\n' of a piece that has as many. */
static uint32_t behind_line_feeds(const struct piece *piece, uint32_t count) {
    const char *bytes = piece_bytes(piece), *found = bytes - 1;
    for (; count > 0; count--)
        found = memchr(found + 1, '\n', (size_t)(bytes + piece->length - found - 1));
    return piece->start_byte + (uint32_t)(found - bytes) + 1;
}

uint32_t text_line_start(const struct text *text, uint32_t line) {
    if (line == 0) return 0;
    if (line > text->line_ends) return text->size;
    /* The last piece with fewer line ends before it than `line` holds the end of the line before. */
    uint32_t low = 0, high = text->count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (text->pieces[middle].start_line < line)
            low = middle;
        else
            high = middle;
    }
    const struct piece *piece = &text->pieces[low];
    const char *bytes = piece_bytes(piece);
    uint32_t missing = line - piece->start_line, i = 0;
    if (!(piece->flags & PIECE_HAS_CR)) return behind_line_feeds(piece, missing);
    for (; i < piece->length; i++) {
        if (bytes[i] == '\n') {
            missing--;
        } else if (bytes[i] == '\r') {
            bool before_lf = i + 1 < piece->length ? bytes[i + 1] == '\n' : next_starts_lf(text, low);
            missing -= !before_lf;
        }
        if (missing == 0) break;
    }
    return piece->start_byte + i + 1;
}

uint32_t text_line_end(const struct text *text, uint32_t line) {
    if (line >= text->line_ends) return text->size;
    uint32_t start = text_line_start(text, line), next = text_line_start(text, line + 1);
    if (text_byte_at(text, next - 1) != '\n' || next - 1 == start) return next - 1;
    return text_byte_at(text, next - 2) == '\r' ? next - 2 : next - 1;
}

uint32_t text_line_of(const struct text *text, uint32_t byte) {
    uint32_t index = piece_at(text, byte);
    if (index == text->count) return text->line_ends;
    const struct piece *piece = &text->pieces[index];
    const char *bytes = piece_bytes(piece);
    uint32_t length = byte - piece->start_byte;
    /* A "\r" at the end of the piece before was not counted in start_line when this piece begins with its
     * "\n". */
    return piece->start_line + count_line_ends(bytes, length, piece->flags & PIECE_HAS_CR,
                                               length < piece->length && bytes[length] == '\n');
}

static uint32_t row_start(const struct text *text, uint32_t row) {
    if (row == 0) return 0;
    uint32_t low = 0, high = text->count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (text->pieces[middle].start_row < row)
            low = middle;
        else
            high = middle;
    }
    return behind_line_feeds(&text->pieces[low], row - text->pieces[low].start_row);
}

struct text_row text_row_of(const struct text *text, uint32_t byte) {
    if (byte > text->size) byte = text->size;
    uint32_t index = piece_at(text, byte), row = text->rows;
    if (index < text->count) {
        const struct piece *piece = &text->pieces[index];
        row = piece->start_row + count_line_ends(piece_bytes(piece), byte - piece->start_byte, false, false);
    }
    return (struct text_row){row, byte - row_start(text, row)};
}

/* The contiguous run that ends before byte; byte is above 0. */
static const char *run_before(const struct text *text, uint32_t byte, uint32_t *ret_length) {
    const struct piece *piece = &text->pieces[piece_at(text, byte - 1)];
    *ret_length = byte - piece->start_byte;
    return piece_bytes(piece);
}

static uint32_t minimum(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

static void trim_prefix(const struct text *old_text, const struct text *new_text, struct text_hunk *hunk) {
    while (hunk->old_start < hunk->old_end && hunk->new_start < hunk->new_end) {
        uint32_t old_length, new_length, i = 0;
        const char *old_run = text_run(old_text, hunk->old_start, &old_length);
        const char *new_run = text_run(new_text, hunk->new_start, &new_length);
        uint32_t length = minimum(minimum(old_length, new_length),
                                  minimum(hunk->old_end - hunk->old_start, hunk->new_end - hunk->new_start));
        if (old_run == new_run) i = length;
        while (i + COMPARE_STEP <= length && memcmp(old_run + i, new_run + i, COMPARE_STEP) == 0)
            i += COMPARE_STEP;
        while (i < length && old_run[i] == new_run[i])
            i++;
        hunk->old_start += i;
        hunk->new_start += i;
        if (i < length) return;
    }
}

static void trim_suffix(const struct text *old_text, const struct text *new_text, struct text_hunk *hunk) {
    while (hunk->old_start < hunk->old_end && hunk->new_start < hunk->new_end) {
        uint32_t old_length, new_length, i = 0;
        const char *old_run = run_before(old_text, hunk->old_end, &old_length) + old_length;
        const char *new_run = run_before(new_text, hunk->new_end, &new_length) + new_length;
        uint32_t length = minimum(minimum(old_length, new_length),
                                  minimum(hunk->old_end - hunk->old_start, hunk->new_end - hunk->new_start));
        if (old_run - old_length == new_run - new_length && old_length == new_length) i = length;
        while (i + COMPARE_STEP <= length &&
               memcmp(old_run - i - COMPARE_STEP, new_run - i - COMPARE_STEP, COMPARE_STEP) == 0)
            i += COMPARE_STEP;
        while (i < length && old_run[-1 - (ptrdiff_t)i] == new_run[-1 - (ptrdiff_t)i])
            i++;
        hunk->old_end -= i;
        hunk->new_end -= i;
        if (i < length) return;
    }
}

static bool piece_same(const struct piece *a, const struct piece *b) {
    return a->block == b->block && a->offset == b->offset && a->length == b->length;
}

static int piece_order(const void *left, const void *right) {
    const struct piece *a = *(const struct piece *const *)left, *b = *(const struct piece *const *)right;
    if (a->block != b->block) return (uintptr_t)a->block < (uintptr_t)b->block ? -1 : 1;
    return a->offset < b->offset ? -1 : a->offset > b->offset;
}

struct hunk_list {
    const struct text *old_text, *new_text;
    struct text_hunk *hunks;
    size_t count, max;
};

static void hunk_add(struct hunk_list *list, struct text_hunk hunk) {
    trim_prefix(list->old_text, list->new_text, &hunk);
    trim_suffix(list->old_text, list->new_text, &hunk);
    if (hunk.old_start == hunk.old_end && hunk.new_start == hunk.new_end) return;
    if (list->count == list->max) {
        list->hunks[list->max - 1].old_end = hunk.old_end;
        list->hunks[list->max - 1].new_end = hunk.new_end;
        return;
    }
    list->hunks[list->count++] = hunk;
}

static uint32_t piece_start(const struct text *text, uint32_t index) {
    return index < text->count ? text->pieces[index].start_byte : text->size;
}

size_t text_diff(const struct text *old_text, const struct text *new_text, struct text_hunk *hunks,
                 size_t max_hunks) {
    if (old_text == new_text || max_hunks == 0) return 0;
    uint32_t low = 0, old_end = old_text->count, new_end = new_text->count;
    while (low < old_end && low < new_end && piece_same(&old_text->pieces[low], &new_text->pieces[low]))
        low++;
    while (old_end > low && new_end > low &&
           piece_same(&old_text->pieces[old_end - 1], &new_text->pieces[new_end - 1])) {
        old_end--;
        new_end--;
    }

    /* Between the common ends, shared pieces are found by address and taken in order. */
    struct hunk_list list = {old_text, new_text, hunks, 0, max_hunks};
    uint32_t old_done = low, new_done = low, candidates = old_end - low;
    const struct piece **sorted = mem_alloc((candidates + 1) * sizeof *sorted);
    for (uint32_t i = 0; i < candidates; i++)
        sorted[i] = &old_text->pieces[low + i];
    if (candidates > 1) qsort(sorted, candidates, sizeof *sorted, piece_order);
    for (uint32_t i = low; i < new_end; i++) {
        const struct piece *piece = &new_text->pieces[i];
        const struct piece **found = bsearch(&piece, sorted, candidates, sizeof *sorted, piece_order);
        if (!found || !piece_same(*found, piece)) continue;
        uint32_t match = (uint32_t)(*found - old_text->pieces);
        if (match < old_done) continue; /* moved backwards: it counts as changed */
        hunk_add(&list, (struct text_hunk){piece_start(old_text, old_done), piece_start(old_text, match),
                                           piece_start(new_text, new_done), piece->start_byte});
        old_done = match + 1;
        new_done = i + 1;
    }
    hunk_add(&list, (struct text_hunk){piece_start(old_text, old_done), piece_start(old_text, old_end),
                                       piece_start(new_text, new_done), piece_start(new_text, new_end)});
    mem_free(sorted);
    return list.count;
}

struct hash128 text_hash(const struct text *text) {
    struct hash_stream *stream = hash_stream_create();
    for (uint32_t byte = 0, length; byte < text->size; byte += length) {
        const char *run = text_run(text, byte, &length);
        hash_stream_add(stream, run, length);
    }
    return hash_stream_destroy(stream);
}
