#include "analysis/positional.h"

#include "analysis/c_token.h"

#include <string.h>

#define COMMA_NAME_MIN 5   /* bytes: less than three capitals may be anything */
#define NESTING_MAX    400 /* brackets open at once; deeper ones are not looked into */
#define NONE           UINT32_MAX

/* What a name stands in. */
enum around { AROUND_FILE, AROUND_BLOCK, AROUND_MEMBERS, AROUND_ENUMERATORS, AROUND_VALUES, AROUND_ROUND };

struct scene {
    char *bytes;
    uint32_t length;
    struct c_tokens tokens;
    uint32_t *partner; /* of each bracket, NONE when it has none */
    uint8_t *around;   /* enum around of each token */
    struct positional_changes *changes;
    uint32_t begins;  /* token behind a macro that was read as a statement */
    uint32_t own_end; /* and behind one that stands for its own text */
};

/* A name, with its arguments when it has some. */
struct use {
    uint32_t token, end; /* tokens: the name, and behind the name or its arguments */
    uint8_t around;
    bool called;
    bool upper; /* spelt as macros are; else its underscores say that it may be one, or a compiler's own
                   function */
};

static const struct c_token *at(const struct scene *scene, uint32_t i) {
    static const struct c_token none = {.kind = C_OTHER};
    return i < scene->tokens.count ? &scene->tokens.items[i] : &none;
}

static bool is_word(const struct scene *scene, uint32_t i) {
    return i < scene->tokens.count && at(scene, i)->kind == C_WORD;
}

static bool is_byte(const struct scene *scene, uint32_t i, const char *any_of) {
    const struct c_token *token = at(scene, i);
    if (i >= scene->tokens.count || token->kind < C_OPEN || token->kind == C_DIRECTIVE) return false;
    return strchr(any_of, token->byte) != NULL && token->byte;
}

static bool is_one_of(const struct scene *scene, uint32_t i, const char *const *words) {
    if (!is_word(scene, i)) return false;
    for (; *words; words++)
        if (c_token_is(scene->bytes, at(scene, i), *words)) return true;
    return false;
}

static const char *const type_words[] = {"void",     "char",     "short",    "int",    "long",   "float",
                                         "double",   "signed",   "unsigned", "struct", "union",  "enum",
                                         "const",    "volatile", "static",   "extern", "inline", "typedef",
                                         "register", "bool",     "_Bool",    "size_t", NULL};
static const char *const statement_words[] = {"return", "if",       "else",    "for",    "while",
                                              "do",     "switch",   "case",    "goto",   "break",
                                              "sizeof", "continue", "default", "typeof", NULL};

/* ---- what is where ---- */

static enum around opened_by(const struct scene *scene, uint32_t brace, enum around outside) {
    if (at(scene, brace)->byte != '{') return AROUND_ROUND;
    if (brace == 0) return AROUND_BLOCK;
    if (is_byte(scene, brace - 1, "=,({["))
        return outside == AROUND_BLOCK && is_byte(scene, brace - 1, "{") ? AROUND_BLOCK : AROUND_VALUES;
    /* struct TAG ATTRIBUTES {: back to what begins it, within a few tokens. */
    for (uint32_t i = brace, steps = 0; i-- > 0 && steps < 16; steps++) {
        static const char *const aggregates[] = {"struct", "union", NULL};
        static const char *const enums[] = {"enum", NULL};
        if (is_one_of(scene, i, aggregates)) return AROUND_MEMBERS;
        if (is_one_of(scene, i, enums)) return AROUND_ENUMERATORS;
        if (is_byte(scene, i, ")") && scene->partner[i] != NONE && scene->partner[i] > 0) {
            i = scene->partner[i];
            if (!is_word(scene, i - 1)) break;
            continue;
        }
        if (!is_word(scene, i) && !is_byte(scene, i, ":")) break;
    }
    return is_byte(scene, brace - 1, ")") && outside == AROUND_ROUND ? AROUND_VALUES : AROUND_BLOCK;
}

