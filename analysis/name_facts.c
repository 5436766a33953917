/* Declarations: name_facts.h.
 *
 * A scope is open when everything around it is a body whose members are names: of a class, a namespace, a
 * group behind `const (`, of what `module.exports =` is given. What is defined elsewhere is local to a
 * function. */
#include "analysis/name_facts.h"

#include "base/mem.h"
#include <stdlib.h>
#include <string.h>

#define HEAD_WORDS 64 /* tokens before a bracket that say what it holds */
/* Places where names stand that are gathered before those that stand in several count once. */
#define PLACES_MAX (2 * NAME_FACTS_MAX)

struct scan {
    const struct language *language;
    const char *bytes;
    const struct token *tokens;
    size_t count;
    unsigned depth, closed; /* brackets open; which of them is the first that is no open scope, 0: none */
    struct {
        VEC_FIELDS(uint64_t);
    } names;
    bool full; /* so many names that no more are looked for */
};

uint64_t name_hash(const char *bytes, size_t length) {
    return hash64(bytes, length, 0);
}

/* ---- tokens ---- */

static bool spells(const struct scan *scan, size_t index, const char *text) {
    return index < scan->count && token_spells(&scan->tokens[index], scan->bytes, text);
}

/* 0: there is none, or it is longer. */
static char char_at(const struct scan *scan, size_t index) {
    return index < scan->count ? token_char(&scan->tokens[index], scan->bytes) : 0;
}

static bool is_name(const struct scan *scan, size_t index) {
    return index < scan->count && scan->tokens[index].kind == TOKEN_WORD &&
           !(scan->tokens[index].flags & TOKEN_KEYWORD);
}

static bool begins_line(const struct scan *scan, size_t index) {
    return scan->tokens[index].flags & TOKEN_LINE_START;
}

static bool is_definer(const struct scan *scan, size_t index) {
    for (const char *const *word = scan->language->definers; *word; word++)
        if (spells(scan, index, *word)) return true;
    return false;
}

