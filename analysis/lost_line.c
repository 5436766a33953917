#include "analysis/lost_line.h"

#include "analysis/branch.h"
#include "analysis/lost_glance.h"
#include "analysis/pp_token.h"

#include <ctype.h>
#include <string.h>

#define NESTING_MAX   200 /* conditional groups open at once; a text with more is left alone */
#define DEFINES_MAX   8   /* lines of one text that may be a #define without its first word */
#define LINES_MAX     100 /* of one text that are found */
#define PARAMETER_MAX 16  /* of a macro */
#define NONE          UINT32_MAX

/* What is said of a line without its #. */
static const struct {
    const char *message;
    enum c_directive directive;
} words[LOST_WORDS] = {
    [LOST_INCLUDE] = {"missing `#` before `include`", C_DIRECTIVE_OTHER},
    [LOST_DEFINE] = {"missing `#` before `define`", C_DIRECTIVE_OTHER},
    [LOST_UNDEF] = {"missing `#` before `undef`", C_DIRECTIVE_OTHER},
    [LOST_IFDEF] = {"missing `#` before `ifdef`", C_DIRECTIVE_IFDEF},
    [LOST_IFNDEF] = {"missing `#` before `ifndef`", C_DIRECTIVE_IFNDEF},
    [LOST_IF] = {"missing `#` before `if`", C_DIRECTIVE_IF},
    [LOST_ELIF] = {"missing `#` before `elif`", C_DIRECTIVE_ELIF},
    [LOST_ELSE] = {"missing `#` before `else`", C_DIRECTIVE_ELSE},
    [LOST_ENDIF] = {"missing `#` before `endif`", C_DIRECTIVE_ENDIF},
    [LOST_PRAGMA] = {"missing `#` before `pragma`", C_DIRECTIVE_OTHER},
};

/* What is said of one without its argument. */
static const struct {
    const char *message;
    const char *title; /* of its removal, when it says nothing without */
} needy[LOST_NEEDY] = {
    [LOST_UNDEF] = {"`#undef` needs a name", "remove `#undef`"},
    [LOST_DEFINE] = {"`#define` needs a name", "remove `#define`"},
    [LOST_INCLUDE] = {"`#include` needs the name of a file", "remove `#include`"},
    [LOST_IFDEF] = {"`#ifdef` needs a name", NULL},
    [LOST_IFNDEF] = {"`#ifndef` needs a name", NULL},
    [LOST_IF] = {"`#if` needs a condition", NULL},
    [LOST_ELIF] = {"`#elif` needs a condition", NULL},
};

static const char no_if_else[] = "no `#if` before this `#else`",
                  no_if_elif[] = "no `#if` before this `#elif`";

/* A conditional group that is open. */
struct group {
    int32_t curly; /* braces open where it began */
    bool has_else;
    bool dead; /* it stands in a branch that never is */
};

struct finder {
    const char *bytes;
    uint32_t length;
    struct c_tokens tokens;
    struct lost_lines *lines;
    struct group groups[NESTING_MAX];
    uint32_t depth;
    int32_t round, curly;            /* brackets open: ( and [; { */
    uint32_t surplus;                /* #if of the text that have no #endif */
    uint32_t lost_end;               /* token behind the last line found */
    uint32_t word_lines[LOST_WORDS]; /* lines found by their word */
    struct branches branches;        /* by the directives that are there */
    bool unpaired;                   /* some #endif or #else is in no group */
};

static const struct c_token *at(const struct finder *finder, uint32_t token) {
    return &finder->tokens.items[token];
}

static bool is_byte(const struct finder *finder, uint32_t token, char byte) {
    return c_tokens_have(&finder->tokens, token, byte);
}

static bool is_kind(const struct finder *finder, uint32_t token, enum c_token_kind kind) {
    return token < finder->tokens.count && at(finder, token)->kind == kind;
}

static bool is_blank(char byte) {
    return byte == ' ' || byte == '\t';
}

/* ---- lines without # ---- */

