/* Declarations: macro.h. The directives of a file become plain lines (directive.h), which decide everything:
 * their hash says whether facts changed, and names and bodies point into them. */
#include "analysis/macro.h"

#include "analysis/directive.h"
#include "analysis/pp_token.h"
#include "base/arena.h"
#include "base/vec.h"
#include <string.h>

#define CONDITION_DEPTH_MAX 256 /* of #if inside of #if; deeper ones count as open */
#define HUNKS_MAX           8 /* differences of two texts that are looked at; more of them mean a new scan */

struct own_facts {
    struct macro_facts facts; /* first */
    struct str lines;
    struct arena arena; /* parameters */
};

/* One #if with its branches. */
struct group {
    enum condition outer; /* where it lies */
    enum condition rest;  /* that no branch so far was taken */
};

struct builder {
    struct own_facts *own;
    struct {
        VEC_FIELDS(struct macro);
    } macros;
    struct {
        VEC_FIELDS(struct macro_include);
    } includes;
    struct group groups[CONDITION_DEPTH_MAX];
    size_t depth;
    enum condition branch; /* where the line lies */
    size_t bodies_bytes;
    bool limited;
};

uint32_t macro_name_hash(const char *name, uint32_t length) {
    return (uint32_t)hash64(name, length, 0);
}

static bool words_equal(struct macro_word a, struct macro_word b) {
    return a.length == b.length && memcmp(a.bytes, b.bytes, a.length) == 0;
}

/* The word at *at, which moves past it and the blank behind it; length 0: there is none. */
static struct macro_word take_word(const char **at, const char *end) {
    const char *start = *at;
    while (*at < end && pp_is_word((unsigned char)**at))
        ++*at;
    struct macro_word word = {start, (uint32_t)(*at - start)};
    if (*at < end && **at == ' ') ++*at;
    return word;
}

static struct macro_word take_name(const char **at, const char *end) {
    struct macro_word word = {*at, 0};
    if (*at == end || pp_is_digit(**at)) return word;
    word = take_word(at, end);
    if (word.length > MACRO_NAME_BYTES_MAX) word.length = 0;
    return word;
}

/* ---- #define ---- */

/* From behind the parenthesis to behind the closing one. */
static bool take_parameters(struct builder *builder, const char **at, const char *end, struct macro *macro) {
    static const struct macro_word unnamed = {"__VA_ARGS__", 11};
    struct macro_word parameters[MACRO_PARAMETERS_MAX];
    size_t count = 0;
    if (*at < end && **at == ' ') ++*at;
    while (*at < end && **at != ')') {
        if (count == MACRO_PARAMETERS_MAX || macro->variadic) return false;
        struct macro_word name = take_name(at, end);
        if (end - *at >= 3 && memcmp(*at, "...", 3) == 0) {
            macro->variadic = true;
            if (name.length == 0) name = unnamed;
            *at += 3;
            if (*at < end && **at == ' ') ++*at;
        }
        if (name.length == 0) return false;
        parameters[count++] = name;
        if (*at < end && **at == ',') {
            ++*at;
            if (*at < end && **at == ' ') ++*at;
            if (*at < end && **at == ')') return false;
        } else if (*at == end || **at != ')') {
            return false;
        }
    }
    if (*at == end) return false;
    ++*at;
    macro->parameter_count = (uint8_t)count;
    if (count > 0) {
        struct macro_word *kept = arena_alloc(&builder->own->arena, count * sizeof *kept);
        memcpy(kept, parameters, count * sizeof *kept);
        macro->parameters = kept;
    }
    return true;
}

