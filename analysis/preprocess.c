#include "analysis/preprocess.h"

#include "analysis/branch_mend.h"
#include "analysis/carry.h"
#include "analysis/cplusplus.h"
#include "analysis/directive_check.h"
#include "analysis/error_walk.h"
#include "analysis/fragment.h"
#include "analysis/rule_notes.h"
#include "analysis/sound.h"
#include "analysis/syntax.h"

#include <string.h>

#define GOES_ON_TOKENS  8          /* of what may belong to the item before it */
#define HEAD_BYTES      48         /* by which an edited item is known again */
#define ITEM_BYTES_MAX  (4u << 20) /* a piece with a larger item is left as its tree has it */
#define KEPT_BYTES      (1u << 20) /* of a piece, until the next is looked at */
#define JOINED_MAX      64         /* items that a macro's open brace puts together */
#define DIRECTIVE_BYTES 4096       /* longer lines are not looked at for directives */

struct preprocessor {
    struct c_scan *scan; /* of the piece looked at last */
    uint32_t start_byte;
    struct c_tokens tokens; /* its tokens, with directives where the text has what is left of them */
    struct branches branches;
    struct branch_gap gap; /* the one among them that is not there, or only by its name; its token is
                              BRANCH_NONE: there is none */
    struct items items;
    bool foreign; /* it is no C: there are no items */
    struct sound_ranges sound;
    struct known_items known;
    struct {
        VEC_FIELDS(uint32_t);
    } starts;
    struct item_judge *judge;
};

struct preprocessor *preprocessor_create(struct c_scan *scan) {
    struct preprocessor *preprocessor = mem_zalloc(sizeof *preprocessor);
    preprocessor->scan = scan;
    preprocessor->judge = item_judge_create();
    return preprocessor;
}

void preprocessor_destroy(struct preprocessor *preprocessor) {
    if (!preprocessor) return;
    vec_finish(&preprocessor->tokens);
    branches_finish(&preprocessor->branches);
    vec_finish(&preprocessor->items);
    vec_finish(&preprocessor->sound);
    vec_finish(&preprocessor->known);
    vec_finish(&preprocessor->starts);
    item_judge_destroy(preprocessor->judge);
    mem_free(preprocessor);
}

/* ---- items ---- */

static struct hash128 salted(struct hash128 key, uint64_t salt) {
    key.low ^= salt * UINT64_C(0x9e3779b97f4a7c15);
    key.high += salt;
    return key;
}

static struct item_question question_of(const struct preprocessor *own,
                                        const struct preprocess_request *request, const char *bytes) {
    return (struct item_question){.language = syntax_language(request->syntax),
                                  .bytes = bytes,
                                  .tokens = &own->tokens,
                                  .branches = &own->branches,
                                  .env = request->env,
                                  .rules = request->rules,
                                  .parser = request->parser,
                                  .cancel = request->cancel};
}

/* How an item that begins the same was read before the edit, by the same macros. */
static uint8_t hint_of(const struct preprocess_request *request, uint64_t head) {
    const struct readings *previous = request->previous;
    if (previous && previous->env_id != macro_env_id(request->env)) return ITEM_STAGE_UNKNOWN;
    for (size_t i = 0; previous && i < previous->placed.count; i++)
        if (previous->placed.items[i].reading->head == head) return previous->placed.items[i].reading->stage;
    return request->earlier ? 0 : ITEM_STAGE_UNKNOWN; /* what is not there needed no reading */
}

/* Whether some of its directives are told by the text around it (lost_line.h). */
static bool has_lost_line(const struct preprocessor *own, const struct preprocess_request *request,
                          const struct item *item) {
    const struct lost_lines *lines = rule_notes_lines(request->syntax);
    for (uint32_t i = item->first_token; i < item->end_token && lines->count && item->directives; i++) {
        const struct c_token *token = &own->tokens.items[i];
        if (token->kind == C_DIRECTIVE && lost_lines_at(lines, own->start_byte + token->start_byte))
            return true;
    }
    return false;
}

