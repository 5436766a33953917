#include "cli/compile_flags.h"

#include "analysis/header.h"
#include <string.h>

#define WORDS_MAX 20000 /* of one command line or file */

void compile_flags_init(struct compile_flags *flags) {
    *flags = (struct compile_flags){0};
    str_init(&flags->defines);
}

void compile_flags_free_words(struct compile_flags_paths *words) {
    for (size_t i = 0; i < words->count; i++)
        mem_free(words->items[i]);
    vec_finish(words);
}

void compile_flags_finish(struct compile_flags *flags) {
    compile_flags_free_words(&flags->quote);
    compile_flags_free_words(&flags->folders);
    compile_flags_free_words(&flags->system);
    compile_flags_free_words(&flags->after);
    compile_flags_free_words(&flags->forced);
    str_finish(&flags->defines);
}

/* ---- flags ---- */

static void add_path(struct compile_flags_paths *paths, const char *value, const char *folder) {
    struct str path;
    str_init(&path);
    if (*value != '/') str_addf(&path, "%s/", folder);
    str_adds(&path, value);
    path_normalize(path.bytes);
    vec_push(paths, str_detach(&path));
    str_finish(&path);
}

/* "X", "X=1", "F(a)=a" as a line of a header. */
static void add_define(struct compile_flags *flags, const char *value) {
    if (!*value || strchr(value, '\n')) return;
    const char *equals = strchr(value, '=');
    if (equals)
        str_addf(&flags->defines, "#define %.*s %s\n", (int)(equals - value), value, equals + 1);
    else
        str_addf(&flags->defines, "#define %s 1\n", value);
}

/* A macro that is not defined after all. */
static void remove_define(struct compile_flags *flags, const char *name) {
    size_t length = strcspn(name, "=(");
    static const char directive[] = "#define ";
    for (char *line = flags->defines.bytes; *line;) {
        char *next = strchr(line, '\n') + 1;
        char *word = line + sizeof directive - 1;
        if (strncmp(word, name, length) == 0 && strcspn(word, " (") == length) {
            memmove(line, next, strlen(next) + 1);
            flags->defines.length -= (size_t)(next - line);
        } else {
            line = next;
        }
    }
}

enum flag_kind {
    FLAG_QUOTE,
    FLAG_FOLDER,
    FLAG_SYSTEM,
    FLAG_AFTER,
    FLAG_FORCED,
    FLAG_DEFINE,
    FLAG_UNDEFINE,
    FLAG_OTHER
};

/* The longer name comes before the one that it begins with. */
static const struct {
    const char *name;
    enum flag_kind kind;
} flag_names[] = {
    {"-iquote", FLAG_QUOTE},
    {"-isystem", FLAG_SYSTEM},
    {"-idirafter", FLAG_AFTER},
    {"-include-pch", FLAG_OTHER},
    {"-include", FLAG_FORCED},
    {"-imacros", FLAG_FORCED},
    {"--include-directory=", FLAG_FOLDER},
    {"-I", FLAG_FOLDER},
    {"-D", FLAG_DEFINE},
    {"-U", FLAG_UNDEFINE},
    /* Their values must not be taken for flags. */
    {"-isysroot", FLAG_OTHER},
    {"-Xclang", FLAG_OTHER},
    {"-o", FLAG_OTHER},
    {"-MF", FLAG_OTHER},
    {"-MT", FLAG_OTHER},
    {"-MQ", FLAG_OTHER},
};

static struct compile_flags_paths *paths_of(struct compile_flags *flags, enum flag_kind kind) {
    switch (kind) {
    case FLAG_QUOTE: return &flags->quote;
    case FLAG_FOLDER: return &flags->folders;
    case FLAG_SYSTEM: return &flags->system;
    case FLAG_AFTER: return &flags->after;
    case FLAG_FORCED: return &flags->forced;
    default: return NULL;
    }
}

static void add_flag(struct compile_flags *flags, enum flag_kind kind, const char *value,
                     const char *folder) {
    struct compile_flags_paths *paths = paths_of(flags, kind);
    if (!*value || flags->count == COMPILE_FLAGS_MAX) return;
    if (paths) add_path(paths, value, folder);
    if (kind == FLAG_DEFINE) add_define(flags, value);
    if (kind == FLAG_UNDEFINE) remove_define(flags, value);
    if (paths || kind == FLAG_DEFINE) flags->count++;
}

