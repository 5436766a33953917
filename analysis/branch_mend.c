#include "analysis/branch_mend.h"

#include <string.h>

#define CHAIN_MAX       64  /* groups one in the other that are looked at */
#define SHARE_BYTES_MAX 256 /* of what stands behind a directive, in which a word is looked for */
#define NONE            UINT32_MAX

struct mend {
    const char *bytes;
    uint32_t length;
    struct c_tokens *tokens;
    struct branches *branches;
};

static const struct c_token *at(const struct mend *mend, uint32_t token) {
    return &mend->tokens->items[token];
}

static bool is_directive(const struct mend *mend, uint32_t token, enum c_directive kind) {
    return token < mend->tokens->count && at(mend, token)->kind == C_DIRECTIVE &&
           at(mend, token)->byte == kind;
}

static bool opens(const struct mend *mend, uint32_t token) {
    return is_directive(mend, token, C_DIRECTIVE_IF) || is_directive(mend, token, C_DIRECTIVE_IFDEF) ||
           is_directive(mend, token, C_DIRECTIVE_IFNDEF);
}

static bool is_word_byte(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '_';
}

/* Whether a word of bytes [start, end) with at least three letters stands in the other range, as far as both
 * are looked at. */
static bool share_word(const struct mend *mend, uint32_t start, uint32_t end, uint32_t other_start,
                       uint32_t other_end) {
    enum { WORD_MIN = 3 };
    if (end - start > SHARE_BYTES_MAX) end = start + SHARE_BYTES_MAX;
    if (other_end - other_start > SHARE_BYTES_MAX) other_end = other_start + SHARE_BYTES_MAX;
    for (uint32_t i = start; i < end; i++) {
        uint32_t stop = i;
        while (stop < end && is_word_byte(mend->bytes[stop]))
            stop++;
        uint32_t length = stop - i;
        bool keyword = length == 7 && !memcmp(mend->bytes + i, "defined", length);
        for (uint32_t k = other_start; !keyword && length >= WORD_MIN && k + length <= other_end; k++) {
            bool begins = k == other_start || !is_word_byte(mend->bytes[k - 1]);
            bool ends = k + length == other_end || !is_word_byte(mend->bytes[k + length]);
            if (begins && ends && !memcmp(mend->bytes + i, mend->bytes + k, length)) return true;
        }
        if (length) i = stop - 1;
    }
    return false;
}

static uint32_t group_start(const struct mend *mend, uint32_t group) {
    return mend->branches->items.items[mend->branches->groups.items[group].first_branch].token;
}

static uint32_t group_end(const struct mend *mend, uint32_t group) {
    return mend->branches->groups.items[group].end_token;
}

/* The last branch before one that an #else forbids; *ret_next: that one's directive, or the #endif. */
static uint32_t last_branch(const struct mend *mend, uint32_t group, uint32_t *ret_next) {
    uint32_t last = mend->branches->groups.items[group].first_branch, next;
    while ((next = branches_next(mend->branches, last)) != BRANCH_NONE) {
        *ret_next = mend->branches->items.items[next].token;
        if (is_directive(mend, mend->branches->items.items[last].token, C_DIRECTIVE_ELSE)) return last;
        last = next;
    }
    *ret_next = group_end(mend, group);
    return last;
}

/* Blanks before and behind the # of a directive. */
static uint32_t hash_indent(const struct mend *mend, uint32_t token) {
    uint32_t hash = at(mend, token)->start_byte, indent = 0;
    for (uint32_t i = hash; i-- > 0 && (mend->bytes[i] == ' ' || mend->bytes[i] == '\t');)
        indent++;
    for (uint32_t i = hash + 1; mend->bytes[i] == ' ' || mend->bytes[i] == '\t'; i++)
        indent++;
    return indent;
}

/* Whether the comment behind an #endif says that it is the group's. */
static bool comment_names(const struct mend *mend, uint32_t endif, uint32_t group) {
    uint32_t start, end, from, to;
    c_token_argument(mend->bytes, at(mend, endif), &start, &end);
    c_token_argument(mend->bytes, at(mend, group_start(mend, group)), &from, &to);
    return share_word(mend, start, end, from, to);
}