static void read_define(struct builder *builder, const char *at, const char *end) {
    const char *start = at;
    struct macro macro = {.branch = (uint8_t)builder->branch};
    struct macro_word name = take_name(&at, end);
    if (name.length == 0) return;
    macro.name = name.bytes, macro.name_length = name.length;
    at = start + name.length; /* a blank before the parenthesis makes it a part of the body */
    if (at < end && *at == '(') {
        macro.function_like = true;
        at++;
        if (!take_parameters(builder, &at, end, &macro)) return;
    }
    if (at < end && *at == ' ') at++;
    macro.body = at, macro.body_length = (uint32_t)(end - at);
    if (macro.body_length > MACRO_BODY_BYTES_MAX || builder->macros.count == MACRO_FILE_MACROS_MAX ||
        builder->bodies_bytes + macro.body_length > MACRO_FILE_BODIES_MAX) {
        builder->limited = true;
        return;
    }
    builder->bodies_bytes += macro.body_length;
    macro.name_hash = macro_name_hash(macro.name, macro.name_length);
    vec_push(&builder->macros, macro);
}

/* ---- the other directives ---- */

static void read_include(struct builder *builder, const char *at, const char *end, bool next) {
    if (at == end || (*at != '"' && *at != '<')) return; /* a macro, which says nothing without its value */
    const char *close = memchr(at + 1, *at == '"' ? '"' : '>', (size_t)(end - at - 1));
    if (!close || close == at + 1) return;
    if (builder->includes.count == MACRO_FILE_INCLUDES_MAX) {
        builder->limited = true;
        return;
    }
    struct macro_include include = {{at + 1, (uint32_t)(close - at - 1)},
                                    *at == '"' ? MACRO_INCLUDE_QUOTED : MACRO_INCLUDE_ANGLED,
                                    next,
                                    (uint8_t)builder->branch};
    vec_push(&builder->includes, include);
}

static void begin_branch(struct builder *builder, enum condition condition) {
    struct group *group = &builder->groups[builder->depth - 1];
    builder->branch = condition_and(group->outer, condition_and(group->rest, condition));
    group->rest = condition_and(group->rest, condition_not(condition));
}

static void read_if(struct builder *builder, enum condition condition) {
    if (builder->depth++ >= CONDITION_DEPTH_MAX) return;
    builder->groups[builder->depth - 1] = (struct group){builder->branch, CONDITION_TRUE};
    begin_branch(builder, condition);
}

static void read_else(struct builder *builder, enum condition condition) {
    if (builder->depth > 0 && builder->depth <= CONDITION_DEPTH_MAX) begin_branch(builder, condition);
}

static void read_endif(struct builder *builder) {
    if (builder->depth == 0) return;
    if (builder->depth <= CONDITION_DEPTH_MAX) builder->branch = builder->groups[builder->depth - 1].outer;
    builder->depth--;
}

static enum condition name_condition(const char *at, const char *end) {
    struct macro_word name = take_word(&at, end);
    return condition_of_name(name.bytes, name.length);
}

static bool is_keyword(struct macro_word word, const char *keyword) {
    return strlen(keyword) == word.length && memcmp(keyword, word.bytes, word.length) == 0;
}

static void read_line(struct builder *builder, const char *at, const char *end) {
    struct macro_word keyword = take_word(&at, end);
    size_t left = (size_t)(end - at);
    if (is_keyword(keyword, "define")) {
        read_define(builder, at, end);
    } else if (is_keyword(keyword, "include") || is_keyword(keyword, "import")) {
        read_include(builder, at, end, false);
    } else if (is_keyword(keyword, "include_next")) {
        read_include(builder, at, end, true);
    } else if (is_keyword(keyword, "if")) {
        read_if(builder, condition_of_expression(at, left));
    } else if (is_keyword(keyword, "ifdef")) {
        read_if(builder, name_condition(at, end));
    } else if (is_keyword(keyword, "ifndef")) {
        read_if(builder, condition_not(name_condition(at, end)));
    } else if (is_keyword(keyword, "elif")) {
        read_else(builder, condition_of_expression(at, left));
    } else if (is_keyword(keyword, "elifdef")) {
        read_else(builder, name_condition(at, end));
    } else if (is_keyword(keyword, "elifndef")) {
        read_else(builder, condition_not(name_condition(at, end)));
    } else if (is_keyword(keyword, "else")) {
        read_else(builder, CONDITION_TRUE);
    } else if (is_keyword(keyword, "endif")) {
        read_endif(builder);
    }
}

/* ---- include guards ---- */