static int compare_hashes(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void sort_names(struct scan *scan) {
    if (!scan->names.count) return;
    qsort(scan->names.items, scan->names.count, sizeof *scan->names.items, compare_hashes);
    size_t kept = 1;
    for (size_t i = 1; i < scan->names.count; i++)
        if (scan->names.items[i] != scan->names.items[kept - 1])
            scan->names.items[kept++] = scan->names.items[i];
    scan->names.count = kept;
}

static void add(struct scan *scan, size_t index) {
    const struct token *token = &scan->tokens[index];
    if (scan->full) return;
    vec_push(&scan->names, name_hash(scan->bytes + token->start_byte, token->end_byte - token->start_byte));
    if (scan->names.count < PLACES_MAX) return;
    sort_names(scan);
    scan->full = scan->names.count >= NAME_FACTS_MAX;
}

/* ---- scopes ---- */

/* Whether the bracket holds members: by the words of the statement that it stands in. */
static bool holds_members(const struct scan *scan, size_t opener) {
    static const char *const words[] = {"class", "interface", "struct",    "enum",   "trait",
                                        "impl",  "union",     "namespace", "module", "record",
                                        "type",  "exports",   "export",    "mod"};
    char bracket = char_at(scan, opener);
    bool group = bracket == '(';
    if (bracket == '[' || opener == 0) return false;
    if (group) return is_definer(scan, opener - 1);
    for (size_t i = opener, looked = 0; i-- > 0 && looked < HEAD_WORDS; looked++) {
        char byte = char_at(scan, i);
        if (byte == ';' || byte == '{' || byte == '}') return false;
        if (byte == '=' && !spells(scan, i - (i > 0), "exports")) return false;
        if (spells(scan, i, "func") || spells(scan, i, "function") || spells(scan, i, "=>")) return false;
        for (size_t k = 0; k < sizeof words / sizeof *words; k++)
            if (spells(scan, i, words[k])) return true;
        if (begins_line(scan, i) && scan->language->flags & LANGUAGE_LINE_ENDS) return false;
    }
    return false;
}

static bool in_open_scope(const struct scan *scan) {
    return scan->closed == 0;
}

static void pass_bracket(struct scan *scan, size_t index) {
    if (scan->tokens[index].kind == TOKEN_OPEN) {
        scan->depth++;
        if (!scan->closed && !holds_members(scan, index)) scan->closed = scan->depth;
    } else if (scan->depth) {
        if (scan->closed == scan->depth) scan->closed = 0;
        scan->depth--;
    }
}

/* ---- names ---- */

/* The name behind a definer: past other keywords, signs, and what Go has in parentheses before a method's. */
static void add_defined(struct scan *scan, size_t index) {
    for (size_t i = index + 1; i < scan->count && i < index + 12 && scan->tokens[i].kind != TOKEN_CLOSE;
         i++) {
        char byte = char_at(scan, i);
        if (byte == '(' && i == index + 1) {
            while (i < scan->count && i < index + 12 && char_at(scan, i) != ')')
                i++;
            continue;
        }
        if (is_name(scan, i)) {
            add(scan, i);
            return;
        }
        if (scan->tokens[i].kind != TOKEN_WORD && byte != '*' && byte != '!') return;
    }
}

/* A member by what stands behind it: a method, a field, an item of a list. */
static bool is_member(const struct scan *scan, size_t index) {
    char after = index + 1 < scan->count ? scan->bytes[scan->tokens[index + 1].start_byte] : 0;
    char before = index ? char_at(scan, index - 1) : 0;
    if (before && strchr("=.+-/<?:!|%^&@", before)) return false;
    if (before == '[' || (index && scan->tokens[index - 1].kind == TOKEN_OPERATOR && !before)) return false;
    bool typed = begins_line(scan, index) && is_name(scan, index + 1); /* Go: name Type */
    return typed || (after && strchr("(=:;,}?!", after)) ||
           (index + 1 < scan->count && begins_line(scan, index + 1));
}

/* Where indentation is syntax: what stands at the margin, and attributes. */
static void look_at_line(struct scan *scan, size_t index) {
    const struct token *token = &scan->tokens[index];
    bool margin = token->indent == 0 && begins_line(scan, index);
    if (!margin) return;
    if (spells(scan, index, "import") || spells(scan, index, "from")) {
        for (size_t i = index;
             i < scan->count && (i == index || !begins_line(scan, i) || scan->tokens[i].indent); i++)
            if (is_name(scan, i)) add(scan, i);
    } else if (is_name(scan, index) && (char_at(scan, index + 1) == '=' || char_at(scan, index + 1) == ':')) {
        add(scan, index);
    }
}

static void find_names(struct scan *scan) {
    bool layout = scan->language->flags & LANGUAGE_LAYOUT;
    for (size_t i = 0; i < scan->count; i++) {
        const struct token *token = &scan->tokens[i];
        if (token->kind == TOKEN_OPEN || token->kind == TOKEN_CLOSE) {
            pass_bracket(scan, i);
        } else if (token->kind == TOKEN_WORD) {
            bool attribute =
                is_name(scan, i) && i > 0 && char_at(scan, i - 1) == '.' && char_at(scan, i + 1) == '=';
            if (attribute) add(scan, i);
            if (layout && !scan->depth) look_at_line(scan, i);
            if (!layout && !in_open_scope(scan)) continue;
            if (is_definer(scan, i))
                add_defined(scan, i);
            else if (!layout && scan->depth && is_name(scan, i) && is_member(scan, i))
                add(scan, i);
        }
    }
    sort_names(scan);
    if (scan->names.count > NAME_FACTS_MAX) scan->names.count = NAME_FACTS_MAX;
}

/* ---- facts ---- */

static struct name_facts *create(void) {
    struct name_facts *facts = mem_zalloc(sizeof *facts);
    atomic_init(&facts->references, 1);
    import_list_init(&facts->imports);
    return facts;
}

/* Keeps the imports that pass names on; their names stay where they are. */
static void keep_onward(struct import_list *list) {
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].onward) list->items[kept++] = list->items[i];
    list->count = kept;
}