/* Braces opened less those closed in tokens [first, end), along the first branches. */
static int32_t balance(const struct mend *mend, uint32_t first, uint32_t end) {
    int32_t open = 0;
    uint32_t depth = 0, skipped = 0; /* groups open; the one of them whose other branches are passed over */
    for (uint32_t i = first; i < end; i++) {
        const struct c_token *token = at(mend, i);
        if (token->kind == C_DIRECTIVE) {
            if (opens(mend, i)) depth++;
            bool other = token->byte >= C_DIRECTIVE_ELIF && token->byte <= C_DIRECTIVE_ELSE;
            if (other && depth && !skipped) skipped = depth;
            if (token->byte == C_DIRECTIVE_ENDIF && depth) {
                if (skipped == depth) skipped = 0;
                depth--;
            }
        } else if (!skipped && token->byte == '{' && token->kind == C_OPEN) {
            open++;
        } else if (!skipped && token->byte == '}' && token->kind == C_CLOSE) {
            open--;
        }
    }
    return open;
}

/* #ifndef NAME, #define NAME at the head of the text. */
static bool is_guard(const struct mend *mend, uint32_t group) {
    uint32_t token = group_start(mend, group), start, end, from, to;
    if (token != 0 || !opens(mend, token) || token + 1 >= mend->tokens->count ||
        !is_directive(mend, token + 1, C_DIRECTIVE_OTHER))
        return false;
    c_token_argument(mend->bytes, at(mend, token), &start, &end);
    c_token_argument(mend->bytes, at(mend, token + 1), &from, &to);
    return share_word(mend, start, end, from, to);
}

/* ---- an #if without its #endif ---- */

/* How much tells that what closes the inner group is the outer one's #endif. */
static int took_end_of(const struct mend *mend, uint32_t inner, uint32_t outer) {
    uint32_t endif = group_end(mend, inner), next;
    uint32_t branch = mend->branches->items.items[last_branch(mend, inner, &next)].token;
    if (next != endif) return 9; /* a branch behind an #else */
    int evidence = 0;
    bool own = comment_names(mend, endif, inner), other = comment_names(mend, endif, outer);
    if (own != other) evidence += own ? -3 : 3;
    uint32_t indent = hash_indent(mend, endif), inside = hash_indent(mend, group_start(mend, inner)),
             outside = hash_indent(mend, group_start(mend, outer));
    if (inside != outside && (indent == inside || indent == outside)) evidence += indent == inside ? -3 : 3;
    /* extern "C" { has a branch of its own, and so has its end. */
    bool linkage = endif - branch <= 4;
    if (balance(mend, branch + 1, endif) != 0) evidence += linkage ? -2 : 2;
    if (is_guard(mend, outer)) evidence += endif + 1 == mend->tokens->count ? 1 : -3;
    return evidence;
}

/* The group directly inside this one whose #endif is likeliest this one's; NONE. */
static uint32_t taker_inside(const struct mend *mend, uint32_t group) {
    uint32_t found = NONE;
    int most = 0;
    for (uint32_t i = group + 1; i < mend->branches->groups.count; i++) {
        uint32_t parent = mend->branches->groups.items[i].parent;
        if (parent == BRANCH_NONE || mend->branches->items.items[parent].group != group) continue;
        int evidence = took_end_of(mend, i, group);
        if (evidence <= most) continue;
        most = evidence;
        found = i;
    }
    return found;
}

/* Whether an empty line stands before the token. */
static bool is_set_apart(const struct mend *mend, uint32_t token) {
    uint32_t i = at(mend, token - 1)->end_byte, lines = 0, end = at(mend, token)->start_byte;
    for (; i < end && lines < 2; i++) {
        if (mend->bytes[i] == '\n')
            lines++;
        else if (lines && mend->bytes[i] != ' ' && mend->bytes[i] != '\t' && mend->bytes[i] != '\r')
            return false;
    }
    return lines == 2;
}

/* The token before which the #endif of the group belongs, `limit` at the latest. */
static uint32_t place_of_end(const struct mend *mend, uint32_t group, uint32_t limit) {
    uint32_t next, branch = mend->branches->items.items[last_branch(mend, group, &next)].token;
    uint32_t indent = hash_indent(mend, group_start(mend, group));
    if (next < limit) limit = next;
    bool deeper = false; /* its directives are */
    int32_t open = 0;
    if (is_guard(mend, group)) return limit;
    for (uint32_t i = branch + 1; i < limit; i++) {
        const struct c_token *token = at(mend, i);
        bool directive = token->kind == C_DIRECTIVE;
        if (i > branch + 1 && open == 0 && is_set_apart(mend, i)) return i;
        if (directive && deeper && hash_indent(mend, i) <= indent) return i;
        if (directive && i == branch + 1) deeper = hash_indent(mend, i) > indent;
        bool linkage = i > branch + 1 && at(mend, i - 1)->kind == C_STRING;
        if (token->kind == C_OPEN && token->byte == '{' && !linkage) open++;
        if (token->kind == C_CLOSE && token->byte == '}' && --open < 0) return i;
        if (!opens(mend, i)) continue;
        /* A whole group inside. */
        for (uint32_t depth = 1; depth && i + 1 < limit;) {
            i++;
            depth += opens(mend, i);
            depth -= is_directive(mend, i, C_DIRECTIVE_ENDIF);
        }
    }
    return limit;
}