/* "ifndef NAME", "if !defined NAME", "if !defined(NAME)". */
static struct macro_word guard_of_condition(const char *at, const char *end) {
    struct macro_word keyword = take_word(&at, end);
    bool parenthesised = false;
    if (is_keyword(keyword, "if")) {
        if (at == end || *at != '!') return (struct macro_word){0};
        at++;
        if (at < end && *at == ' ') at++;
        if (!is_keyword(take_word(&at, end), "defined")) return (struct macro_word){0};
        parenthesised = at < end && *at == '(';
        if (parenthesised) at++;
    } else if (!is_keyword(keyword, "ifndef")) {
        return (struct macro_word){0};
    }
    struct macro_word name = take_name(&at, end);
    if (parenthesised && at < end && *at == ')') at++;
    return at == end ? name : (struct macro_word){0};
}

/* The guard of a file: its first directive asks for a name that the second one defines, and its last one ends
 * that question. What else there is between them is not looked at. */
static struct macro_word find_guard(const struct str *lines) {
    const char *at = lines->bytes, *end = at + lines->length;
    const char *line_end = memchr(at, '\n', (size_t)(end - at));
    if (!line_end) return (struct macro_word){0};
    struct macro_word guard = guard_of_condition(at, line_end);
    if (guard.length == 0) return guard;
    size_t depth = 1;
    at = line_end + 1;
    for (bool second = true; at < end; at = line_end + 1, second = false) {
        line_end = memchr(at, '\n', (size_t)(end - at));
        const char *rest = at;
        struct macro_word keyword = take_word(&rest, line_end);
        if (second && !(is_keyword(keyword, "define") && words_equal(take_name(&rest, line_end), guard)))
            break;
        if (keyword.length >= 2 && memcmp(keyword.bytes, "if", 2) == 0) depth++;
        if (depth == 1 && keyword.length >= 4 && memcmp(keyword.bytes, "el", 2) == 0) break;
        if (is_keyword(keyword, "endif") && --depth == 0)
            return line_end + 1 == end ? guard : (struct macro_word){0};
    }
    return (struct macro_word){0};
}

/* ---- facts ---- */

static void destroy_facts(struct own_facts *own) {
    mem_free((void *)own->facts.macros);
    mem_free((void *)own->facts.includes);
    arena_finish(&own->arena);
    str_finish(&own->lines);
    mem_free(own);
}

struct macro_facts *macro_facts_ref(struct macro_facts *facts) {
    atomic_fetch_add_explicit(&facts->references, 1, memory_order_relaxed);
    return facts;
}

void macro_facts_unref(struct macro_facts *facts) {
    if (facts && atomic_fetch_sub_explicit(&facts->references, 1, memory_order_acq_rel) == 1)
        destroy_facts((struct own_facts *)facts);
}

/* Memory that growth left over is given back: headers are kept for long. */
static void *fitted(void *items, size_t count, size_t item_bytes) {
    if (count > 0) return mem_realloc(items, count * item_bytes);
    mem_free(items);
    return NULL;
}

static void read_lines(struct own_facts *own, bool limited) {
    struct builder *builder = mem_zalloc(sizeof *builder);
    struct macro_facts *facts = &own->facts;
    builder->own = own;
    builder->limited = limited;
    facts->guard = find_guard(&own->lines);
    const char *at = own->lines.bytes, *end = at + own->lines.length;
    for (bool first = true; at < end; first = false) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        if (first && facts->guard.length > 0)
            read_if(builder, CONDITION_TRUE);
        else
            read_line(builder, at, line_end);
        at = line_end + 1;
    }
    facts->macro_count = (uint32_t)builder->macros.count;
    facts->include_count = (uint32_t)builder->includes.count;
    facts->macros = fitted(builder->macros.items, facts->macro_count, sizeof *facts->macros);
    facts->includes = fitted(builder->includes.items, facts->include_count, sizeof *facts->includes);
    facts->limited = builder->limited;
    facts->size_bytes = sizeof *own + own->lines.capacity + own->arena.total_bytes +
                        facts->macro_count * sizeof *facts->macros +
                        facts->include_count * sizeof *facts->includes;
    mem_free(builder);
}