static void survey(struct scene *scene) {
    uint32_t stack[NESTING_MAX];
    uint8_t kinds[NESTING_MAX];
    uint32_t depth = 0, beyond = 0;
    for (uint32_t i = 0; i < scene->tokens.count; i++) {
        const struct c_token *token = at(scene, i);
        scene->partner[i] = NONE;
        scene->around[i] = beyond ? AROUND_ROUND : depth ? kinds[depth - 1] : AROUND_FILE;
        if (token->kind == C_OPEN) {
            if (depth == NESTING_MAX) {
                beyond++;
                continue;
            }
            kinds[depth] = opened_by(scene, i, scene->around[i]);
            stack[depth++] = i;
        } else if (token->kind == C_CLOSE) {
            if (beyond) {
                beyond--;
                continue;
            }
            if (!depth) continue;
            uint32_t open = stack[--depth];
            scene->partner[open] = i;
            scene->partner[i] = open;
            scene->around[i] = depth ? kinds[depth - 1] : AROUND_FILE;
        }
    }
}

/* Names of the language and of compilers, and all that is commonly a value or a type. */
static bool is_reserved(const struct scene *scene, uint32_t i) {
    static const char *const names[] = {
        "__attribute__", "__attribute", "__asm__",      "__asm",       "__typeof__",  "__typeof",
        "__extension__", "__func__",    "__FUNCTION__", "__FILE__",    "__LINE__",    "__restrict",
        "__restrict__",  "__inline",    "__inline__",   "__const",     "__const__",   "__volatile__",
        "__volatile",    "__signed__",  "__signed",     "__int128",    "__int128_t",  "__alignof__",
        "__alignof",     "__thread",    "__label__",    "__declspec",  "__real__",    "__imag__",
        "__complex__",   "__VA_ARGS__", "__int64",      "__uint128_t", "__auto_type", "NULL",
        "FILE",          "DIR",         "EOF",          "TRUE",        "FALSE",       NULL};
    const struct c_token *token = at(scene, i);
    return is_one_of(scene, i, names) || (token->end_byte - token->start_byte > 10 &&
                                          !memcmp(scene->bytes + token->start_byte, "__builtin_", 10));
}

static bool is_upper(const struct scene *scene, uint32_t i) {
    const struct c_token *token = at(scene, i);
    bool letter = false;
    for (uint32_t k = token->start_byte; k < token->end_byte; k++) {
        char c = scene->bytes[k];
        if ((c >= 'a' && c <= 'z') || (c & 0x80)) return false;
        letter |= c >= 'A' && c <= 'Z';
    }
    return letter;
}

/* _Cdecl: a keyword of some compiler, and none of C. */
static bool is_capital_word(const struct scene *scene, uint32_t i) {
    static const char *const words[] = {"_Bool",    "_Complex", "_Imaginary", "_Atomic", "_Generic",
                                        "_Alignas", "_Alignof", "_Noreturn",  "_Pragma", NULL};
    const struct c_token *token = at(scene, i);
    const char *name = scene->bytes + token->start_byte;
    uint32_t length = token->end_byte - token->start_byte;
    if (length < 4 || name[0] != '_' || name[1] < 'A' || name[1] > 'Z') return false;
    for (uint32_t k = 2; k < length; k++)
        if (name[k] < 'a' || name[k] > 'z') return false;
    return !is_one_of(scene, i, words);
}

/* __name, _name_ and _Name are for implementations and for macros. */
static bool has_underscores(const struct scene *scene, uint32_t i) {
    const struct c_token *token = at(scene, i);
    if (is_capital_word(scene, i)) return true;
    if (token->end_byte - token->start_byte > 3 && scene->bytes[token->start_byte] == '_' &&
        scene->bytes[token->end_byte - 1] == '_')
        return true;
    return token->end_byte - token->start_byte > 3 && scene->bytes[token->start_byte] == '_' &&
           scene->bytes[token->start_byte + 1] == '_';
}

/* list_for_each(x, list) { is a loop in any spelling. */
static bool is_loop_name(const struct scene *scene, uint32_t i) {
    static const char *const parts[] = {"for_each", "foreach", "ForEach", "FOREACH"};
    const struct c_token *token = at(scene, i);
    uint32_t length = token->end_byte - token->start_byte;
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
        uint32_t part = (uint32_t)strlen(parts[k]);
        for (uint32_t at_byte = 0; at_byte + part <= length; at_byte++)
            if (!memcmp(scene->bytes + token->start_byte + at_byte, parts[k], part)) return true;
    }
    return false;
}