/* NULL when cancelled. */
static struct reading *read_item(struct preprocessor *own, const struct preprocess_request *request,
                                 const struct item *item, const char *piece_bytes) {
    uint32_t start = own->tokens.items[item->first_token].start_byte;
    uint32_t end = own->tokens.items[item->end_token - 1].end_byte;
    struct hash128 hash = hash128(piece_bytes + start, end - start);
    struct hash128 key = salted(hash, 1), env_key = salted(hash, macro_env_id(request->env) * 2 + 2);
    bool whole = !has_lost_line(own, request, item); /* its bytes say all of it */
    struct reading *known = whole ? readings_lookup(request->previous, key) : NULL;
    if (!known && whole) known = readings_lookup(request->previous, env_key);
    if (known) return reading_ref(known);
    struct item_question question = question_of(own, request, piece_bytes);
    uint32_t in_text = own->start_byte + start;
    const struct broken_stretch *broken = request->broken;
    question.broken = broken && in_text <= broken->start_byte && in_text + (end - start) >= broken->end_byte;
    struct item_verdict verdict;
    uint64_t head = hash64(piece_bytes + start, end - start < HEAD_BYTES ? end - start : HEAD_BYTES, 0);
    if (!item_judge_read(own->judge, &question, item, hint_of(request, head), &verdict)) return NULL;
    verdict.reading->head = head;
    if (whole) verdict.reading->key = verdict.by_macros || verdict.reading->broken ? env_key : key;
    return verdict.reading;
}

/* A macro's braces may end an item too early: `CATALOG(x) { ... } Form_x;` declares a type. */
static bool may_go_on(const struct preprocessor *own, size_t index) {
    if (index + 1 >= own->items.count) return false;
    const struct item *item = &own->items.items[index], *next = item + 1;
    const struct c_token *last = &own->tokens.items[item->end_token - 1];
    return last->kind == C_CLOSE && last->byte == '}' &&
           next->end_token - next->first_token <= GOES_ON_TOKENS &&
           own->tokens.items[next->first_token].kind == C_WORD;
}

static void note_directives(const struct preprocessor *own, struct item *item) {
    for (uint32_t i = item->first_token; i < item->end_token; i++) {
        if (own->tokens.items[i].kind != C_DIRECTIVE) continue;
        item->directives = true;
        item->conditional |= own->tokens.items[i].byte != C_DIRECTIVE_OTHER;
    }
}

/* Items first to last as one. NULL when cancelled. */
static struct reading *read_items(struct preprocessor *own, const struct preprocess_request *request,
                                  size_t first, size_t last, const char *piece_bytes) {
    struct item joined = {.first_token = own->items.items[first].first_token,
                          .end_token = own->items.items[last].end_token};
    note_directives(own, &joined);
    return read_item(own, request, &joined, piece_bytes);
}

/* The item that failed at `index` and those behind it, up to where all braces of macros are closed again: one
 * item when that is good, or when braces say that it is one. NULL: it is not. *ret_last: its last item. */
static struct reading *read_joined(struct preprocessor *own, const struct preprocess_request *request,
                                   size_t index, int32_t balance, const char *piece_bytes, size_t *ret_last) {
    bool opened = balance > 0; /* by itself it can't be good */
    struct item_question question = question_of(own, request, piece_bytes);
    size_t last = index;
    while (last + 1 < own->items.count && last + 1 < index + JOINED_MAX && (balance > 0 || last == index))
        balance += item_judge_balance(own->judge, &question, &own->items.items[++last]);
    if (balance != 0) return NULL;
    struct reading *reading = read_items(own, request, index, last, piece_bytes);
    *ret_last = last;
    if (!reading || !reading->broken || opened) return reading;
    reading_unref(reading);
    return NULL;
}

