#include "analysis/bracket.h"

#include "base/mem.h"

#define OPEN_MAX        4096 /* brackets open at once that are followed; deeper ones stay unmatched */
#define LOOK_MAX        64   /* openers compared with one closer */
#define HEAD_TOKENS_MAX 256  /* of a statement before its block */
#define LISTED_MAX      256  /* openers left open and closers to spare that are remembered */

/* An opener and the indentations at which its closer may begin a line. */
struct open_bracket {
    uint32_t token;
    uint16_t own;       /* of its line */
    uint16_t base;      /* of the line where brackets closed on its line were opened: `if (a &&` for `b) {` */
    uint16_t statement; /* of the line that its line continues */
};

struct left {
    uint32_t opener, passing; /* the closer that passed over it */
};

struct matcher {
    const char *bytes;
    const struct token *tokens;
    size_t token_count;
    uint32_t *match;
    struct open_bracket open[OPEN_MAX];
    uint32_t *inner; /* per token: the partner of a bracket between which all others have theirs by kind */
    bool *deeper;    /* per opener of such a pair: every line between is deeper than the one that closes it */
    struct left left[LISTED_MAX];
    uint32_t spare[LISTED_MAX];
    unsigned open_count, left_count, spare_count;
    /* Of the line being read. */
    uint16_t base, statement;
};

char bracket_closer(char opener) {
    return opener == '(' ? ')' : opener == '[' ? ']' : opener == '{' ? '}' : 0;
}

static char char_of(const struct matcher *matcher, uint32_t token) {
    return matcher->bytes[matcher->tokens[token].start_byte];
}

static bool belongs(const struct matcher *matcher, uint32_t opener, uint32_t closer) {
    return bracket_closer(char_of(matcher, opener)) == char_of(matcher, closer);
}

static void pair(struct matcher *matcher, uint32_t opener, uint32_t closer) {
    matcher->match[opener] = closer;
    matcher->match[closer] = opener;
}

/* ---- by kind alone ---- */

static bool match_by_kind(struct matcher *matcher, const struct token_list *tokens) {
    unsigned count = 0;
    for (uint32_t i = 0; i < tokens->count; i++) {
        uint8_t kind = tokens->items[i].kind;
        if (kind == TOKEN_OPEN) {
            if (count == OPEN_MAX) return false;
            matcher->open[count++].token = i;
        } else if (kind == TOKEN_CLOSE) {
            if (!count || !belongs(matcher, matcher->open[count - 1].token, i)) return false;
            pair(matcher, matcher->open[--count].token, i);
        }
    }
    return count == 0;
}

static void note_line(struct open_bracket *open, uint16_t indent) {
    if (indent < open->base) open->base = indent;
}

/* What is wrong elsewhere says nothing of brackets between which nothing is: fills inner and deeper. */
static void pair_inside(struct matcher *matcher, const struct token_list *tokens) {
    unsigned count = 0;
    for (uint32_t i = 0; i < tokens->count; i++) {
        const struct token *token = &tokens->items[i];
        bool line =
            token->flags & TOKEN_LINE_START && token->kind != TOKEN_COMMENT && token->kind != TOKEN_DIRECTIVE;
        matcher->inner[i] = BRACKET_NONE;
        if (token->kind == TOKEN_CLOSE && count && belongs(matcher, matcher->open[count - 1].token, i)) {
            struct open_bracket open = matcher->open[--count]; /* its base: the least deep line inside */
            matcher->inner[open.token] = i;
            matcher->inner[i] = open.token;
            matcher->deeper[open.token] = open.base > token->indent;
            if (count) note_line(&matcher->open[count - 1], open.base);
        } else if (token->kind == TOKEN_CLOSE) {
            count = 0;
        }
        if (line && count) note_line(&matcher->open[count - 1], token->indent);
        if (token->kind != TOKEN_OPEN) continue;
        if (count == OPEN_MAX) count = 0;
        matcher->open[count++] = (struct open_bracket){.token = i, .base = UINT16_MAX};
    }
}

/* ---- by indentation ---- */

/* An opener that something outside it closed: a closer to spare inside it was its own. */
static void leave_open(struct matcher *matcher, uint32_t opener, uint32_t passing) {
    for (unsigned i = matcher->spare_count; i-- > 0 && matcher->spare[i] > opener;) {
        if (!belongs(matcher, opener, matcher->spare[i])) continue;
        pair(matcher, opener, matcher->spare[i]);
        matcher->spare_count = i;
        return;
    }
    if (matcher->left_count < LISTED_MAX)
        matcher->left[matcher->left_count++] = (struct left){opener, passing};
}

/* What lies inside a pair can be no partner of what comes later. */
static void forget_inside(struct matcher *matcher, uint32_t opener) {
    while (matcher->spare_count && matcher->spare[matcher->spare_count - 1] > opener)
        matcher->spare_count--;
    while (matcher->left_count && matcher->left[matcher->left_count - 1].opener > opener)
        matcher->left_count--;
}