/* ---- changes ---- */

static void change(struct scene *scene, uint32_t start_byte, uint32_t end_byte) {
    vec_push(scene->changes, (struct positional_change){start_byte, end_byte});
}

static void blank(struct scene *scene, uint32_t first, uint32_t end) {
    uint32_t start_byte = at(scene, first)->start_byte, end_byte = at(scene, end - 1)->end_byte;
    for (uint32_t i = start_byte; i < end_byte; i++)
        if (scene->bytes[i] != '\n' && scene->bytes[i] != '\r') scene->bytes[i] = ' ';
    change(scene, start_byte, end_byte);
}

/* Nothing but the last byte, which is then `last`. */
static void blank_but(struct scene *scene, uint32_t first, uint32_t end, char last) {
    blank(scene, first, end);
    scene->bytes[at(scene, end - 1)->end_byte - 1] = last;
}

/* One name as long as it was; over several lines the name and space. */
static void name_all(struct scene *scene, const struct use *use) {
    uint32_t start = at(scene, use->token)->end_byte, end = at(scene, use->end - 1)->end_byte;
    if (start == end) return;
    for (uint32_t i = start; i < end; i++)
        if (scene->bytes[i] != '\n' && scene->bytes[i] != '\r') scene->bytes[i] = ' ';
    change(scene, at(scene, use->token)->start_byte, end);
}

/* ---- the rules ---- */

static bool begins_statement(const struct scene *scene, const struct use *use) {
    return use->token == 0 || use->token == scene->begins || is_byte(scene, use->token - 1, ";{}:");
}

/* The same macro with a `;` behind it elsewhere: then one is missing here. */
static bool ends_elsewhere(const struct scene *scene, const struct use *use) {
    const struct c_token *name = at(scene, use->token);
    uint32_t length = name->end_byte - name->start_byte;
    for (uint32_t i = 0; i < scene->tokens.count; i++) {
        const struct c_token *other = at(scene, i);
        if (i == use->token || other->kind != C_WORD || other->end_byte - other->start_byte != length ||
            memcmp(scene->bytes + other->start_byte, scene->bytes + name->start_byte, length) != 0)
            continue;
        uint32_t end = i + 1;
        if (is_byte(scene, end, "(") && scene->partner[end] != NONE) end = scene->partner[end] + 1;
        if (is_byte(scene, end, ";")) return true;
    }
    return false;
}

/* NAME(x) on a line of its own, without a `;`; NAME(x) { ... } as a loop does. */
static bool as_statement(struct scene *scene, const struct use *use) {
    if (!begins_statement(scene, use)) return false;
    if (is_byte(scene, use->end, "{")) {
        if (use->around == AROUND_BLOCK || (use->around == AROUND_FILE && !use->called)) {
            blank(scene, use->token, use->end);
            return true;
        }
        return false;
    }
    bool alone =
        (use->end >= scene->tokens.count || at(scene, use->end)->line_start) &&
        (use->end >= scene->tokens.count || is_word(scene, use->end) || is_byte(scene, use->end, "}"));
    if (!alone) return false;
    if (use->around == AROUND_FILE || use->around == AROUND_MEMBERS) {
        blank(scene, use->token, use->end);
        scene->begins = use->end;
        return true;
    }
    if (use->around != AROUND_BLOCK || !use->upper || ends_elsewhere(scene, use)) return false;
    blank_but(scene, use->token, use->end, ';');
    scene->begins = use->end;
    return true;
}

static const char *const aggregate_words[] = {"struct", "union", "enum", NULL};
static const char *const qualifiers[] = {"const",    "volatile", "static",    "extern", "typedef",
                                         "register", "inline",   "struct",    "union",  "enum",
                                         "signed",   "unsigned", "_Noreturn", NULL};

/* The first of the words (and calls) that stand before the name without anything between. */
static uint32_t run_start(const struct scene *scene, const struct use *use) {
    uint32_t first = use->token;
    while (first > 0 && first != scene->begins &&
           (is_word(scene, first - 1) || is_byte(scene, first - 1, ")"))) {
        if (is_byte(scene, first - 1, ")")) {
            uint32_t open = scene->partner[first - 1];
            if (open == NONE || open == 0 || !is_word(scene, open - 1)) break;
            first = open;
        } else {
            first--;
        }
    }
    return first;
}