/* The same for an item whose macros close what was opened before it, by items that parse as they stand. */
static struct reading *read_joined_back(struct preprocessor *own, const struct preprocess_request *request,
                                        size_t index, int32_t balance, const char *piece_bytes,
                                        size_t *ret_first) {
    struct item_question question = question_of(own, request, piece_bytes);
    size_t first = index;
    while (first > 0 && index - first < JOINED_MAX && balance < 0)
        balance += item_judge_balance(own->judge, &question, &own->items.items[--first]);
    if (balance != 0) return NULL;
    *ret_first = first;
    return read_items(own, request, first, index, piece_bytes);
}

static bool is_any_directive(TSNode node) {
    return !ts_node_is_null(node) && !strcmp(ts_node_type(node), "preproc_call");
}

/* A directive that is wrong in itself: broken when the grammar says so too, else refused. message: what is
 * wrong with it; or NULL. */
static struct reading *read_directive(const struct preprocess_request *request, uint32_t start_byte,
                                      uint32_t end_byte, const char *message) {
    uint32_t length = end_byte - start_byte;
    struct reading *reading = reading_create();
    reading->as_is = true;
    reading->shown = text_slice(syntax_text(request->syntax), start_byte, end_byte);
    reading->tree = parser_parse_range(request->parser, syntax_language(request->syntax), reading->shown, 0,
                                       length, NULL, request->cancel);
    vec_push(&reading->spans, (struct reading_span){.end_byte = length, .copied = true});
    reading->broken = reading->tree && ts_node_has_error(ts_tree_root_node(reading->tree));
    /* Alone, a branch's directive is one of any name to the grammar, which misses its line end. */
    if (reading->broken && message)
        reading->broken = !is_any_directive(ts_node_child(ts_tree_root_node(reading->tree), 0));
    if (!reading->broken && message) {
        struct rule_violation violation = {.end_byte = length,
                                           .code = FINDING_SYNTAX,
                                           .severity = SEVERITY_ERROR,
                                           .remedy = REMEDY_UNKNOWN,
                                           .message = message};
        vec_push(&reading->violations, violation);
    }
    if (reading->broken || message) return reading;
    reading_unref(reading);
    return NULL;
}

/* ---- the piece ---- */

/* What is good without being looked at: what the tree reads, or read before the edit. */
enum trust { TRUST_NONE, TRUST_TREE, TRUST_EARLIER };

static enum trust trust_of(const struct preprocessor *own, const struct preprocess_request *request,
                           size_t *next_sound, uint32_t start, uint32_t end) {
    if (masks_meet(&request->syntax->masks, start, end)) return TRUST_NONE; /* the tree has not seen it all */
    if (sound_holds(&own->sound, next_sound, start, end)) return TRUST_TREE;
    return known_items_good(&own->known, start, end) ? TRUST_EARLIER : TRUST_NONE;
}

/* The bytes of the piece and their tokens, which owe most to the version before. */
static void scan_piece(struct preprocessor *own, const struct text *text, const struct lost_lines *lines,
                       struct syntax_piece piece) {
    c_scan_take(own->scan, text_dup(text, piece.start_byte, piece.end_byte),
                piece.end_byte - piece.start_byte);
    const struct c_tokens *scanned = c_scan_tokens(own->scan);
    own->start_byte = piece.start_byte;
    vec_reserve(&own->tokens, scanned->count);
    own->tokens.count = scanned->count;
    if (scanned->count) memcpy(own->tokens.items, scanned->items, scanned->count * sizeof *own->tokens.items);
    lost_lines_hide(lines, piece.start_byte, piece.end_byte, &own->tokens);
}

/* What a giant would hold on to is scanned again. */
static void forget_giant(struct preprocessor *own) {
    if (own->scan->length <= KEPT_BYTES) return;
    c_scan_forget(own->scan);
    vec_finish(&own->tokens);
}

/* The items of the piece. A brace left open makes one of all that follow; then those that stood there before
 * the edit still begin where they began. */
