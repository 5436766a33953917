/* Declarations: imports.h. One function for each way in which languages import (language.h); all of them go
 * forward over the tokens and never back. */
#include "analysis/imports.h"

#include <string.h>

#define TREE_DEPTH_MAX 8 /* braces in a `use` of Rust */
#define UP_MAX         32

struct scan {
    const char *bytes;
    const struct token *tokens;
    size_t count, at;
    struct import_list *list;
    struct str path; /* of the import under construction */
};

void import_list_init(struct import_list *list) {
    *list = (struct import_list){0};
    str_init(&list->names);
}

void import_list_finish(struct import_list *list) {
    str_finish(&list->names);
    vec_finish(list);
}

/* ---- tokens ---- */

static bool spells(const struct scan *scan, size_t index, const char *text) {
    return index < scan->count && token_spells(&scan->tokens[index], scan->bytes, text);
}

static bool is_kind(const struct scan *scan, size_t index, enum token_kind kind) {
    return index < scan->count && scan->tokens[index].kind == kind;
}

static bool begins_statement(const struct scan *scan, size_t index) {
    return scan->tokens[index].flags & TOKEN_LINE_START || (index > 0 && spells(scan, index - 1, ";"));
}

/* What stands between the quotes; false when that is not all there is to it. */
static bool quoted(const struct scan *scan, size_t index, const char **ret_text, size_t *ret_length) {
    if (!is_kind(scan, index, TOKEN_STRING)) return false;
    const char *text = scan->bytes + scan->tokens[index].start_byte;
    size_t length = scan->tokens[index].end_byte - scan->tokens[index].start_byte;
    if (length < 2 || !strchr("\"'`", text[0]) || text[length - 1] != text[0]) return false;
    *ret_text = text + 1;
    *ret_length = length - 2;
    return !memchr(*ret_text, '\\', *ret_length) && !memchr(*ret_text, '\0', *ret_length);
}

/* ---- the list ---- */

static bool is_full(const struct scan *scan) {
    return scan->list->count >= IMPORTS_MAX;
}

static void add_path(struct scan *scan, const char *text, size_t length) {
    if (scan->path.length > IMPORT_NAME_MAX) return;
    if (scan->path.length) str_addc(&scan->path, '/');
    str_add(&scan->path, text, length < IMPORT_NAME_MAX ? length : IMPORT_NAME_MAX);
}

static void add_token(struct scan *scan, size_t index) {
    const struct token *token = &scan->tokens[index];
    add_path(scan, scan->bytes + token->start_byte, token->end_byte - token->start_byte);
}

/* The path from its byte `from` on. */
static void add_rest(struct scan *scan, struct import import, size_t from) {
    struct import_list *list = scan->list;
    if (is_full(scan) || scan->path.length > IMPORT_NAME_MAX) return;
    import.name = (uint32_t)list->names.length;
    import.length = (uint32_t)(scan->path.length - from);
    str_add(&list->names, scan->path.bytes + from, import.length);
    vec_push(list, import);
}

static void add_import(struct scan *scan, struct import import) {
    add_rest(scan, import, 0);
}

static void begin_path(struct scan *scan) {
    str_clear(&scan->path);
}

static void cut_path(struct scan *scan, size_t length) {
    scan->path.length = length;
    scan->path.bytes[length] = '\0';
}

/* a.b.c: to the path; scan->at is behind it. */
static void read_dotted(struct scan *scan) {
    while (is_kind(scan, scan->at, TOKEN_WORD) && !spells(scan, scan->at, "import") &&
           !(scan->tokens[scan->at].flags & TOKEN_LINE_START)) {
        add_token(scan, scan->at++);
        if (!spells(scan, scan->at, ".") || !is_kind(scan, scan->at + 1, TOKEN_WORD)) return;
        scan->at++;
    }
}

/* ---- Python ---- */

static unsigned read_dots(struct scan *scan) {
    unsigned dots = 0;
    for (; spells(scan, scan->at, ".") || spells(scan, scan->at, "..."); scan->at++)
        dots += spells(scan, scan->at, ".") ? 1 : 3;
    return dots < UP_MAX ? dots : UP_MAX;
}

static void python_import(struct scan *scan) {
    do {
        scan->at++;
        begin_path(scan);
        read_dotted(scan);
        if (scan->path.length) add_import(scan, (struct import){.base = IMPORT_ROOT});
        if (spells(scan, scan->at, "as")) scan->at += 2;
    } while (spells(scan, scan->at, ",") && !is_full(scan));
}