void compile_flags_add(struct compile_flags *flags, const char *const *arguments, size_t count,
                       const char *folder) {
    size_t name_count = sizeof flag_names / sizeof *flag_names;
    for (size_t i = 0; i < count; i++) {
        const char *argument = arguments[i];
        if (strcmp(argument, "-nostdinc") == 0) flags->no_system = true;
        for (size_t k = 0; k < name_count; k++) {
            const char *name = flag_names[k].name;
            if (!str_starts_with(argument, name)) continue;
            const char *value = argument + strlen(name);
            if (!*value && i + 1 < count) value = arguments[++i];
            add_flag(flags, flag_names[k].kind, value, folder);
            break;
        }
    }
}

void compile_flags_remove(struct compile_flags *flags, const char *pattern) {
    size_t length = strlen(pattern);
    bool all = length > 0 && pattern[length - 1] == '*';
    for (size_t k = 0; k < sizeof flag_names / sizeof *flag_names; k++) {
        const char *name = flag_names[k].name;
        if (!str_starts_with(pattern, name)) continue;
        const char *value = pattern + strlen(name);
        struct compile_flags_paths *paths = paths_of(flags, flag_names[k].kind);
        if (paths && all) {
            compile_flags_free_words(paths);
        } else if (flag_names[k].kind == FLAG_DEFINE && strcmp(value, "*") == 0) {
            str_clear(&flags->defines);
        } else if (flag_names[k].kind == FLAG_DEFINE) {
            remove_define(flags, value);
        }
        return;
    }
}

/* ---- words ---- */

static void add_word(struct compile_flags_paths *words, struct str *word, bool *begun) {
    if (*begun && words->count < WORDS_MAX) vec_push(words, mem_strndup(word->bytes, word->length));
    str_clear(word);
    *begun = false;
}

void compile_flags_split_command(const char *command, struct compile_flags_paths *words) {
    struct str word;
    bool begun = false;
    char quote = '\0';
    str_init(&word);
    for (const char *at = command; *at; at++) {
        if (quote ? *at == quote : *at == '"' || *at == '\'') {
            quote = quote ? '\0' : *at;
            begun = true;
        } else if (*at == '\\' && quote != '\'' && at[1] && (!quote || strchr("\"\\$`", at[1]))) {
            str_addc(&word, *++at);
            begun = true;
        } else if (!quote && strchr(" \t\r\n", *at)) {
            add_word(words, &word, &begun);
        } else {
            str_addc(&word, *at);
            begun = true;
        }
    }
    add_word(words, &word, &begun);
    str_finish(&word);
}

static struct macro_word trim(const char *start, const char *end) {
    while (start < end && strchr(" \t\r", *start))
        start++;
    while (end > start && strchr(" \t\r", end[-1]))
        end--;
    return (struct macro_word){start, (uint32_t)(end - start)};
}

static const char *line_end_of(const char *at, const char *end) {
    const char *line_end = memchr(at, '\n', (size_t)(end - at));
    return line_end ? line_end : end;
}

void compile_flags_split_lines(const char *bytes, size_t length, struct compile_flags_paths *words) {
    for (const char *at = bytes, *end = bytes + length, *line_end; at < end; at = line_end + 1) {
        line_end = line_end_of(at, end);
        struct macro_word line = trim(at, line_end);
        if (line.length > 0 && *line.bytes != '#' && words->count < WORDS_MAX)
            vec_push(words, mem_strndup(line.bytes, line.length));
        if (line_end == end) break;
    }
}

/* ---- .clangd ---- */

/* One scalar of YAML: plain or quoted, without its comment. */
static void add_scalar(struct compile_flags_paths *words, struct macro_word word) {
    if (word.length > 0 && (*word.bytes == '"' || *word.bytes == '\'')) {
        const char *close = memchr(word.bytes + 1, *word.bytes, word.length - 1);
        word.bytes++;
        word.length = close ? (uint32_t)(close - word.bytes) : word.length - 1;
    } else {
        for (uint32_t i = 1; i < word.length; i++)
            if (word.bytes[i] == '#' && word.bytes[i - 1] == ' ') word = trim(word.bytes, word.bytes + i);
    }
    if (word.length > 0 && words->count < WORDS_MAX) vec_push(words, mem_strndup(word.bytes, word.length));
}

/* "[a, 'b', c]", which may go on over lines. Returns behind it. */
static const char *read_flow_list(struct compile_flags_paths *words, const char *at, const char *end) {
    const char *start = ++at;
    char quote = '\0';
    for (; at < end; at++) {
        if (quote ? *at == quote : *at == '"' || *at == '\'') quote = quote ? '\0' : *at;
        if (quote || !strchr(",]\n", *at)) continue;
        add_scalar(words, trim(start, at));
        start = at + 1;
        if (*at == ']') return at + 1;
    }
    return end;
}