static bool may_be_macro(const struct scene *scene, uint32_t i) {
    return is_word(scene, i) && !is_reserved(scene, i) && (is_upper(scene, i) || has_underscores(scene, i));
}

/* Whether the name is the only type among the words around it: `static BOOL f(`. The last word is what is
 * declared. */
static bool is_the_type(const struct scene *scene, const struct use *use) {
    static const char *const storage[] = {"static", "extern", "typedef", "inline", NULL};
    uint32_t first = run_start(scene, use), last = use->end;
    if (first > 0 && is_byte(scene, first - 1, "*")) return false; /* that stands before the star */
    /* NAME static T *x: what is declared has a type of its own, however that is spelt. */
    if (is_one_of(scene, use->end, storage) && is_word(scene, use->end + 1) &&
        (is_word(scene, use->end + 2) || is_byte(scene, use->end + 2, "*")))
        return false;
    while (is_word(scene, last + 1) && !is_one_of(scene, last + 1, statement_words))
        last++;
    /* In front of a * all words belong to the type; nothing is called void. */
    if (is_byte(scene, last + 1, "*") || is_one_of(scene, last, type_words)) last++;
    for (uint32_t i = first; i < last; i++) {
        if (i >= use->token && i < use->end) continue;
        if (scene->bytes[at(scene, i)->start_byte] == ' ') continue; /* written over */
        if (!is_word(scene, i) || is_one_of(scene, i, qualifiers)) continue;
        if (is_byte(scene, i + 1, "(") && !is_one_of(scene, i, type_words)) continue;
        if (!may_be_macro(scene, i) || i < use->token) return false;
    }
    return true;
}

/* Between the words of a declaration, in front of it, behind its declarator. */
static bool as_attribute(struct scene *scene, const struct use *use) {
    uint32_t before = use->token - 1; /* wraps at the start, where there is none */
    bool word_before = use->token > 0 && is_word(scene, before) && !is_one_of(scene, before, statement_words);
    bool star_before = use->token > 0 && is_byte(scene, before, "*");
    bool begins = begins_statement(scene, use) || is_byte(scene, before, "(,");
    bool declared = use->around == AROUND_FILE || use->around == AROUND_MEMBERS;
    if (use->token > 0 && is_one_of(scene, before, aggregate_words) && is_word(scene, use->end) &&
        is_byte(scene, use->end + 1, "{")) {
        blank(scene, use->token, use->end);
        return true;
    }
    uint32_t run = run_start(scene, use);
    if (!declared && run > 0 && !is_byte(scene, run - 1, ";{}:(,*")) return false;
    if (is_word(scene, use->end) && !is_one_of(scene, use->end, statement_words)) {
        bool two_follow = is_word(scene, use->end + 1) || is_byte(scene, use->end + 1, "*") ||
                          is_one_of(scene, use->end, type_words);
        bool same_line = !at(scene, use->end)->line_start;
        bool fits = use->called ? (declared && (word_before || star_before)) ||
                                      ((declared || same_line) && begins && two_follow)
                                : word_before || (star_before && declared) || (begins && two_follow);
        /* int f(void) NAME((1)) OTHER; */
        bool first_of_some = declared && is_byte(scene, before, ")") && may_be_macro(scene, use->end);
        if (!first_of_some && (!fits || (!star_before && is_the_type(scene, use)))) return false;
        blank(scene, use->token, use->end);
        return true;
    }
    bool in_pointer = !use->called && is_byte(scene, use->end, "*") &&
                      (declared || use->around == AROUND_ROUND) &&
                      (is_word(scene, use->end + 1) || is_byte(scene, use->end + 1, "*),"));
    uint32_t bracket = before; /* of (NAME *f)(int) */
    bool convention = !use->called && is_byte(scene, before, "(") && is_byte(scene, use->end, "*") &&
                      use->token > 0 && scene->partner[bracket] != NONE &&
                      is_byte(scene, scene->partner[bracket] + 1, "(") && use->around == AROUND_ROUND &&
                      bracket > 0 && is_word(scene, bracket - 1);
    if (convention || (in_pointer && ((word_before && !is_the_type(scene, use)) || star_before))) {
        blank(scene, use->token, use->end);
        return true;
    }
    /* (T __name)x, (__name T)x */
    bool cast = use->around == AROUND_ROUND && !use->called && word_before && use->token > 1 &&
                has_underscores(scene, use->token) && is_byte(scene, before - 1, "(") &&
                is_byte(scene, use->end, ")") && !is_word(scene, before - 2);
    if (cast) {
        blank(scene, use->token, use->end);
        return true;
    }
    /* int x NAME; int f(void) NAME(1); */
    if (!is_byte(scene, use->end, ";,)={[") && !(declared && use->end >= scene->tokens.count)) return false;
    bool two_before = word_before && use->token > 1 &&
                      (is_byte(scene, before - 1, "*") ||
                       (is_word(scene, before - 1) && !is_one_of(scene, before - 1, aggregate_words)));
    bool closed = use->token > 0 && is_byte(scene, before, ")]") && scene->partner[before] != NONE;
    bool behind = declared && (closed || two_before);
    bool parameter = use->around == AROUND_ROUND && two_before && is_byte(scene, use->end, ",)");
    bool local = use->around == AROUND_BLOCK && word_before && use->token > 1 &&
                 is_byte(scene, use->end, ";=,") &&
                 (is_one_of(scene, before - 1, type_words) || is_byte(scene, before - 1, "*"));
    bool enumerator = use->around == AROUND_ENUMERATORS && word_before;
    if (!behind && !parameter && !local && !enumerator) return false;
    blank(scene, use->token, use->end);
    return true;
}