static void split_items(struct preprocessor *own, struct syntax_piece piece, bool whole) {
    const char *bytes = own->scan->bytes;
    branches_find(bytes, &own->tokens, &own->branches);
    own->gap.token = BRANCH_NONE;
    if (whole) branch_mend(bytes, own->scan->length, &own->tokens, &own->branches, &own->gap);
    vec_clear(&own->items);
    own->foreign = whole && cplusplus_is_told(bytes, &own->tokens, &own->branches);
    if (own->foreign) return;
    if (whole && fragment_is_list(&own->tokens)) {
        struct item all = {.end_token = (uint32_t)own->tokens.count, .elements = true};
        note_directives(own, &all);
        vec_push(&own->items, all);
        return;
    }
    bool closed = items_split(bytes, &own->tokens, &own->branches, NULL, 0, &own->items);
    if (closed || !own->known.count) return;
    vec_clear(&own->starts);
    size_t known = known_items_from(&own->known, piece.start_byte);
    for (uint32_t i = 0; i < own->tokens.count && known < own->known.count; i++) {
        uint32_t byte = own->tokens.items[i].start_byte + piece.start_byte;
        while (known < own->known.count && own->known.items[known].start_byte < byte)
            known++;
        if (known < own->known.count && own->known.items[known].start_byte == byte) vec_push(&own->starts, i);
    }
    vec_clear(&own->items);
    items_split(bytes, &own->tokens, &own->branches, own->starts.items, own->starts.count, &own->items);
}

/* What is wrong in the piece's own tree is what is wrong, and nothing of the piece is hidden from the parser.
 */
static bool is_plain(const struct branches *branches, const TSTree *tree, uint32_t offset,
                     const struct readings *readings) {
    for (size_t i = 0; i < branches->items.count; i++)
        if (branches->items.items[i].dead) return false;
    bool plain = true;
    if (!tree) return true;
    struct error_walk walk;
    TSNode node;
    error_walk_init(&walk, tree, true);
    while (plain && error_walk_next(&walk, &node)) {
        uint32_t start = ts_node_start_byte(node) + offset;
        size_t at = readings_find(readings, start);
        plain = at != SIZE_MAX && readings->placed.items[at].reading->broken &&
                start <= readings->placed.items[at].end_byte;
    }
    error_walk_finish(&walk);
    return plain;
}

/* Takes away what was found from `start` on; false when something reaches over it: nothing is taken. */
static bool take_back(struct readings *readings, size_t placed, size_t trusted, uint32_t start) {
    size_t kept = readings->placed.count;
    while (kept > placed && readings->placed.items[kept - 1].start_byte >= start)
        kept--;
    if (kept > placed && readings->placed.items[kept - 1].end_byte > start) return false;
    while (readings->placed.count > kept) {
        struct reading *last = readings->placed.items[--readings->placed.count].reading;
        readings->broken_count -= last->broken;
        reading_unref(last);
    }
    while (readings->trusted.count > trusted &&
           readings->trusted.items[readings->trusted.count - 1].start_byte >= start)
        readings->trusted.count--;
    return true;
}

/* A directive that is not there, at the end of the line before or where its line begins. */
static struct reading *read_gap(const struct branch_gap *gap) {
    struct reading *reading = reading_create();
    struct rule_violation violation = {
        .code = FINDING_MISSING_TOKEN, .severity = SEVERITY_ERROR, .message = gap->message};
    vec_push(&reading->violations, violation);
    return reading;
}

/* Wrong directives are items of their own: between items and, when the item itself is good, instead of it.
 * Whether there is one that is wrong in itself: to the piece's tree the lines behind it may be part of it. */