static void close_at(struct matcher *matcher, unsigned at, uint32_t closer) {
    uint32_t opener = matcher->open[at].token;
    unsigned left_before = matcher->left_count;
    for (unsigned i = matcher->open_count; i-- > at + 1;)
        leave_open(matcher, matcher->open[i].token, closer);
    if (matcher->left_count == left_before) forget_inside(matcher, opener);
    pair(matcher, opener, closer);
    matcher->open_count = at;
    if (matcher->tokens[opener].line != matcher->tokens[closer].line) {
        matcher->base = matcher->open[at].base;
        matcher->statement = matcher->open[at].statement;
    }
}

/* A closer without an opener: when one was passed over before, the layout was sloppy there, and everything
 * closes one bracket later. */
static void close_nothing(struct matcher *matcher, uint32_t closer) {
    for (unsigned i = matcher->left_count; i-- > 0;) {
        struct left left = matcher->left[i];
        uint32_t outer = left.passing == BRACKET_NONE ? BRACKET_NONE : matcher->match[left.passing];
        if (!belongs(matcher, left.opener, closer) || outer == BRACKET_NONE ||
            !belongs(matcher, outer, closer) || !belongs(matcher, left.opener, left.passing))
            continue;
        pair(matcher, left.opener, left.passing);
        pair(matcher, outer, closer);
        matcher->left_count = i;
        return;
    }
    if (matcher->spare_count < LISTED_MAX) matcher->spare[matcher->spare_count++] = closer;
}

/* Whether a block that is open at this token is closed later on its line. */
static bool closes_on_line(const struct matcher *matcher, uint32_t token) {
    int depth = 0;
    for (uint32_t i = token + 1, looked = 0; i < matcher->token_count && looked < LOOK_MAX; i++, looked++) {
        if (matcher->tokens[i].line != matcher->tokens[token].line) break;
        if (matcher->tokens[i].kind != TOKEN_OPEN && matcher->tokens[i].kind != TOKEN_CLOSE) continue;
        if (char_of(matcher, i) == '{') depth++;
        if (char_of(matcher, i) == '}' && --depth < 0) return true;
    }
    return false;
}

/* Whether the closers right behind the end of a block, as in `}));`, belong to what is open outside its
 * opener. */
static bool fits_run(const struct matcher *matcher, unsigned at, uint32_t closer) {
    if (char_of(matcher, closer) != '}') return true;
    uint32_t line = matcher->tokens[closer].line;
    for (uint32_t i = closer + 1; i < matcher->token_count && at > 0; i++) {
        const struct token *token = &matcher->tokens[i];
        if (token->kind != TOKEN_CLOSE || token->line != line) break;
        if (!belongs(matcher, matcher->open[--at].token, i)) return false;
    }
    return true;
}

/* A small bracket does not reach out of a block that goes on: that closer is the extra one. */
static bool leaves_block(const struct matcher *matcher, unsigned at, uint32_t closer) {
    if (char_of(matcher, closer) == '}') return false;
    for (unsigned i = at + 1; i < matcher->open_count; i++) {
        uint32_t opener = matcher->open[i].token;
        if (char_of(matcher, opener) != '{') continue;
        if (matcher->tokens[opener].line != matcher->tokens[closer].line || closes_on_line(matcher, closer))
            return true;
    }
    return false;
}

static void close_bracket(struct matcher *matcher, uint32_t closer) {
    const struct token *token = &matcher->tokens[closer];
    unsigned nearest = UINT32_MAX, at = UINT32_MAX, alike = UINT32_MAX;
    for (unsigned i = matcher->open_count, looked = 0; i-- > 0 && looked < LOOK_MAX; looked++) {
        const struct open_bracket *open = &matcher->open[i];
        if (!belongs(matcher, open->token, closer)) continue;
        if (nearest == UINT32_MAX) nearest = i;
        if (!(token->flags & TOKEN_LINE_START) || matcher->tokens[open->token].line == token->line) {
            at = i;
            break;
        }
        if (open->own == token->indent || open->base == token->indent) {
            if (alike == UINT32_MAX) alike = i;
            if (!fits_run(matcher, i, closer)) continue;
            at = i;
            break;
        }
        if (open->own < token->indent) break;
    }
    if (at == UINT32_MAX) at = alike;
    if (nearest == UINT32_MAX) {
        close_nothing(matcher, closer);
        return;
    }
    const struct open_bracket *near = &matcher->open[nearest];
    if (at == UINT32_MAX && near->statement != token->indent && token->indent > near->own) {
        if (matcher->spare_count < LISTED_MAX) matcher->spare[matcher->spare_count++] = closer;
        return;
    }
    if (at == UINT32_MAX) at = nearest;
    if (!leaves_block(matcher, at, closer)) close_at(matcher, at, closer);
}