/* A name that is imported may be a module of its own. */
static void python_names(struct scan *scan, struct import import) {
    size_t module = scan->path.length;
    bool grouped = spells(scan, scan->at, "(");
    if (grouped) scan->at++;
    while (is_kind(scan, scan->at, TOKEN_WORD) && !is_full(scan)) {
        if (!grouped && scan->tokens[scan->at].flags & TOKEN_LINE_START) return;
        add_token(scan, scan->at++);
        add_import(scan, import);
        cut_path(scan, module);
        if (spells(scan, scan->at, "as")) scan->at += 2;
        while (is_kind(scan, scan->at, TOKEN_COMMENT))
            scan->at++;
        if (!spells(scan, scan->at, ",")) return;
        scan->at++;
        while (is_kind(scan, scan->at, TOKEN_COMMENT))
            scan->at++;
    }
}

static void python_from(struct scan *scan) {
    scan->at++;
    unsigned dots = read_dots(scan);
    begin_path(scan);
    read_dotted(scan);
    if (!spells(scan, scan->at, "import") || (!dots && !scan->path.length)) return;
    scan->at++;
    struct import import = {.base = dots ? IMPORT_FOLDER : IMPORT_ROOT,
                            .up = (uint8_t)(dots ? dots - 1 : 0),
                            .onward = spells(scan, scan->at, "*")};
    add_import(scan, import);
    if (!import.onward) python_names(scan, import);
}

static void scan_python(struct scan *scan) {
    while (scan->at < scan->count && !is_full(scan)) {
        if (!begins_statement(scan, scan->at))
            scan->at++;
        else if (spells(scan, scan->at, "import"))
            python_import(scan);
        else if (spells(scan, scan->at, "from"))
            python_from(scan);
        else
            scan->at++;
    }
}

/* ---- JavaScript, TypeScript ---- */

/* "./a/../b": the path with its own dots, which say where it begins. */
static void script_specifier(struct scan *scan, size_t index, bool onward) {
    const char *text;
    size_t length;
    if (!quoted(scan, index, &text, &length) || !length || *text != '.') return;
    struct import import = {.base = IMPORT_FOLDER, .onward = onward};
    begin_path(scan);
    while (length) {
        const char *slash = memchr(text, '/', length);
        size_t part = slash ? (size_t)(slash - text) : length;
        if (part == 2 && memcmp(text, "..", 2) == 0 && !scan->path.length)
            import.up += import.up < UP_MAX;
        else if (part == 2 && memcmp(text, "..", 2) == 0)
            return; /* nobody writes so */
        else if (part && !(part == 1 && *text == '.'))
            add_path(scan, text, part);
        text += part + (slash != NULL);
        length -= part + (slash != NULL);
    }
    add_import(scan, import);
}

static void scan_script(struct scan *scan) {
    bool exports_all = false;
    for (; scan->at < scan->count && !is_full(scan); scan->at++) {
        size_t at = scan->at;
        if (!is_kind(scan, at, TOKEN_WORD)) continue;
        if (spells(scan, at, "export")) exports_all = spells(scan, at + 1, "*");
        if (spells(scan, at, "import")) exports_all = false;
        if (spells(scan, at, "from")) {
            script_specifier(scan, at + 1, exports_all);
            exports_all = false;
        } else if (spells(scan, at, "import") || spells(scan, at, "require")) {
            script_specifier(scan, spells(scan, at + 1, "(") ? at + 2 : at + 1, false);
        }
    }
}

/* ---- Go ---- */

/* No part is empty or leads elsewhere: a package of a module lies in the module. */
static bool has_plain_parts(const char *text, size_t length) {
    for (const char *end = text + length;; text++) {
        const char *slash = memchr(text, '/', (size_t)(end - text)), *part_end = slash ? slash : end;
        size_t part = (size_t)(part_end - text);
        if (!part || (part == 1 && *text == '.') || (part == 2 && memcmp(text, "..", 2) == 0)) return false;
        if (!slash) return true;
        text = slash;
    }
}

static void go_package(struct scan *scan, size_t index) {
    const char *text;
    size_t length;
    if (!quoted(scan, index, &text, &length) || !length || !has_plain_parts(text, length)) return;
    begin_path(scan);
    add_path(scan, text, length);
    add_import(scan, (struct import){.base = IMPORT_ROOT, .package = true});
}

/* Only before the first declaration. */
static void scan_go(struct scan *scan) {
    begin_path(scan);
    add_import(scan, (struct import){.base = IMPORT_FOLDER, .package = true});
    while (scan->at < scan->count && !is_full(scan)) {
        size_t at = scan->at++;
        if (spells(scan, at, "func") || spells(scan, at, "type")) return;
        if (!spells(scan, at, "import") || !begins_statement(scan, at)) continue;
        if (!spells(scan, at + 1, "(")) {
            go_package(scan, is_kind(scan, at + 1, TOKEN_STRING) ? at + 1 : at + 2);
            continue;
        }
        for (scan->at = at + 2; scan->at < scan->count && !is_kind(scan, scan->at, TOKEN_CLOSE); scan->at++)
            go_package(scan, scan->at);
    }
}