/* Whether what stands before the line is complete. */
static bool is_complete(const struct finder *finder, uint32_t first) {
    if (first == 0 || first == finder->lost_end || is_kind(finder, first - 1, C_DIRECTIVE)) {
        uint32_t before = first;
        while (before > 0 && is_kind(finder, before - 1, C_DIRECTIVE))
            before--;
        if (before == 0 || before == finder->lost_end) return true;
        first = before;
    }
    return is_byte(finder, first - 1, ';') || is_byte(finder, first - 1, '}') ||
           is_byte(finder, first - 1, '{') || is_byte(finder, first - 1, ':');
}

/* Whether what follows the line does not go on with it. */
static bool is_ended(const struct finder *finder, uint32_t end) {
    return end == finder->tokens.count || is_kind(finder, end, C_DIRECTIVE) || is_kind(finder, end, C_WORD) ||
           is_byte(finder, end, '}') ||
           (at(finder, end)->line_start && (is_byte(finder, end, '<') || is_kind(finder, end, C_STRING)));
}

static bool is_upper(const struct finder *finder, uint32_t token) {
    const struct c_token *name = at(finder, token);
    return name->kind == C_WORD &&
           pp_is_upper(finder->bytes + name->start_byte, name->end_byte - name->start_byte);
}

static bool is_header(const struct finder *finder, uint32_t first, uint32_t end) {
    return first < end &&
           lost_names_header(finder->bytes, at(finder, first)->start_byte, at(finder, end - 1)->end_byte);
}

static uint32_t group_end(const struct finder *finder, uint32_t open, uint32_t end) {
    uint32_t depth = 0;
    for (uint32_t i = open; i < end; i++) {
        depth += is_byte(finder, i, '(');
        if (is_byte(finder, i, ')') && --depth == 0) return i + 1;
    }
    return NONE;
}

/* `define NAME ...` that declares nothing of a type with that name. */
static bool is_definition(const struct finder *finder, uint32_t first, uint32_t end) {
    uint32_t rest = first + 2;
    if (end < rest || !is_kind(finder, first + 1, C_WORD)) return false;
    bool statement = is_byte(finder, end - 1, ';');
    if (is_byte(finder, rest, '(') && rest < end &&
        at(finder, rest)->start_byte == at(finder, rest - 1)->end_byte) {
        rest = group_end(finder, rest, end);
        if (rest == NONE) return false;
    }
    if (rest == end) return is_ended(finder, end);
    uint32_t start = at(finder, first)->start_byte, length = at(finder, end - 1)->end_byte - start;
    if (memchr(finder->bytes + start, '\\', length)) return true; /* nothing else joins lines */
    if (is_byte(finder, rest, '[') || is_byte(finder, rest, ';') || is_byte(finder, rest, ',') ||
        is_byte(finder, rest, '=') || is_byte(finder, rest, ':'))
        return false;
    bool block = is_byte(finder, rest, '{') && !is_byte(finder, end - 1, '}');
    return !block && !(statement && is_kind(finder, rest, C_WORD));
}

static bool is_condition(const struct finder *finder, uint32_t first, uint32_t end) {
    uint32_t operand = first + 1;
    while (is_byte(finder, operand, '!') && operand < end)
        operand++;
    if (operand >= end) return false;
    if (c_token_is(finder->bytes, at(finder, operand), "defined")) return true;
    bool word = is_kind(finder, operand, C_WORD) || is_kind(finder, operand, C_NUMBER);
    bool group = is_byte(finder, operand, '(') && group_end(finder, operand, end) == end;
    if (is_byte(finder, end - 1, ';') || is_byte(finder, end - 1, '{')) return false;
    if (finder->unpaired) /* some #endif has lost its #if */
        return finder->curly == 0 ? word || group : word && is_upper(finder, operand);
    /* Of C's own `if` the parenthesis may be what is missing. */
    return finder->curly == 0 && word && !is_byte(finder, end - 1, ')');
}