static bool place_directives(const struct preprocess_request *request, const struct preprocessor *own,
                             const char *bytes, uint32_t piece_start, uint32_t first, uint32_t last,
                             struct readings *readings) {
    /* In a part of a text the other half may lie in another part. */
    bool whole = syntax_piece_count(request->syntax) == 1, wrong = false;
    const struct lost_lines *lines = rule_notes_lines(request->syntax);
    for (uint32_t i = first; i < last; i++) {
        const struct c_token *token = &own->tokens.items[i];
        if (token->kind != C_DIRECTIVE) continue;
        if (i == own->gap.token) {
            uint32_t end = token->end_byte > token->start_byte ? token->end_byte : token->start_byte + 1;
            readings_place(readings, piece_start + token->start_byte, piece_start + end, read_gap(&own->gap));
            wrong = true;
            continue;
        }
        if (lost_lines_at(lines, piece_start + token->start_byte)) continue; /* all is said of it */
        bool unpaired = whole && (i == own->branches.stray_token || i == own->branches.unclosed_token);
        const char *message = directive_check(bytes, token, NULL);
        if (!unpaired && !message) continue;
        uint32_t around = branches_around(&own->branches, i);
        if (around != BRANCH_NONE && own->branches.items.items[around].dead) continue;
        uint32_t start = piece_start + token->start_byte, end = piece_start + token->end_byte;
        struct reading *reading = read_directive(request, start, end, message);
        if (reading) readings_place(readings, start, end, reading);
        wrong |= reading && message;
    }
    return wrong;
}

/* What else than its bytes decides how a piece is read. */
static uint64_t means_of(const struct preprocess_request *request, struct syntax_piece piece) {
    uint64_t hash = macro_env_id(request->env);
    for (size_t i = 0; i < request->doubts.count; i++) {
        uint32_t doubt = request->doubts.items[i];
        if (doubt < piece.start_byte || doubt >= piece.end_byte) continue;
        doubt -= piece.start_byte;
        hash = hash64(&doubt, sizeof doubt, hash);
    }
    const struct lost_lines *lines = rule_notes_lines(request->syntax);
    for (size_t i = 0; i < lines->count; i++) {
        const struct lost_line *line = &lines->items[i];
        if (line->start_byte < piece.start_byte || line->start_byte >= piece.end_byte) continue;
        uint32_t place[] = {line->start_byte - piece.start_byte, line->hidden};
        hash = hash64(place, sizeof place, hash);
    }
    return hash;
}

