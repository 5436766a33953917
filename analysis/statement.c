#include "analysis/statement.h"

#define DEPTH_MAX 64

/* A block, or what is in none. */
struct block {
    uint32_t first_token; /* of the statement that is being read */
    uint32_t parentheses; /* open in that */
};

struct walk {
    const char *bytes;
    const struct c_tokens *tokens;
    struct block blocks[DEPTH_MAX];
    uint32_t depth;
};

/* Whether the token goes on with what ended with a brace: `} else`, `} while (x);`, `} name;`. */
static bool goes_on(const struct walk *walk, uint32_t index) {
    if (index >= walk->tokens->count) return false;
    const struct c_token *token = &walk->tokens->items[index];
    if (token->kind != C_WORD) return token->kind == C_OTHER || token->kind == C_CLOSE;
    return c_token_is(walk->bytes, token, "else") || c_token_is(walk->bytes, token, "while");
}

/* Whether a statement of the block that the walk is in ends with the token. */
static bool ends_with(struct walk *walk, uint32_t index) {
    const struct c_token *token = &walk->tokens->items[index];
    struct block *block = &walk->blocks[walk->depth];
    if (token->kind == C_OPEN && token->byte == '{') {
        walk->blocks[++walk->depth] = (struct block){.first_token = index + 1};
    } else if (token->kind == C_OPEN) {
        block->parentheses++;
    } else if (token->kind == C_CLOSE && token->byte == '}') {
        block = &walk->blocks[--walk->depth];
        return block->parentheses == 0 && !goes_on(walk, index + 1);
    } else if (token->kind == C_CLOSE) {
        block->parentheses -= block->parentheses > 0;
    }
    return token->kind == C_OTHER && token->byte == ';' && block->parentheses == 0;
}

static bool has_directives(const struct c_tokens *tokens, uint32_t first, uint32_t last) {
    for (uint32_t i = first; i <= last; i++)
        if (tokens->items[i].kind == C_DIRECTIVE) return true;
    return false;
}

bool statement_around(const char *bytes, const struct c_tokens *tokens, unsigned level, uint32_t *start_byte,
                      uint32_t *end_byte) {
    struct walk walk = {.bytes = bytes, .tokens = tokens};
    uint32_t wanted = 0, first = 0, last = UINT32_MAX; /* wanted: the depth of the block, once it is known */
    for (uint32_t i = 0; i < tokens->count && last == UINT32_MAX; i++) {
        const struct c_token *token = &tokens->items[i];
        bool closes = token->kind == C_CLOSE && token->byte == '}';
        if (!wanted && token->end_byte > *start_byte) {
            if (walk.depth <= level) return false; /* in no block stand items */
            wanted = walk.depth - level;
            first = walk.blocks[wanted].first_token;
        }
        if (closes && walk.depth == 0) return false;
        if (closes && wanted && walk.depth == wanted) {
            if (i == first) return false;
            last = i - 1;
        } else if (walk.depth + 1 == DEPTH_MAX) {
            return false;
        } else if (ends_with(&walk, i)) {
            if (wanted && walk.depth == wanted) last = i;
            walk.blocks[walk.depth].first_token = i + 1;
        }
    }
    if (last == UINT32_MAX || last < first || has_directives(tokens, first, last)) return false;
    uint32_t start = tokens->items[first].start_byte, end = tokens->items[last].end_byte;
    if (start > *start_byte || end < *end_byte) return false;
    *start_byte = start;
    *end_byte = end;
    return true;
}