static bool is_pragma(const struct finder *finder, uint32_t first, uint32_t end) {
    return first + 1 < end && is_kind(finder, first + 1, C_WORD) && !is_byte(finder, end - 1, ';') &&
           !is_byte(finder, first + 2, '=') && is_ended(finder, end);
}

static struct group *open_group(struct finder *finder) {
    return finder->depth ? &finder->groups[finder->depth - 1] : NULL;
}

/* Whether what stands before the line is complete, as far as it is for a line with a word that no other line
 * has: macros end without a semicolon. */
static bool may_begin(const struct finder *finder, uint32_t first) {
    return is_complete(finder, first) || is_kind(finder, first - 1, C_DIRECTIVE) ||
           is_byte(finder, first - 1, ')') || is_byte(finder, first - 1, ',') ||
           (at(finder, first - 1)->line_start && is_upper(finder, first - 1));
}

/* Whether the line [first, end), which begins with the word, can only be the directive. */
static bool is_directive_line(struct finder *finder, enum lost_word word, uint32_t first, uint32_t end) {
    const struct group *group = open_group(finder);
    if (!may_begin(finder, first) || finder->round != 0) return false;
    switch (word) {
    case LOST_INCLUDE: return is_header(finder, first + 1, end);
    case LOST_DEFINE: return is_definition(finder, first, end);
    case LOST_UNDEF:
    case LOST_IFDEF:
    case LOST_IFNDEF: return end == first + 2 && is_kind(finder, first + 1, C_WORD) && is_ended(finder, end);
    case LOST_IF: return is_condition(finder, first, end);
    case LOST_ELIF:
        return group && !group->has_else && end > first + 1 && !is_byte(finder, end - 1, ';') &&
               !is_byte(finder, end - 1, '{') && !is_byte(finder, first + 1, '=');
    case LOST_ELSE:
        return group && !group->has_else && end == first + 1 && finder->curly == 0 && is_ended(finder, end);
    case LOST_ENDIF: return group && finder->surplus > 0 && end == first + 1 && is_ended(finder, end);
    case LOST_PRAGMA: return is_pragma(finder, first, end);
    default: return false;
    }
}

/* Whether the token is the name that the directive defines. */
static bool is_definition_of(const struct finder *finder, uint32_t directive, uint32_t name) {
    const struct c_token *word = at(finder, name);
    uint32_t start, end, length = word->end_byte - word->start_byte;
    return directive < finder->tokens.count &&
           c_token_defined_name(finder->bytes, at(finder, directive), "define", &start, &end) &&
           end - start == length && !memcmp(finder->bytes + start, finder->bytes + word->start_byte, length);
}

/* Whether some #define of the text has the name of the token. */
static bool is_defined(const struct finder *finder, uint32_t name) {
    for (uint32_t i = 0; i < finder->tokens.count; i++)
        if (is_definition_of(finder, i, name)) return true;
    return false;
}

/* NAME alone before `#define NAME`, in a text with an #endif too many. */
static bool is_guard_head(const struct finder *finder, uint32_t first, uint32_t end) {
    return finder->unpaired && end == first + 1 && is_complete(finder, first) &&
           is_definition_of(finder, end, first);
}

/* Whether the token is a #define in the line beside that of the other one; *ret_akin: the name begins as its
 * name does. */
static bool is_beside(const struct finder *finder, uint32_t token, uint32_t other, uint32_t name,
                      bool *ret_akin) {
    enum { AKIN_BYTES = 3 };
    uint32_t start, end;
    if (!c_token_defined_name(finder->bytes, at(finder, token), "define", &start, &end)) return false;
    uint32_t from = token < other ? at(finder, token)->end_byte : at(finder, other)->end_byte;
    uint32_t to = token < other ? at(finder, other)->start_byte : at(finder, token)->start_byte, lines = 0;
    for (uint32_t i = from; i < to; i++)
        lines += finder->bytes[i] == '\n';
    *ret_akin |= end - start > AKIN_BYTES &&
                 at(finder, name)->end_byte - at(finder, name)->start_byte > AKIN_BYTES &&
                 !memcmp(finder->bytes + start, finder->bytes + at(finder, name)->start_byte, AKIN_BYTES);
    return lines == 1;
}