bool preprocess_piece(struct preprocessor *own, const struct preprocess_request *request,
                      struct readings *readings) {
    struct syntax_piece piece = syntax_piece_at(request->syntax, request->piece);
    uint64_t means = means_of(request, piece);
    if (carry_piece(request, means, readings)) return true;
    /* A tree without an error has nothing else to say; of a large text it may have been dropped. */
    TSTree *tree =
        piece.has_error ? syntax_piece_tree(request->syntax, request->piece, request->parser) : NULL;
    if (piece.has_error && !tree) return false;
    struct read_start start_of_piece = readings_start(readings);
    size_t next_sound = 0;
    vec_clear(&own->sound);
    vec_clear(&own->known);
    if (tree)
        sound_find(tree, piece.start_byte, false, &own->sound);
    else
        vec_push(&own->sound, (struct sound_range){piece.start_byte, piece.end_byte, false});
    if (request->earlier)
        known_items_find(request->earlier, syntax_text(request->syntax), piece.start_byte, piece.end_byte,
                         &own->known);
    scan_piece(own, syntax_text(request->syntax), rule_notes_lines(request->syntax), piece);
    split_items(own, piece, syntax_piece_count(request->syntax) == 1);
    if (own->foreign) readings_place(readings, piece.start_byte, piece.end_byte, reading_create());
    const char *bytes = own->scan->bytes;
    bool done = true, too_large = false, wrong_directive = false;
    size_t doubt = 0;
    uint32_t at = 0; /* token behind the last item */
    for (size_t i = 0; i < own->items.count && done; i++) {
        const struct item *item = &own->items.items[i];
        wrong_directive |=
            place_directives(request, own, bytes, piece.start_byte, at, item->first_token, readings);
        at = item->end_token;
        uint32_t start = piece.start_byte + own->tokens.items[item->first_token].start_byte;
        uint32_t end = piece.start_byte + own->tokens.items[item->end_token - 1].end_byte;
        while (doubt < request->doubts.count && request->doubts.items[doubt] < start)
            doubt++;
        bool doubted = doubt < request->doubts.count && request->doubts.items[doubt] < end;
        enum trust trust = trust_of(own, request, &next_sound, start, end);
        /* A closing brace of nothing: to a tree it may belong to what a branch opens. */
        bool closes = own->tokens.items[item->first_token].kind == C_CLOSE;
        bool gap = item->first_token <= own->gap.token && own->gap.token < item->end_token;
        if (trust != TRUST_NONE && !doubted && !closes && !gap) {
            vec_push(&readings->trusted, (struct trusted_range){start, end, trust == TRUST_EARLIER});
            continue;
        }
        too_large = end - start > ITEM_BYTES_MAX;
        if (too_large) break;
        struct reading *reading = read_item(own, request, item, bytes);
        done = reading != NULL;
        if (!done) break;
        size_t last = i, first = i;
        struct reading *joined = reading->broken && (reading->balance > 0 || may_go_on(own, i))
                                     ? read_joined(own, request, i, reading->balance, bytes, &last)
                                     : NULL;
        if (joined) {
            reading_unref(reading);
            reading = joined;
            i = last;
            at = own->items.items[i].end_token;
            end = piece.start_byte + own->tokens.items[at - 1].end_byte;
        } else if (reading->broken && reading->balance < 0 &&
                   (joined = read_joined_back(own, request, i, reading->balance, bytes, &first))) {
            uint32_t from =
                piece.start_byte + own->tokens.items[own->items.items[first].first_token].start_byte;
            bool taken = take_back(readings, start_of_piece.placed, start_of_piece.trusted, from);
            reading_unref(taken ? reading : joined);
            if (taken) {
                reading = joined;
                start = from;
            } else {
                first = i;
            }
        }
        bool wrong = reading->broken || reading->violations.count;
        if (wrong && cancel_reached(request->cancel)) { /* more time might have made it good */
            reading_unref(reading);
            done = false;
            break;
        }
        size_t count = readings->placed.count;
        if (!reading->broken)
            wrong_directive |= place_directives(request, own, bytes, piece.start_byte,
                                                own->items.items[first].first_token, at, readings);
        if (readings->placed.count > count)
            reading_unref(reading);
        else
            readings_place(readings, start, end, reading);
    }
    readings->env_id = macro_env_id(request->env);
    if (done && !too_large) {
        wrong_directive |= place_directives(request, own, bytes, piece.start_byte, at,
                                            (uint32_t)own->tokens.count, readings);
        bool elements = own->items.count && own->items.items[0].elements;
        bool plain = !wrong_directive && !elements && !own->foreign &&
                     !masks_meet(&request->syntax->masks, piece.start_byte, piece.end_byte) &&
                     is_plain(&own->branches, tree, piece.start_byte, readings);
        readings_end_piece(readings, start_of_piece,
                           (struct read_piece){.piece = request->piece,
                                               .id = piece.id,
                                               .start_byte = piece.start_byte,
                                               .means = means,
                                               .plain = plain});
        readings->read_broken_count += piece.has_error;
    } else {
        readings_take_back(readings, start_of_piece);
    }
    ts_tree_delete(tree);
    forget_giant(own);
    return done;
}

bool preprocess_finds_broken(struct preprocessor *own, const struct item_question *question,
                             uint32_t length) {
    vec_clear(&own->tokens);
    c_token_scan(question->bytes, length, &own->tokens);
    if (!own->tokens.count) return false;
    branches_find(question->bytes, &own->tokens, &own->branches);
    struct item_question with_tokens = *question;
    with_tokens.tokens = &own->tokens;
    with_tokens.branches = &own->branches;
    struct item item = {.end_token = (uint32_t)own->tokens.count};
    struct item_verdict verdict;
    note_directives(own, &item);
    if (!item_judge_read(own->judge, &with_tokens, &item, 0, &verdict)) return false;
    bool broken = verdict.reading->broken;
    reading_unref(verdict.reading);
    return broken;
}