struct macro_facts *macro_facts_scan(const char *bytes, size_t length, struct macro_facts *previous) {
    struct str lines;
    bool limited;
    str_init(&lines);
    directive_collect(bytes, length, &lines, &limited);
    struct hash128 hash = hash128(lines.bytes, lines.length);
    if (previous && previous->hash.low == hash.low && previous->hash.high == hash.high) {
        str_finish(&lines);
        return macro_facts_ref(previous);
    }
    struct own_facts *own = mem_zalloc(sizeof *own);
    atomic_init(&own->facts.references, 1);
    own->facts.hash = hash;
    arena_init(&own->arena);
    str_init(&own->lines);
    str_add(&own->lines, lines.bytes, lines.length);
    str_finish(&lines);
    read_lines(own, limited);
    return &own->facts;
}

/* ---- facts of a text that changed ---- */

static bool is_special(int byte) {
    return byte == '#' || byte == '%' || byte == ':' || byte == '/' || byte == '*' || byte == '"' ||
           byte == '\'' || byte == '\\';
}

/* Whether what lies in [start, end) of the text can be another without any directive being another: it lies
 * on lines that are no directives and don't continue one, and no comment, string or continuation begins or
 * ends in it. */
static bool is_indifferent(const struct text *text, uint32_t start, uint32_t end) {
    uint32_t line = text_line_of(text, start);
    uint32_t from = text_line_start(text, line), to = text_line_end(text, text_line_of(text, end));
    if (to - from > DIRECTIVE_BYTES_MAX) return false;
    bool breaks_line = to != text_line_end(text, line);
    int before = 0;
    for (uint32_t byte = from; byte < to;) {
        uint32_t run_length;
        const char *run = text_run(text, byte, &run_length);
        for (uint32_t i = 0; i < run_length && byte < to; i++, byte++) {
            if (run[i] == '#' || run[i] == '%' || (run[i] == '/' && before == '*')) return false;
            /* A line that is split or joined moves all of itself in or out of a comment or string. */
            bool near = breaks_line || (byte + 1 >= start && byte <= end);
            if (near && is_special((unsigned char)run[i])) return false;
            before = run[i];
        }
    }
    if (line == 0) return true;
    uint32_t last = text_line_end(text, line - 1), first = text_line_start(text, line - 1);
    for (; last > first; last--) {
        int byte = text_byte_at(text, last - 1);
        if (byte == '\\') return false;
        if (byte != ' ' && byte != '\t') break;
    }
    return true;
}

static bool directives_untouched(const struct text *text, const struct text *previous_text) {
    struct text_hunk hunks[HUNKS_MAX + 1];
    size_t count = text_diff(previous_text, text, hunks, HUNKS_MAX + 1);
    if (count > HUNKS_MAX) return false;
    for (size_t i = 0; i < count; i++)
        if (!is_indifferent(previous_text, hunks[i].old_start, hunks[i].old_end) ||
            !is_indifferent(text, hunks[i].new_start, hunks[i].new_end))
            return false;
    return true;
}

struct macro_facts *macro_facts_of_text(const struct text *text, const struct text *previous_text,
                                        struct macro_facts *previous) {
    if (previous && previous_text && directives_untouched(text, previous_text))
        return macro_facts_ref(previous);
    uint32_t size = text_size(text), run_length;
    const char *run = text_run(text, 0, &run_length);
    if (run_length >= size) return macro_facts_scan(run, size, previous);
    char *bytes = text_dup(text, 0, size);
    struct macro_facts *facts = macro_facts_scan(bytes, size, previous);
    mem_free(bytes);
    return facts;
}

bool macro_equal(const struct macro *a, const struct macro *b) {
    if (a->function_like != b->function_like || a->variadic != b->variadic ||
        a->body_length != b->body_length || a->parameter_count != b->parameter_count ||
        memcmp(a->body, b->body, a->body_length) != 0)
        return false;
    for (size_t i = 0; i < a->parameter_count; i++)
        if (!words_equal(a->parameters[i], b->parameters[i])) return false;
    return true;
}