/* `NAME value` beside other definitions; of several joined lines anywhere. */
static bool is_define_line(const struct finder *finder, uint32_t first, uint32_t end) {
    uint32_t rest = first + 1;
    bool akin = false;
    if (rest < end && is_byte(finder, rest, '(') &&
        at(finder, rest)->start_byte == at(finder, first)->end_byte)
        rest = group_end(finder, rest, end);
    if (rest >= end || at(finder, rest)->start_byte == at(finder, rest - 1)->end_byte ||
        !is_ended(finder, end))
        return false;
    uint32_t behind = at(finder, rest - 1)->end_byte, last = end - 1;
    if (memchr(finder->bytes + behind, '\\', at(finder, rest)->start_byte - behind))
        return is_complete(finder, first);
    if (at(finder, last)->kind == C_OPEN || is_byte(finder, last, ';') || is_byte(finder, last, ','))
        return false;
    bool above = first > 0 && is_beside(finder, first - 1, first, first, &akin);
    bool below = end < finder->tokens.count && is_beside(finder, end, last, first, &akin);
    return (above || below) && akin && (is_upper(finder, first) || (above && below));
}

/* Behind `#ifndef NAME`: NAME, alone or with a number. */
static bool is_guard_line(const struct finder *finder, uint32_t first, uint32_t end) {
    uint32_t start, stop, length = at(finder, first)->end_byte - at(finder, first)->start_byte;
    bool number = end == first + 2 && is_kind(finder, first + 1, C_NUMBER);
    if (first == 0 || !(end == first + 1 || number) || !is_ended(finder, end)) return false;
    const struct c_token *before = at(finder, first - 1);
    if (before->kind != C_DIRECTIVE || before->byte != C_DIRECTIVE_IFNDEF) return false;
    c_token_argument(finder->bytes, before, &start, &stop);
    while (start < stop && is_blank(finder->bytes[start]))
        start++;
    bool same = stop - start >= length &&
                !memcmp(finder->bytes + start, finder->bytes + at(finder, first)->start_byte, length) &&
                (stop - start == length || isspace((unsigned char)finder->bytes[start + length]) ||
                 finder->bytes[start + length] == '/');
    bool spelt =
        is_upper(finder, first) || (length > 2 && finder->bytes[at(finder, first)->end_byte - 2] == '_');
    return same && spelt;
}

/* NAME(a, b) (a + b): what follows computes with the parameters. */
static bool is_function_line(const struct finder *finder, uint32_t first, uint32_t end) {
    uint32_t parameters[PARAMETER_MAX], count = 0, open = first + 1;
    if (finder->curly != 0 || !is_complete(finder, first) || !is_byte(finder, open, '(') ||
        at(finder, open)->start_byte != at(finder, first)->end_byte)
        return false;
    uint32_t close = open + 1;
    for (; close < end && is_kind(finder, close, C_WORD) && count < PARAMETER_MAX; close++) {
        parameters[count++] = close++;
        if (!is_byte(finder, close, ',')) break;
    }
    if (!count || close + 1 >= end || !is_byte(finder, close, ')') || !is_byte(finder, close + 1, '(') ||
        at(finder, close + 1)->start_byte == at(finder, close)->end_byte ||
        group_end(finder, close + 1, end) != end || (end < finder->tokens.count && !is_ended(finder, end)))
        return false;
    bool operates = false, uses = false;
    for (uint32_t i = close + 2; i + 1 < end; i++) {
        operates |= at(finder, i)->kind == C_OTHER && strchr("+-/%<>=&|^?!", at(finder, i)->byte) &&
                    !is_byte(finder, i + 1, ')');
        for (uint32_t k = 0; k < count && is_kind(finder, i, C_WORD); k++) {
            const struct c_token *word = at(finder, i), *name = at(finder, parameters[k]);
            uint32_t length = word->end_byte - word->start_byte;
            uses |= length == name->end_byte - name->start_byte &&
                    !memcmp(finder->bytes + word->start_byte, finder->bytes + name->start_byte, length);
        }
    }
    return operates && uses;
}