static bool mend_end(struct mend *mend, struct branch_gap *ret_gap) {
    uint32_t group = NONE, limit = (uint32_t)mend->tokens->count, unclosed = 0;
    for (uint32_t i = 0; i < mend->branches->groups.count; i++) {
        if (group_end(mend, i) != mend->tokens->count) continue;
        unclosed++;
        if (group == NONE) group = i;
    }
    if (unclosed != 1) return false;
    for (unsigned depth = 0; depth < CHAIN_MAX; depth++) {
        uint32_t inner = taker_inside(mend, group);
        if (inner == NONE) break;
        limit = group_end(mend, inner);
        group = inner;
    }
    uint32_t place = place_of_end(mend, group, limit);
    if (place == 0) return false;
    /* At the end of the line before; at the end of the text on its last line. */
    uint32_t byte = at(mend, place - 1)->end_byte;
    if (place == mend->tokens->count && mend->length > byte) byte = mend->length - 1;
    if (byte >= mend->length) return false;
    struct c_token endif = {byte, byte, C_DIRECTIVE, C_DIRECTIVE_ENDIF, false, true};
    vec_push(mend->tokens, endif);
    struct c_token *items = mend->tokens->items;
    memmove(items + place + 1, items + place, (mend->tokens->count - 1 - place) * sizeof *items);
    items[place] = endif;
    *ret_gap = (struct branch_gap){place, "missing `#endif`"};
    return true;
}

/* ---- an #endif without its #if ---- */

/* How much the token, alone on its line, looks like what is left of an #if; 0: not at all. */
static unsigned looks_left(const struct mend *mend, uint32_t token) {
    const struct c_token *word = at(mend, token);
    if (word->kind != C_WORD || !word->line_start || token + 1 >= mend->tokens->count ||
        !at(mend, token + 1)->line_start)
        return 0;
    if (token > 0 && at(mend, token - 1)->kind != C_DIRECTIVE && at(mend, token - 1)->byte != ';' &&
        at(mend, token - 1)->byte != '}' && at(mend, token - 1)->byte != '{')
        return 0;
    bool upper = true, directive = at(mend, token + 1)->kind == C_DIRECTIVE;
    for (uint32_t i = word->start_byte; i < word->end_byte; i++)
        upper &= mend->bytes[i] < 'a' || mend->bytes[i] > 'z';
    if (directive && is_directive(mend, token + 1, C_DIRECTIVE_OTHER)) {
        uint32_t start, end;
        c_token_argument(mend->bytes, at(mend, token + 1), &start, &end);
        if (share_word(mend, word->start_byte, word->end_byte, start, end)) return 4; /* a guard */
    }
    return upper ? 1u + directive : 0;
}

static bool mend_begin(struct mend *mend, struct branch_gap *ret_gap) {
    uint32_t stray = mend->branches->stray_token, found = NONE;
    unsigned best = 0;
    for (uint32_t i = 0; i < stray; i++) {
        unsigned likely = looks_left(mend, i);
        if (!likely || likely < best) continue;
        best = likely;
        found = i;
    }
    if (found == NONE) return false;
    struct c_token *token = &mend->tokens->items[found];
    token->kind = C_DIRECTIVE;
    token->byte = best == 4 ? C_DIRECTIVE_IFNDEF : C_DIRECTIVE_IFDEF;
    *ret_gap = (struct branch_gap){found, best == 4 ? "missing `#ifndef`" : "missing `#ifdef` or `#ifndef`"};
    return true;
}

bool branch_mend(const char *bytes, uint32_t length, struct c_tokens *tokens, struct branches *branches,
                 struct branch_gap *ret_gap) {
    struct mend mend = {bytes, length, tokens, branches};
    bool stray = branches->stray_token != BRANCH_NONE, unclosed = branches->unclosed_token != BRANCH_NONE;
    if (stray == unclosed) return false;
    if (!(stray ? mend_begin(&mend, ret_gap) : mend_end(&mend, ret_gap))) return false;
    branches_find(bytes, tokens, branches);
    return true;
}