static void seal(struct name_facts *facts) {
    struct str all;
    str_init(&all);
    str_addf(&all, "%zu %zu ", facts->count, facts->files_length);
    str_add(&all, facts->names, facts->count * sizeof *facts->names);
    for (size_t i = 0; i < facts->imports.count; i++) {
        const struct import *import = &facts->imports.items[i];
        str_addf(&all, "%d %d %d ", import->base, import->up, import->package);
        str_add(&all, facts->imports.names.bytes + import->name, import->length);
        str_addc(&all, '\0');
    }
    if (facts->imports.count) /* they lead elsewhere from another package */
        str_add(&all, facts->imports.names.bytes + facts->imports.package, facts->imports.package_length);
    if (facts->module) str_add(&all, facts->module, strlen(facts->module) + 1);
    str_add(&all, facts->files ? facts->files : "", facts->files_length);
    facts->hash = hash128(all.bytes, all.length);
    str_finish(&all);
    facts->size_bytes = sizeof *facts + facts->count * sizeof *facts->names + facts->imports.names.capacity +
                        facts->imports.capacity * sizeof *facts->imports.items + facts->files_length;
}

struct name_facts *name_facts_of_text(const struct language *language, const char *bytes, size_t length) {
    struct name_facts *facts = create();
    if (language && language->imports) {
        struct token_list tokens = {0};
        lexer_scan(language, bytes, length, &tokens);
        struct scan scan = {
            .language = language, .bytes = bytes, .tokens = tokens.items, .count = tokens.count};
        find_names(&scan);
        facts->count = scan.names.count;
        if (facts->count) facts->names = mem_realloc(scan.names.items, facts->count * sizeof *facts->names);
        imports_scan(language, bytes, &tokens, &facts->imports);
        keep_onward(&facts->imports);
        vec_finish(&tokens);
    }
    seal(facts);
    return facts;
}

/* `module example.org/a`, the first word of its line. */
static char *module_of(const char *bytes, size_t length) {
    for (const char *at = bytes, *end = bytes + length; at < end;) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        if (!line_end) line_end = end;
        if (line_end - at > 7 && memcmp(at, "module ", 7) == 0) {
            at += 7;
            while (at < line_end && strchr(" \t\"", *at))
                at++;
            size_t name = 0;
            while (at + name < line_end && !strchr(" \t\r\"", at[name]))
                name++;
            return name && name < IMPORT_NAME_MAX ? mem_strndup(at, name) : NULL;
        }
        at = line_end + 1;
    }
    return NULL;
}

struct name_facts *name_facts_of_file(const char *path, const char *bytes, size_t length) {
    const char *slash = strrchr(path, '/');
    if (strcmp(slash ? slash + 1 : path, MODULE_FILE) != 0)
        return name_facts_of_text(language_of_path(path), bytes, length);
    struct name_facts *facts = create();
    facts->module = module_of(bytes, length);
    seal(facts);
    return facts;
}

struct name_facts *name_facts_of_folder(const char *files, size_t length) {
    struct name_facts *facts = create();
    facts->files = mem_alloc(length + 1);
    memcpy(facts->files, files, length);
    facts->files_length = length;
    seal(facts);
    return facts;
}

struct name_facts *name_facts_ref(struct name_facts *facts) {
    atomic_fetch_add_explicit(&facts->references, 1, memory_order_relaxed);
    return facts;
}

void name_facts_unref(struct name_facts *facts) {
    if (!facts || atomic_fetch_sub_explicit(&facts->references, 1, memory_order_acq_rel) != 1) return;
    mem_free(facts->names);
    import_list_finish(&facts->imports);
    mem_free(facts->module);
    mem_free(facts->files);
    mem_free(facts);
}

bool name_facts_have(const struct name_facts *facts, uint64_t hash) {
    return facts->count && bsearch(&hash, facts->names, facts->count, sizeof hash, compare_hashes);
}