/* int f P((int a)); and int (*f) P((int a)); but not int f(int a) NAME((1)); nor NAME((1)) int f(int a); */
static bool as_prototype(struct scene *scene, const struct use *use) {
    uint32_t open = use->token + 1, before = use->token - 1;
    if (!use->called || use->token == 0 || !is_byte(scene, open + 1, "(") ||
        scene->partner[open + 1] == NONE || scene->partner[open + 1] + 1 != scene->partner[open])
        return false;
    bool pointer = is_byte(scene, before, ")") && scene->partner[before] != NONE &&
                   is_byte(scene, scene->partner[before] + 1, "*(");
    if (!pointer && !is_word(scene, before)) return false;
    if (at(scene, open + 2)->kind == C_NUMBER) return false;
    if (is_word(scene, use->end) && !may_be_macro(scene, use->end) && !at(scene, use->end)->line_start)
        return false;
    blank(scene, use->token, open + 1);
    blank(scene, scene->partner[open], scene->partner[open] + 1);
    return true;
}

/* NAME(T) where a type stands. */
static bool as_type(struct scene *scene, const struct use *use) {
    if (!use->called) return false;
    bool begins = begins_statement(scene, use) || is_byte(scene, use->token - 1, "(,") ||
                  is_one_of(scene, use->token - 1, qualifiers);
    if (!begins || at(scene, use->end)->line_start) return false;
    bool pointer = is_byte(scene, use->end, "*") &&
                   (is_byte(scene, use->end + 1, ")*,") || is_one_of(scene, use->end + 1, qualifiers) ||
                    (is_word(scene, use->end + 1) && use->around != AROUND_ROUND) ||
                    (use->around == AROUND_ROUND && is_word(scene, use->end + 1) &&
                     is_byte(scene, use->end + 2, ",)=[")));
    bool named = is_word(scene, use->end) && is_byte(scene, use->end + 1, ";=,()[") &&
                 (use->around != AROUND_BLOCK || !begins_statement(scene, use));
    if (!pointer && !named) return false;
    name_all(scene, use);
    return true;
}