/* The line [first, end) is a directive without `text` before it. */
static void add_line(struct finder *finder, uint32_t first, uint32_t end, enum c_directive directive,
                     const char *message, const char *title, const char *text) {
    uint32_t start = at(finder, first)->start_byte, begin = start;
    while (text[1] && begin > 0 &&
           is_blank(finder->bytes[begin - 1])) /* a word is gone, and left its space */
        begin--;
    if (begin > 0 && finder->bytes[begin - 1] != '\n') begin = start;
    struct lost_line line = {.start_byte = start,
                             .end_byte = at(finder, end - 1)->end_byte,
                             .hidden = true,
                             .directive = directive,
                             .code = FINDING_MISSING_TOKEN,
                             .message = message,
                             .title = title,
                             .text = text,
                             .write_start = begin,
                             .write_end = start};
    vec_push(finder->lines, line);
    finder->lost_end = end;
}

/* Whether the token stands in a branch that is never compiled. */
static bool is_dead(const struct finder *finder, uint32_t token) {
    uint32_t around = branches_around(&finder->branches, token);
    return around != BRANCH_NONE && finder->branches.items.items[around].dead;
}

static void look_at_line(struct finder *finder, uint32_t first, uint32_t end, uint32_t *looked) {
    const struct c_token *token = at(finder, first);
    for (int i = 0; i < LOST_WORDS && token->kind == C_WORD; i++) {
        if (!c_token_is(finder->bytes, token, lost_words[i])) continue;
        const struct group *group = open_group(finder);
        bool ends = i == LOST_ENDIF || i == LOST_ELSE || i == LOST_ELIF; /* a branch */
        if (!is_directive_line(finder, i, first, end) ||
            (ends ? group && group->dead : is_dead(finder, first)))
            return;
        add_line(finder, first, end, words[i].directive, words[i].message, "insert `#`", "#");
        finder->word_lines[i]++;
        return;
    }
    if (finder->round != 0) return;
    if (token->kind == C_WORD && is_guard_head(finder, first, end)) {
        add_line(finder, first, end, C_DIRECTIVE_IFNDEF, "missing `#ifndef`", "insert `#ifndef`", "#ifndef ");
        return;
    }
    bool mark = is_byte(finder, first, '<') || token->kind == C_STRING;
    if (mark && finder->curly == 0 && is_header(finder, first, end) && is_complete(finder, first) &&
        is_ended(finder, end) && (token->kind != C_STRING || end == first + 1) && !is_dead(finder, first)) {
        add_line(finder, first, end, C_DIRECTIVE_OTHER, "missing `#include`", "insert `#include`",
                 "#include ");
    } else if (token->kind == C_WORD && *looked < DEFINES_MAX &&
               (is_guard_line(finder, first, end) || is_function_line(finder, first, end) ||
                is_define_line(finder, first, end))) {
        ++*looked;
        if (!is_defined(finder, first) && !is_dead(finder, first))
            add_line(finder, first, end, C_DIRECTIVE_OTHER, "missing `#define`", "insert `#define`",
                     "#define ");
    }
}

/* ---- lines with # ---- */

/* One that is said of the directive; without a text that is written instead of it, without a repair. */
static struct lost_line *add_directive(struct finder *finder, uint32_t token, enum finding_code code,
                                       const char *message) {
    const struct c_token *directive = at(finder, token);
    uint32_t end = directive->end_byte;
    while (end > directive->start_byte && is_blank(finder->bytes[end - 1]))
        end--;
    struct lost_line line = {.start_byte = directive->start_byte,
                             .end_byte = end,
                             .code = (uint8_t)code,
                             .message = message,
                             .write_start = directive->start_byte,
                             .write_end = directive->end_byte};
    vec_push(finder->lines, line);
    return &finder->lines->items[finder->lines->count - 1];
}