/* ---- Rust ---- */

/* The path read so far, whose first name says where it begins; those of other crates are not ours. */
static void rust_add(struct scan *scan, bool onward) {
    struct import import = {.base = IMPORT_FOLDER, .onward = onward};
    size_t from = 0;
    for (;;) {
        const char *at = scan->path.bytes + from;
        size_t length = strcspn(at, "/");
        bool crate = length == 5 && memcmp(at, "crate", 5) == 0;
        bool super = length == 5 && memcmp(at, "super", 5) == 0;
        if (!crate && !super && !(length == 4 && memcmp(at, "self", 4) == 0)) break;
        if (crate) import.base = IMPORT_ROOT;
        if (super) import.up += import.up < UP_MAX;
        from += length + (at[length] == '/');
    }
    if (from > 0) add_rest(scan, import, from);
}

static void rust_use(struct scan *scan) {
    size_t starts[TREE_DEPTH_MAX] = {0}, depth = 0;
    bool fresh = false, onward = false; /* fresh: something was read since the last one that was added */
    begin_path(scan);
    for (; scan->at < scan->count && !is_full(scan); scan->at++) {
        if (spells(scan, scan->at, "as")) {
            scan->at++;
        } else if (is_kind(scan, scan->at, TOKEN_WORD)) {
            add_token(scan, scan->at);
            fresh = true;
        } else if (spells(scan, scan->at, "*")) {
            fresh = onward = true;
        } else if (spells(scan, scan->at, "{")) {
            if (++depth == TREE_DEPTH_MAX) return;
            starts[depth] = scan->path.length;
            fresh = false;
        } else if (spells(scan, scan->at, ",") || spells(scan, scan->at, "}") ||
                   spells(scan, scan->at, ";")) {
            if (fresh) rust_add(scan, onward);
            fresh = onward = false;
            if (spells(scan, scan->at, ";") || (spells(scan, scan->at, "}") && depth == 0)) return;
            cut_path(scan, starts[depth]);
            if (spells(scan, scan->at, "}")) depth--;
        } else if (!spells(scan, scan->at, "::")) {
            return;
        }
    }
}

static void scan_rust(struct scan *scan) {
    while (scan->at < scan->count && !is_full(scan)) {
        size_t at = scan->at++;
        if (spells(scan, at, "use")) {
            rust_use(scan);
        } else if (spells(scan, at, "mod") && is_kind(scan, at + 1, TOKEN_WORD) &&
                   spells(scan, at + 2, ";")) {
            begin_path(scan);
            add_token(scan, at + 1);
            add_import(scan, (struct import){.base = IMPORT_FOLDER});
        }
    }
}

/* ---- Java ---- */

static void scan_java(struct scan *scan) {
    begin_path(scan);
    add_import(scan, (struct import){.base = IMPORT_FOLDER, .package = true});
    while (scan->at < scan->count && !is_full(scan)) {
        size_t at = scan->at++;
        if (spells(scan, at, "class") || spells(scan, at, "interface") || spells(scan, at, "enum")) return;
        if (!begins_statement(scan, at)) continue;
        bool package = spells(scan, at, "package");
        if (!package && !spells(scan, at, "import")) continue;
        if (spells(scan, scan->at, "static")) scan->at++;
        begin_path(scan);
        read_dotted(scan);
        if (!scan->path.length || scan->path.length > IMPORT_NAME_MAX) continue;
        if (package) {
            scan->list->package = (uint32_t)scan->list->names.length;
            scan->list->package_length = (uint32_t)scan->path.length;
            str_add(&scan->list->names, scan->path.bytes, scan->path.length);
        } else {
            bool all = spells(scan, scan->at, ".") && spells(scan, scan->at + 1, "*");
            add_import(scan, (struct import){.base = IMPORT_ROOT, .package = all});
        }
    }
}

void imports_scan(const struct language *language, const char *bytes, const struct token_list *tokens,
                  struct import_list *list) {
    static void (*const ways[])(struct scan *) = {
        [IMPORTS_PYTHON] = scan_python, [IMPORTS_SCRIPT] = scan_script, [IMPORTS_GO] = scan_go,
        [IMPORTS_RUST] = scan_rust,     [IMPORTS_JAVA] = scan_java,
    };
    struct scan scan = {.bytes = bytes, .tokens = tokens->items, .count = tokens->count, .list = list};
    if (!ways[language->imports]) return;
    str_init(&scan.path);
    ways[language->imports](&scan);
    str_finish(&scan.path);
}