/* NAME(int, x): arguments that no call has. */
static bool with_types(struct scene *scene, const struct use *use) {
    if (!use->called || !use->upper || use->end - use->token <= 3) return false;
    uint32_t open = use->token + 1, close = use->end - 1;
    bool strange = false;
    for (uint32_t i = open + 1; i < close && !strange; i++) {
        bool outermost = scene->around[i] == AROUND_ROUND;
        strange =
            outermost && ((is_one_of(scene, i, type_words) && is_byte(scene, i - 1, "(,") && i - 1 >= open) ||
                          (is_byte(scene, i, "*") && is_byte(scene, i + 1, "),") && is_word(scene, i - 1)) ||
                          (is_byte(scene, i, ",") && is_byte(scene, i + 1, ",)")) ||
                          (is_byte(scene, i, ",") && i == open + 1));
        if (is_byte(scene, i, "(") && scene->partner[i] != NONE) i = scene->partner[i];
    }
    if (!strange) return false;
    blank(scene, open + 1, close);
    return true;
}

/* Whether a value may end with the token. */
static bool ends_value(const struct scene *scene, uint32_t i) {
    uint8_t kind = at(scene, i)->kind;
    return kind == C_NUMBER || kind == C_STRING || kind == C_CHARACTER || is_byte(scene, i, ")]") ||
           (is_word(scene, i) && !is_one_of(scene, i, type_words) && !is_one_of(scene, i, statement_words));
}

static bool all_types(const struct scene *scene, uint32_t first, uint32_t end) {
    while (first < end && is_one_of(scene, first, type_words))
        first++;
    return first == end;
}

/* What a switch of the configuration keeps or drops, and what is no argument: IF_X(a,) with the comma of the
 * list it is in, IF_X(, a) and IF_X(&& a) behind a value, IF_X(long) before a type. */
static bool as_own_text(struct scene *scene, const struct use *use) {
    uint32_t first = use->token + 2, last = use->end - 2;
    bool list =
        use->around == AROUND_ROUND || use->around == AROUND_VALUES || use->around == AROUND_ENUMERATORS;
    if (!use->called || !use->upper || use->end == first + 1) return false;
    bool behind_value = use->token > 0 && use->token != scene->own_end && ends_value(scene, use->token - 1);
    bool both = is_byte(scene, first, "&|") && at(scene, first)->byte == at(scene, first + 1)->byte &&
                at(scene, first)->end_byte == at(scene, first + 1)->start_byte;
    bool joins = behind_value && (both || is_byte(scene, first, "/%^?"));
    bool begins = behind_value && list && is_byte(scene, first, ",");
    bool ends = list && !behind_value && is_byte(scene, last, ",") &&
                (ends_value(scene, use->end) || is_byte(scene, use->end, "{.[}&*") ||
                 is_one_of(scene, use->end, type_words));
    bool type = all_types(scene, first, last + 1) && is_one_of(scene, use->end, type_words);
    if (!joins && !begins && !ends && !type) return false;
    blank(scene, use->token, first);
    blank(scene, use->end - 1, use->end);
    scene->own_end = use->end;
    return true;
}

/* The comma is part of the macro: f(EV_P_ int x). */
static bool with_comma(struct scene *scene, const struct use *use) {
    const struct c_token *token = at(scene, use->token);
    if (use->called || use->token == 0 || !is_byte(scene, use->token - 1, "(,") ||
        !is_word(scene, use->end) || scene->bytes[token->end_byte - 1] != '_')
        return false;
    blank(scene, use->token, use->end);
    return true;
}

/* f(pTHX_ int x): capitals up to an underscore behind a letter that says what they hold. Only there: it is
 * no macro's name elsewhere. */
static bool is_comma_name(const struct scene *scene, uint32_t i) {
    const struct c_token *token = at(scene, i);
    const char *name = scene->bytes + token->start_byte;
    uint32_t length = token->end_byte - token->start_byte;
    if (length < COMMA_NAME_MIN || name[0] < 'a' || name[0] > 'z' || name[length - 1] != '_') return false;
    for (uint32_t k = 1; k < length; k++)
        if (name[k] >= 'a' && name[k] <= 'z') return false;
    return true;
}

/* static NAME(int, x) = {0}; declares what only its definition tells. */
static bool as_declaration(struct scene *scene, const struct use *use) {
    static const char *const storage[] = {"static", "extern", "const", NULL};
    uint32_t start_byte = at(scene, use->token)->start_byte, end_byte = at(scene, use->end - 1)->end_byte;
    if (!use->called || use->token == 0 || !is_one_of(scene, use->token - 1, storage) ||
        !is_byte(scene, use->end, ";=[") || end_byte - start_byte < 5)
        return false;
    blank(scene, use->token, use->end);
    memcpy(scene->bytes + start_byte, "int N", 5);
    return true;
}