static void remove_line(const struct finder *finder, struct lost_line *line, const char *title) {
    line->title = title;
    line->text = "";
    if (line->write_end < finder->length && finder->bytes[line->write_end] == '\r') line->write_end++;
    if (line->write_end < finder->length && finder->bytes[line->write_end] == '\n') line->write_end++;
}

/* The name of the directive, and where its argument begins and ends, without space and comments around. */
static uint32_t read_directive(const struct finder *finder, uint32_t token, uint32_t *ret_start,
                               uint32_t *ret_end) {
    uint32_t start, end;
    c_token_argument(finder->bytes, at(finder, token), &start, &end);
    uint32_t name = start;
    while (name > at(finder, token)->start_byte && isalpha((unsigned char)finder->bytes[name - 1]))
        name--;
    struct c_tokens argument = {0};
    c_token_scan(finder->bytes + start, end - start, &argument);
    *ret_start = argument.count ? argument.items[0].start_byte + start : end;
    *ret_end = argument.count ? argument.items[argument.count - 1].end_byte + start : end;
    vec_finish(&argument);
    return name;
}

/* What is wrong with a directive in itself. */
static void look_at_argument(struct finder *finder, uint32_t token) {
    uint32_t start, end, name = read_directive(finder, token, &start, &end);
    uint32_t hash = at(finder, token)->start_byte;
    const char *bytes = finder->bytes, *stop = bytes + at(finder, token)->end_byte;
    bool nameless = name == stop - bytes || !isalpha((unsigned char)bytes[name]);
    bool compiled = !is_dead(finder, token);
    if (nameless && bytes[hash] == '#' && start < end && lost_names_header(bytes, start, end)) {
        struct lost_line *line = add_directive(finder, token, FINDING_MISSING_TOKEN,
                                               compiled ? "missing `include` behind `#`" : NULL);
        line->title = "insert `include`";
        line->text = "include ";
        line->write_start = hash + 1;
        line->write_end = start;
        return;
    }
    for (size_t i = 0; i < LOST_NEEDY && start == end; i++) {
        if (!lost_begins_with(bytes + name, stop, lost_words[i])) continue;
        struct lost_line *line =
            add_directive(finder, token, FINDING_MISSING_TOKEN, compiled ? needy[i].message : NULL);
        if (needy[i].title) remove_line(finder, line, needy[i].title);
        return;
    }
    if (start < end && isdigit((unsigned char)bytes[start]) &&
        lost_begins_with(bytes + name, stop, "define")) {
        struct lost_line *line =
            add_directive(finder, token, FINDING_WRONG_TOKEN,
                          compiled ? "the name of a macro does not begin with a digit" : NULL);
        line->title = "insert `_`";
        line->text = "_";
        line->write_start = line->write_end = start;
    }
}

/* What the directive does to the groups. */
static void follow_branch(struct finder *finder, uint32_t token, enum c_directive directive) {
    struct group *group = open_group(finder);
    switch (directive) {
    case C_DIRECTIVE_IF:
    case C_DIRECTIVE_IFDEF:
    case C_DIRECTIVE_IFNDEF:
        finder->groups[finder->depth++] =
            (struct group){.curly = finder->curly, .dead = is_dead(finder, token)};
        break;
    case C_DIRECTIVE_ELIF:
    case C_DIRECTIVE_ELIFDEF:
    case C_DIRECTIVE_ELIFNDEF:
    case C_DIRECTIVE_ELSE:
        if (!group) {
            bool other = directive == C_DIRECTIVE_ELSE;
            remove_line(finder,
                        add_directive(finder, token, FINDING_NOT_ALLOWED, other ? no_if_else : no_if_elif),
                        other ? "remove `#else`" : "remove `#elif`");
            break;
        }
        if (group->has_else && !is_dead(finder, token)) {
            bool other = directive == C_DIRECTIVE_ELSE;
            remove_line(finder,
                        add_directive(finder, token, FINDING_NOT_ALLOWED,
                                      other ? "a second `#else` of one `#if`" : "`#elif` behind the `#else`"),
                        other ? "remove `#else`" : "remove `#elif`");
        }
        group->has_else |= directive == C_DIRECTIVE_ELSE;
        finder->curly = group->curly;
        break;
    case C_DIRECTIVE_ENDIF:
        if (group)
            finder->depth--;
        else
            add_directive(finder, token, FINDING_NOT_ALLOWED, NULL);
        break;
    default: break;
    }
}

