#include "analysis/definition.h"

#include "analysis/pp_token.h"
#include <string.h>

#define LOOK_BACK_TOKENS 50000 /* before the place, or behind it */
#define ALTERNATIVES_MAX 64    /* of one name */
#define DIGITS_MAX       24    /* of a number */

static const struct macro *nth(const struct macro_env *env, const char *name, uint32_t length,
                               uint32_t name_hash, enum macro_origin limit, uint32_t alternative) {
    return macro_env_find(env, name, length, name_hash, limit, alternative).macro;
}

/* The first token that is not before the byte. */
static size_t first_from(const struct c_tokens *tokens, uint32_t byte) {
    size_t low = 0, high = tokens->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (tokens->items[middle].start_byte < byte)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Is the token `#define NAME`? */
static bool defines(const char *bytes, const struct c_token *directive, const char *name, uint32_t length) {
    uint32_t start, end;
    return c_token_defined_name(bytes, directive, "define", &start, &end) && end - start == length &&
           !memcmp(bytes + start, name, length);
}

const struct macro *definition_before(const struct definition_site *site, uint32_t byte, const char *name,
                                      uint32_t length, uint32_t name_hash) {
    if (!nth(site->env, name, length, name_hash, MACRO_OWN, 1)) return NULL;
    size_t low = first_from(site->tokens, byte);
    for (size_t i = low; i-- > 0 && low - i < LOOK_BACK_TOKENS;) {
        const struct c_token *token = &site->tokens->items[i];
        if (!defines(site->bytes, token, name, length)) continue;
        struct macro_facts *facts =
            macro_facts_scan(site->bytes + token->start_byte, token->end_byte - token->start_byte, NULL);
        const struct macro *found = NULL;
        for (uint32_t k = 0; facts->macro_count && !found && k < ALTERNATIVES_MAX; k++) {
            const struct macro *macro = nth(site->env, name, length, name_hash, MACRO_OWN, k);
            if (!macro) break;
            if (macro_equal(macro, &facts->macros[0])) found = macro;
        }
        macro_facts_unref(facts);
        return found;
    }
    return NULL;
}

/* What stands for attributes is written in capitals, or with underscores before it, and then not behind a
 * type's plain name. */
static bool follows_type(const char *bytes, uint32_t byte, const struct expand_site *name) {
    static const char *const words[] = {"return", "else",   "do",     "case",   "goto", "sizeof",
                                        "typeof", "extern", "static", "inline", "const"};
    uint32_t end = byte;
    if (name->depth || pp_is_upper(name->name, name->length)) return false;
    while (end && (bytes[end - 1] == ' ' || bytes[end - 1] == '\t' || bytes[end - 1] == '\n'))
        end--;
    uint32_t start = end;
    while (start && pp_is_word((unsigned char)bytes[start - 1]))
        start--;
    if (start == end) return end && bytes[end - 1] == '*';
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (end - start == strlen(words[i]) && !memcmp(bytes + start, words[i], end - start)) return false;
    return name->name[0] != '_' || (bytes[start] != '_' && !pp_is_upper(bytes + start, end - start));
}

bool definition_is_elsewhere(const struct definition_site *site, uint32_t byte,
                             const struct expand_site *name) {
    if (!nth(site->env, name->name, name->length, name->name_hash, MACRO_OWN, 0)) return false;
    size_t first = first_from(site->tokens, byte), depth = 0;
    bool other = false, found = false; /* other: in another branch of a group that is around the byte */
    for (size_t i = first; i-- > 0 && first - i < LOOK_BACK_TOKENS;) {
        const struct c_token *token = &site->tokens->items[i];
        if (token->kind != C_DIRECTIVE) continue;
        if (token->byte == C_DIRECTIVE_ENDIF) {
            depth++;
        } else if (token->byte >= C_DIRECTIVE_IF && token->byte <= C_DIRECTIVE_IFNDEF) {
            if (depth)
                depth--;
            else
                other = false;
        } else if (token->byte >= C_DIRECTIVE_ELIF && token->byte <= C_DIRECTIVE_ELSE) {
            other |= depth == 0;
        } else if (defines(site->bytes, token, name->name, name->length)) {
            if (!other) return false;
            found = true;
        }
    }
    if (found) return true;
    for (size_t i = first; i < site->tokens->count && i - first < LOOK_BACK_TOKENS; i++)
        if (defines(site->bytes, &site->tokens->items[i], name->name, name->length)) return true;
    return false;
}

bool definition_stays_function(const struct definition_site *site, uint32_t byte,
                               const struct expand_site *name) {
    return follows_type(site->bytes, byte, name) || definition_is_elsewhere(site, byte, name);
}

static bool is_number(const struct macro *macro) {
    if (macro->function_like || !macro->body_length || macro->body_length > DIGITS_MAX) return false;
    for (uint32_t i = 0; i < macro->body_length; i++)
        if (macro->body[i] < '0' || macro->body[i] > '9') return false;
    return true;
}

static bool number_of(const char *name, size_t length, int64_t *ret_number, void *payload) {
    const struct definition_site *site = payload;
    if (length > MACRO_NAME_BYTES_MAX) return false;
    uint32_t hash = macro_name_hash(name, (uint32_t)length);
    const struct macro *first = nth(site->env, name, (uint32_t)length, hash, MACRO_INCLUDED, 0);
    if (!first || first->branch != CONDITION_TRUE || !is_number(first)) return false;
    for (uint32_t i = 1; i < ALTERNATIVES_MAX; i++) {
        const struct macro *other = nth(site->env, name, (uint32_t)length, hash, MACRO_INCLUDED, i);
        if (!other) break;
        if (!macro_equal(first, other)) return false;
    }
    *ret_number = 0;
    for (uint32_t i = 0; i < first->body_length; i++)
        *ret_number = (int64_t)((uint64_t)*ret_number * 10 + (uint64_t)(first->body[i] - '0'));
    return first->body[0] != '0' || first->body_length == 1;
}

bool definition_denies(const struct definition_site *site, const struct c_token *directive) {
    uint32_t start, end;
    if (!site->env || (directive->byte != C_DIRECTIVE_IF && directive->byte != C_DIRECTIVE_ELIF))
        return false;
    c_token_argument(site->bytes, directive, &start, &end);
    struct condition_names names = {number_of, (void *)site};
    return condition_of_expression_with(site->bytes + start, end - start, &names) == CONDITION_FALSE;
}