static bool is_key(struct macro_word line, const char *key, struct macro_word *ret_value) {
    size_t length = strlen(key);
    if (line.length <= length || memcmp(line.bytes, key, length) != 0 || line.bytes[length] != ':')
        return false;
    *ret_value = trim(line.bytes + length + 1, line.bytes + line.length);
    if (ret_value->length > 0 && *ret_value->bytes == '#') ret_value->length = 0;
    return true;
}

/* A line below CompileFlags. Returns where to go on (behind the line, or behind a list that is longer). */
static const char *read_clangd_line(struct macro_word line, const char *line_end, const char *end,
                                    struct compile_flags_paths *add, struct compile_flags_paths *remove,
                                    struct compile_flags_paths **list, char **database, bool *good) {
    struct macro_word value;
    if (*line.bytes == '-' && line.length > 1 && line.bytes[1] == ' ') {
        if (*list) add_scalar(*list, trim(line.bytes + 2, line.bytes + line.length));
        return line_end;
    }
    *list = NULL;
    if (is_key(line, "CompilationDatabase", &value)) {
        struct compile_flags_paths one = {0};
        add_scalar(&one, value);
        if (one.count > 0 && strcmp(one.items[0], "None") != 0 && strcmp(one.items[0], "Ancestors") != 0) {
            mem_free(*database);
            *database = mem_strdup(one.items[0]);
        }
        compile_flags_free_words(&one);
        return line_end;
    }
    if (is_key(line, "Add", &value))
        *list = add;
    else if (is_key(line, "Remove", &value))
        *list = remove;
    else
        return line_end;
    if (value.length == 0) return line_end;
    if (*value.bytes == '[') {
        const char *behind = read_flow_list(*list, value.bytes, end);
        return line_end_of(behind, end);
    }
    if (*value.bytes == '-' || *value.bytes == '"' || *value.bytes == '\'')
        add_scalar(*list, value);
    else
        *good = false;
    return line_end;
}

bool compile_flags_read_clangd(const char *bytes, size_t length, struct compile_flags_paths *add,
                               struct compile_flags_paths *remove, char **ret_database) {
    bool inside = false, good = true;
    struct compile_flags_paths *list = NULL;
    for (const char *at = bytes, *end = bytes + length, *line_end; at < end; at = line_end + 1) {
        line_end = line_end_of(at, end);
        struct macro_word line = trim(at, line_end), value;
        if (line.length > 0 && *line.bytes != '#') {
            bool top = line.bytes == at && *line.bytes != '-';
            if (top) inside = is_key(line, "CompileFlags", &value), list = NULL;
            /* "CompileFlags: {Add: [-I.]}" on one line. */
            if (top && inside && value.length > 0 && *value.bytes == '{') {
                const char *open = memchr(value.bytes, '[', value.length);
                if (open &&
                    (open - value.bytes < 5 || memcmp(trim(value.bytes, open).bytes, "{Add:", 5) != 0))
                    open = NULL;
                if (open) line_end = line_end_of(read_flow_list(add, open, end), end);
            } else if (!top && inside) {
                line_end = read_clangd_line(line, line_end, end, add, remove, &list, ret_database, &good);
            }
        }
        if (line_end >= end) break;
    }
    return good;
}

/* ---- the project ---- */

struct folders {
    VEC_FIELDS(const char *);
};

static void add_all(struct folders *folders, const char *const *paths, size_t count) {
    for (size_t i = 0; i < count; i++)
        vec_push(folders, paths[i]);
}

struct project *compile_flags_project(const struct compile_flags *flags, const char *const *system_folders,
                                      size_t system_count) {
    struct folders folders = {0};
    add_all(&folders, (const char *const *)flags->quote.items, flags->quote.count);
    add_all(&folders, (const char *const *)flags->folders.items, flags->folders.count);
    add_all(&folders, (const char *const *)flags->system.items, flags->system.count);
    if (!flags->no_system) add_all(&folders, system_folders, system_count);
    add_all(&folders, (const char *const *)flags->after.items, flags->after.count);
    struct project_params params = {
        .folders = folders.items,
        .folder_count = folders.count,
        .angled_from = flags->quote.count,
        .forced = (const char *const *)flags->forced.items,
        .forced_count = flags->forced.count,
        .defines = flags->defines.bytes,
        .defines_length = flags->defines.length,
    };
    struct project *project = project_create(&params);
    vec_finish(&folders);
    return project;
}