/* The lines that are there have as many #if without an #endif, and some #endif without an #if. */
static void count_unpaired(struct finder *finder) {
    for (uint32_t i = 0; i < finder->tokens.count; i++) {
        if (!is_kind(finder, i, C_DIRECTIVE)) continue;
        uint8_t directive = at(finder, i)->byte;
        if (directive == C_DIRECTIVE_IF || directive == C_DIRECTIVE_IFDEF || directive == C_DIRECTIVE_IFNDEF)
            finder->surplus++;
        if (directive == C_DIRECTIVE_ENDIF) {
            finder->unpaired |= finder->surplus == 0;
            finder->surplus -= finder->surplus > 0;
        }
    }
}

static void follow_brackets(struct finder *finder, const struct c_token *token) {
    int32_t *count = token->byte == '{' || token->byte == '}' ? &finder->curly : &finder->round;
    if (token->kind == C_OPEN) ++*count;
    if (token->kind == C_CLOSE && *count > 0) --*count;
}

static void look(struct finder *finder, size_t first) {
    uint32_t looked = 0, end = 0, count = (uint32_t)finder->tokens.count;
    for (uint32_t i = 0; i < count; i = end) {
        const struct c_token *token = at(finder, i);
        end = i + 1;
        if (finder->lines->count - first >= LINES_MAX) return;
        if (token->kind == C_DIRECTIVE) {
            if (finder->depth == NESTING_MAX) { /* nothing is certain any more */
                finder->lines->count = first;
                return;
            }
            size_t before = finder->lines->count;
            look_at_argument(finder, i);
            follow_branch(finder, i, token->byte);
            if (finder->lines->count > before + 1) { /* that it has no place comes first */
                finder->lines->items[before] = finder->lines->items[before + 1];
                finder->lines->count--;
            }
            continue;
        }
        while (end < count && !at(finder, end)->line_start)
            end++;
        size_t found = finder->lines->count;
        if (token->line_start) look_at_line(finder, i, end, &looked);
        if (finder->lines->count > found) {
            uint8_t directive = finder->lines->items[found].directive;
            if (directive == C_DIRECTIVE_ENDIF) finder->surplus--;
            if (finder->depth < NESTING_MAX) follow_branch(finder, i, directive);
            continue;
        }
        for (uint32_t k = i; k < end; k++)
            follow_brackets(finder, at(finder, k));
    }
}

/* ---- what is certain ---- */

/* A word that the text uses as a name is one everywhere. */
static void drop_names(struct finder *finder, size_t first) {
    if (finder->lines->count == first) return;
    uint32_t uses[LOST_WORDS] = {0};
    for (uint32_t i = 0; i < finder->tokens.count; i++)
        for (int k = 0; k < LOST_WORDS; k++)
            uses[k] += !lost_is_keyword(k) && c_token_is(finder->bytes, at(finder, i), lost_words[k]);
    size_t kept = first;
    for (size_t i = first; i < finder->lines->count; i++) {
        const struct lost_line *line = &finder->lines->items[i];
        bool name = false;
        for (int k = 0; k < LOST_WORDS; k++)
            name |= line->message == words[k].message && uses[k] > finder->word_lines[k];
        if (!name) finder->lines->items[kept++] = *line;
    }
    finder->lines->count = kept;
}