/* Beside a string, and where lists have no commas. */
static bool as_element(struct scene *scene, const struct use *use) {
    bool beside = (use->token > 0 && at(scene, use->token - 1)->kind == C_STRING) ||
                  at(scene, use->end)->kind == C_STRING;
    /* A string that begins a statement is what is left of a directive. */
    bool stray = use->token > 0 && at(scene, use->token - 1)->kind == C_STRING &&
                 (use->token == 1 || is_byte(scene, use->token - 2, ";{}"));
    if (use->called && beside && !stray && use->end < scene->tokens.count) {
        name_all(scene, use);
        return true;
    }
    bool list = use->around == AROUND_ENUMERATORS || use->around == AROUND_VALUES;
    if (!list || use->token == 0 || !is_byte(scene, use->token - 1, "{,")) return false;
    bool more = is_word(scene, use->end) || is_byte(scene, use->end, "{.[");
    if (use->around == AROUND_ENUMERATORS && use->called && is_byte(scene, use->end, "},")) {
        name_all(scene, use);
        return true;
    }
    if (!more || !at(scene, use->end)->line_start || (!use->called && use->around == AROUND_VALUES))
        return false;
    if (use->around == AROUND_ENUMERATORS || is_byte(scene, use->token - 1, "{,"))
        blank(scene, use->token, use->end);
    return true;
}

/* All there is is NAME(...), perhaps with a ; behind it. */
static void rewrite_call(struct scene *scene) {
    uint32_t count = (uint32_t)scene->tokens.count;
    if (count < 4 || !is_word(scene, 0) || is_reserved(scene, 0) || !is_byte(scene, 1, "(")) return;
    if (!is_upper(scene, 0) && !has_underscores(scene, 0)) return;
    if (scene->partner[1] + 1 == count || (scene->partner[1] + 2 == count && is_byte(scene, count - 1, ";")))
        blank(scene, 0, scene->partner[1] + 1);
}

void positional_rewrite(char *bytes, uint32_t length, const struct positional_params *params,
                        struct positional_changes *changes) {
    struct scene scene = {.bytes = bytes, .length = length, .changes = changes};
    c_token_scan(bytes, length, &scene.tokens);
    scene.partner = mem_alloc((scene.tokens.count + 1) * sizeof *scene.partner);
    scene.around = mem_alloc(scene.tokens.count + 1);
    survey(&scene);
    if (params->whole_call) rewrite_call(&scene);
    for (uint32_t i = 0; i < scene.tokens.count && !params->whole_call; i++) {
        if (!is_word(&scene, i) || is_reserved(&scene, i)) continue;
        bool loop = is_loop_name(&scene, i), comma = is_comma_name(&scene, i);
        if (!loop && !comma && !is_upper(&scene, i) && !has_underscores(&scene, i)) continue;
        const struct c_token *token = at(&scene, i);
        if (params->is_known(bytes + token->start_byte, token->end_byte - token->start_byte, params->payload))
            continue;
        struct use use = {.token = i, .end = i + 1, .around = scene.around[i]};
        if (is_byte(&scene, i + 1, "(") && scene.partner[i + 1] != NONE) {
            use.called = true;
            use.end = scene.partner[i + 1] + 1;
        }
        if (loop && !(use.called && use.around == AROUND_BLOCK && is_byte(&scene, use.end, "{"))) continue;
        use.upper = is_upper(&scene, i);
        if (comma) {
            with_comma(&scene, &use);
            continue;
        }
        if (as_own_text(&scene, &use) || as_prototype(&scene, &use) || as_statement(&scene, &use) ||
            with_comma(&scene, &use) || as_declaration(&scene, &use) || as_type(&scene, &use) ||
            as_attribute(&scene, &use) || as_element(&scene, &use) || with_types(&scene, &use))
            i = use.end - 1;
    }
    mem_free(scene.partner);
    mem_free(scene.around);
    vec_finish(&scene.tokens);
}