/* Whether a deeper line behind this token goes on with its statement. */
static bool goes_on_behind(const char *bytes, const struct token *token) {
    if (token->kind == TOKEN_OPEN || token->kind == TOKEN_DIRECTIVE) return false;
    char byte = token->end_byte == token->start_byte + 1 ? bytes[token->start_byte] : 0;
    return byte != ';' && byte != '}' && byte != ':';
}

/* A pair by kind, with all that is inside, whose closer stands where indentation wants it. */
static bool is_settled(const struct matcher *matcher, const struct open_bracket *open) {
    uint32_t closer = matcher->inner[open->token];
    if (closer == BRACKET_NONE) return false;
    const struct token *token = &matcher->tokens[closer];
    if (!(token->flags & TOKEN_LINE_START) || token->line == matcher->tokens[open->token].line) return false;
    if (!matcher->deeper[open->token]) return false; /* by kind alone, what is inside may go on outside */
    if (!fits_run(matcher, matcher->open_count, closer)) return false;
    /* Where nothing is open around it, nothing else ends there. */
    return open->own == token->indent || open->base == token->indent ||
           (!matcher->open_count && token->indent < open->own);
}

/* Takes it over, and returns its closer. */
static uint32_t settle(struct matcher *matcher, uint32_t opener) {
    uint32_t closer = matcher->inner[opener];
    for (uint32_t i = opener; i <= closer; i++)
        if (matcher->inner[i] != BRACKET_NONE) matcher->match[i] = matcher->inner[i];
    return closer;
}

static void match_by_indentation(struct matcher *matcher, const struct token_list *tokens) {
    uint32_t previous = BRACKET_NONE;
    bool goes_on = false; /* the line goes on with the statement of the one above */
    for (uint32_t i = 0; i < tokens->count; i++) {
        const struct token *token = &tokens->items[i];
        if (token->kind == TOKEN_COMMENT) continue;
        if (token->flags & TOKEN_LINE_START) {
            uint16_t above = previous == BRACKET_NONE ? 0 : tokens->items[previous].indent;
            goes_on = previous != BRACKET_NONE && goes_on_behind(matcher->bytes, &tokens->items[previous]) &&
                      (token->indent > above || (token->indent == above && goes_on));
            matcher->base = token->indent;
            if (!goes_on) matcher->statement = token->indent;
        }
        previous = i;
        if (token->kind == TOKEN_CLOSE) {
            close_bracket(matcher, i);
        } else if (token->kind == TOKEN_OPEN && matcher->open_count < OPEN_MAX) {
            bool alone = token->flags & TOKEN_LINE_START;
            struct open_bracket open = {.token = i,
                                        .own = token->indent,
                                        .base = alone ? token->indent : matcher->base,
                                        .statement = alone ? token->indent : matcher->statement};
            if (is_settled(matcher, &open)) {
                previous = i = settle(matcher, i);
                matcher->base = open.base;
                matcher->statement = open.statement;
            } else {
                matcher->open[matcher->open_count++] = open;
            }
        }
    }
    while (matcher->open_count)
        leave_open(matcher, matcher->open[--matcher->open_count].token, BRACKET_NONE);
}

bool bracket_match(const char *bytes, const struct token_list *tokens, uint32_t *match) {
    struct matcher matcher;
    matcher.bytes = bytes;
    matcher.tokens = tokens->items;
    matcher.token_count = tokens->count;
    matcher.match = match;
    for (size_t i = 0; i < tokens->count; i++)
        match[i] = BRACKET_NONE;
    if (match_by_kind(&matcher, tokens)) return true;
    for (size_t i = 0; i < tokens->count; i++)
        match[i] = BRACKET_NONE;
    matcher.open_count = matcher.left_count = matcher.spare_count = 0;
    matcher.base = matcher.statement = 0;
    matcher.inner = mem_alloc((tokens->count + 1) * sizeof *matcher.inner);
    matcher.deeper = mem_zalloc((tokens->count + 1) * sizeof *matcher.deeper);
    pair_inside(&matcher, tokens);
    match_by_indentation(&matcher, tokens);
    mem_free(matcher.inner);
    mem_free(matcher.deeper);
    return false;
}

uint32_t bracket_head(const char *bytes, const struct token_list *tokens, const uint32_t *match,
                      uint32_t opener) {
    const struct token *items = tokens->items;
    uint32_t head = opener;
    if (items[opener].flags & TOKEN_LINE_START) return head;
    uint32_t i = opener;
    for (unsigned looked = 0; i > 0 && looked < HEAD_TOKENS_MAX; looked++) {
        if (items[i].flags & TOKEN_LINE_START) {
            uint32_t above = i - 1;
            while (above > 0 && items[above].kind == TOKEN_COMMENT)
                above--;
            if (items[above].indent > items[i].indent || !goes_on_behind(bytes, &items[above])) break;
            i = above;
        } else {
            i--;
        }
        if (items[i].kind == TOKEN_CLOSE && match[i] < i) i = match[i];
        if (items[i].indent < items[head].indent) head = i;
    }
    return head;
}