/* Whether some line is a word alone: what may be left of an #if (branch_mend.h). */
static bool has_word_line(const struct finder *finder) {
    for (uint32_t i = 0; i < finder->tokens.count; i++) {
        bool alone = i + 1 == finder->tokens.count || at(finder, i + 1)->line_start;
        if (alone && is_kind(finder, i, C_WORD) && at(finder, i)->line_start && is_complete(finder, i))
            return true;
    }
    return false;
}

/* Which of two branches is one too much is known only where all else is paired; an #else and its #endif that
 * have no #if are one mistake. */
static void settle_branches(struct finder *finder, size_t first) {
    bool unpaired = false;
    for (size_t i = first; i < finder->lines->count; i++)
        unpaired |= finder->lines->items[i].code == FINDING_NOT_ALLOWED && !finder->lines->items[i].message;
    if (finder->depth == 0 && !unpaired) return;
    bool stray = finder->depth == 0 && finder->lines->count > first && !has_word_line(finder), said = false;
    size_t kept = first;
    for (size_t i = first; i < finder->lines->count; i++) {
        struct lost_line line = finder->lines->items[i];
        if (line.code == FINDING_NOT_ALLOWED) {
            bool begins = line.message == no_if_else || line.message == no_if_elif;
            if (!stray || !(begins || said)) continue;
            line.title = line.text = NULL; /* nobody knows its condition */
            if (said) line.message = NULL;
            said = true;
        }
        finder->lines->items[kept++] = line;
    }
    finder->lines->count = kept;
}

/* The tokens, but for #error: of a lost #if it would close the branch around. */
static void take_tokens(struct finder *finder, const struct c_tokens *tokens) {
    vec_reserve(&finder->tokens, tokens->count);
    if (tokens->count) memcpy(finder->tokens.items, tokens->items, tokens->count * sizeof *tokens->items);
    finder->tokens.count = tokens->count;
    for (size_t i = 0; i < tokens->count; i++) {
        struct c_token *token = &finder->tokens.items[i];
        if (token->kind == C_DIRECTIVE && token->byte == C_DIRECTIVE_ERROR) token->byte = C_DIRECTIVE_OTHER;
    }
}

void lost_lines_find(struct c_scan *scan, struct lost_lines *lines) {
    size_t first = lines->count;
    if (!lost_glance(scan->bytes, scan->length)) return;
    struct finder finder = {.bytes = scan->bytes, .length = scan->length, .lines = lines, .lost_end = NONE};
    take_tokens(&finder, c_scan_tokens(scan));
    branches_find(finder.bytes, &finder.tokens, &finder.branches);
    count_unpaired(&finder);
    look(&finder, first);
    drop_names(&finder, first);
    settle_branches(&finder, first);
    branches_finish(&finder.branches);
    vec_finish(&finder.tokens);
}

const struct lost_line *lost_lines_at(const struct lost_lines *lines, uint32_t start_byte) {
    size_t index;
    vec_bisect(lines, line, line->start_byte < start_byte, &index);
    return index < lines->count && lines->items[index].start_byte == start_byte ? &lines->items[index] : NULL;
}

void lost_lines_hide(const struct lost_lines *lines, uint32_t piece_start, uint32_t piece_end,
                     struct c_tokens *tokens) {
    uint32_t kept = 0, i = 0;
    size_t next;
    vec_bisect(lines, line, line->start_byte < piece_start, &next);
    while (i < tokens->count) {
        uint32_t byte = tokens->items[i].start_byte + piece_start;
        while (next < lines->count && (lines->items[next].start_byte < byte || !lines->items[next].hidden))
            next++;
        const struct lost_line *line = next < lines->count ? &lines->items[next] : NULL;
        if (!line || line->start_byte != byte || line->end_byte > piece_end) {
            tokens->items[kept++] = tokens->items[i++];
            continue;
        }
        struct c_token directive = tokens->items[i];
        while (i < tokens->count && tokens->items[i].end_byte + piece_start <= line->end_byte)
            i++;
        directive.end_byte = line->end_byte - piece_start;
        directive.kind = C_DIRECTIVE;
        directive.byte = line->directive;
        tokens->items[kept++] = directive;
    }
    tokens->count = kept;
}
