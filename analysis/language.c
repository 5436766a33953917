/* language.c: the rows of the language table, and finding a row by name, path or first line. */
#include "analysis/language.h"
#include "analysis/gap_scan.h"
#include "analysis/rules.h"

#include <string.h>
#include <strings.h>

const TSLanguage *tree_sitter_c(void);
const TSLanguage *tree_sitter_go(void);
const TSLanguage *tree_sitter_java(void);
const TSLanguage *tree_sitter_javascript(void);
const TSLanguage *tree_sitter_json(void);
const TSLanguage *tree_sitter_python(void);
const TSLanguage *tree_sitter_rust(void);
const TSLanguage *tree_sitter_tsx(void);
const TSLanguage *tree_sitter_typescript(void);

#define LIST(...) ((const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

static const struct string_rule c_strings[] = {
    {.opener = "\"", .closer = "\"", .escape = '\\', .continues = true},
    {.opener = "'", .closer = "'", .escape = '\\', .continues = true, .character = true},
    {0},
};

/* In a raw string a backslash still keeps the quote after it from closing, so the rules are the same with
 * r"". */
static const struct string_rule python_strings[] = {
    {.opener = "\"\"\"", .closer = "\"\"\"", .escape = '\\', .multiline = true},
    {.opener = "'''", .closer = "'''", .escape = '\\', .multiline = true},
    {.opener = "\"", .closer = "\"", .escape = '\\', .continues = true},
    {.opener = "'", .closer = "'", .escape = '\\', .continues = true},
    {0},
};

static const struct string_rule script_strings[] = {
    {.opener = "\"", .closer = "\"", .escape = '\\', .continues = true},
    {.opener = "'", .closer = "'", .escape = '\\', .continues = true},
    {.opener = "`", .closer = "`", .escape = '\\', .multiline = true, .interpolates = true},
    {0},
};

static const struct string_rule json_strings[] = {
    {.opener = "\"", .closer = "\"", .escape = '\\'},
    {0},
};

static const struct string_rule go_strings[] = {
    {.opener = "\"", .closer = "\"", .escape = '\\'},
    {.opener = "`", .closer = "`", .multiline = true},
    {.opener = "'", .closer = "'", .escape = '\\', .character = true},
    {0},
};

/* More than four '#' are not seen in practice; then the opener is an ordinary word and the quotes pair by
 * themselves. */
static const struct string_rule rust_strings[] = {
    {.opener = "r####\"", .closer = "\"####", .multiline = true},
    {.opener = "r###\"", .closer = "\"###", .multiline = true},
    {.opener = "r##\"", .closer = "\"##", .multiline = true},
    {.opener = "r#\"", .closer = "\"#", .multiline = true},
    {.opener = "r\"", .closer = "\"", .multiline = true},
    {.opener = "\"",
     .closer = "\"",
     .escape = '\\',
     .multiline = true,
     .seldom_multiline = true,
     .continues = true},
    {.opener = "'", .closer = "'", .escape = '\\', .character = true},
    {0},
};

static const struct string_rule java_strings[] = {
    {.opener = "\"\"\"", .closer = "\"\"\"", .escape = '\\', .multiline = true},
    {.opener = "\"", .closer = "\"", .escape = '\\'},
    {.opener = "'", .closer = "'", .escape = '\\', .character = true},
    {0},
};

static const struct named_literal c_named[] = {
    {"int", "primitive_type"},
    {"char", "primitive_type"},
    {"void", "primitive_type"},
    {"double", "primitive_type"},
    {"float", "primitive_type"},
    {"bool", "primitive_type"},
    {"size_t", "primitive_type"},
    {"ssize_t", "primitive_type"},
    {"int8_t", "primitive_type"},
    {"int16_t", "primitive_type"},
    {"int32_t", "primitive_type"},
    {"int64_t", "primitive_type"},
    {"uint8_t", "primitive_type"},
    {"uint16_t", "primitive_type"},
    {"uint32_t", "primitive_type"},
    {"uint64_t", "primitive_type"},
    {"true", "true"},
    {"false", "false"},
    {0},
};

static const struct named_literal python_named[] = {
    {"True", "true"}, {"False", "false"}, {"None", "none"}, {"...", "ellipsis"}, {0},
};

static const struct named_literal script_named[] = {
    {"this", "this"}, {"super", "super"},       {"true", "true"},           {"false", "false"},
    {"null", "null"}, {"?.", "optional_chain"}, {"undefined", "undefined"}, {0},
};

static const struct named_literal json_named[] = {
    {"true", "true"},
    {"false", "false"},
    {"null", "null"},
    {0},
};

static const struct named_literal go_named[] = {
    {"nil", "nil"}, {"true", "true"}, {"false", "false"}, {"iota", "iota"}, {0},
};

static const struct named_literal rust_named[] = {
    {"mut", "mutable_specifier"}, {"self", "self"}, {"super", "super"}, {"crate", "crate"}, {0},
};

static const struct named_literal java_named[] = {
    {"true", "true"},   {"false", "false"},          {"null", "null_literal"}, {"this", "this"},
    {"super", "super"}, {"boolean", "boolean_type"}, {"void", "void_type"},    {0},
};

static const struct body_rule c_bodies[] = {
    {"compound_statement", "void f(void) {\n", "\n}\n"},
    {"field_declaration_list", "struct s {\n", "\n};\n"},
    {"declaration_list", "", ""},
    {"preproc_ifdef", NULL, NULL},
    {0},
};

static const struct body_rule python_bodies[] = {
    {"block", "if 1:\n", "\n"},
    {0},
};

static const struct body_rule script_bodies[] = {
    {"statement_block", "{\n", "\n}\n"},
    {"class_body", "class A {\n", "\n}\n"},
    {0},
};

static const struct body_rule json_bodies[] = {
    {"object", "{\n", "\n}\n"},
    {"array", "[\n", "\n]\n"},
    {0},
};

static const struct body_rule go_bodies[] = {
    {"block", "func f() {\n", "\n}\n"},
    {"statement_list", NULL, NULL},
    {0},
};

static const struct body_rule rust_bodies[] = {
    {"block", "fn f() {\n", "\n}\n"},
    {"declaration_list", "", ""},
    {0},
};

static const struct body_rule java_bodies[] = {
    {"block", "class A { void f() {\n", "\n} }\n"},
    {"constructor_body", "class A { A() {\n", "\n} }\n"},
    {"class_body", "class A {\n", "\n}\n"},
    {"interface_body", "interface A {\n", "\n}\n"},
    {0},
};

static const char *const script_regex_after[] = {"return",     "typeof", "case",  "in",  "of",
                                                 "delete",     "void",   "throw", "new", "else",
                                                 "instanceof", "yield",  "await", "do",  NULL};

static const char *const script_definers[] = {"function",  "class", "const", "let",       "var",
                                              "interface", "type",  "enum",  "namespace", NULL};

#define SCRIPT_FLAGS                                                                                         \
    (LANGUAGE_LINE_ENDS | LANGUAGE_SEMICOLONS | LANGUAGE_BRACES | LANGUAGE_TRAILING_COMMA | LANGUAGE_REGEX)

#define SCRIPT_SYNTAX                                                                                        \
    .line_comment = "//", .block_open = "/*", .block_close = "*/", .strings = script_strings,                \
    .string_prefixes = "", .word_extra = "$", .word_prefix = "#", .named_literals = script_named,            \
    .regex_after = script_regex_after, .gaps = gaps_script, .imports = IMPORTS_SCRIPT,                       \
    .definers = script_definers, .bodies = script_bodies

static const struct language languages[] = {
    {
        .id = "c",
        .name = "C",
        .aliases = LIST(),
        .suffixes = LIST(".c", ".h"),
        .file_names = LIST(),
        .interpreters = LIST("tcc"),
        .grammar = tree_sitter_c,
        .line_comment = "//",
        .block_open = "/*",
        .block_close = "*/",
        .strings = c_strings,
        .string_prefixes = "LuU8",
        .word_extra = "$",
        .word_prefix = "",
        .named_literals = c_named,
        .flags = LANGUAGE_SEMICOLONS | LANGUAGE_BRACES | LANGUAGE_PREPROCESSOR,
        .definers = LIST("struct", "union", "enum", "define"),
        .rules = rules_c,
        .gaps = gaps_c,
        .bodies = c_bodies,
    },
    {
        .id = "python",
        .name = "Python",
        .aliases = LIST("py", "python3"),
        .suffixes = LIST(".py", ".pyi", ".pyw"),
        .file_names = LIST("SConstruct", "SConscript", "wscript"),
        .interpreters = LIST("python3", "python", "pypy3"),
        .grammar = tree_sitter_python,
        .line_comment = "#",
        .strings = python_strings,
        .string_prefixes = "rRbBfFuUtT",
        .word_extra = "",
        .word_prefix = "",
        .named_literals = python_named,
        .flags = LANGUAGE_LAYOUT | LANGUAGE_LINE_ENDS | LANGUAGE_TRAILING_COMMA,
        .imports = IMPORTS_PYTHON,
        .definers = LIST("def", "class"),
        .rules = rules_python,
        .gaps = gaps_python,
        .bodies = python_bodies,
    },
    {
        .id = "javascript",
        .name = "JavaScript",
        .aliases = LIST("js"),
        .suffixes = LIST(".js", ".mjs", ".cjs"),
        .file_names = LIST("Jakefile"),
        .interpreters = LIST("node", "nodejs", "bun"),
        .grammar = tree_sitter_javascript,
        SCRIPT_SYNTAX,
        .flags = SCRIPT_FLAGS | LANGUAGE_MARKUP, /* the grammar reads JSX in .js files too */
        .rules = rules_javascript,
    },
    {
        .id = "javascriptreact",
        .name = "JavaScript JSX",
        .aliases = LIST("jsx"),
        .suffixes = LIST(".jsx"),
        .file_names = LIST(),
        .interpreters = LIST(),
        .grammar = tree_sitter_javascript,
        SCRIPT_SYNTAX,
        .flags = SCRIPT_FLAGS | LANGUAGE_MARKUP,
        .rules = rules_javascript,
    },
    {
        .id = "typescript",
        .name = "TypeScript",
        .aliases = LIST("ts"),
        .suffixes = LIST(".ts", ".mts", ".cts"),
        .file_names = LIST(),
        .interpreters = LIST("ts-node", "tsx", "deno"),
        .grammar = tree_sitter_typescript,
        SCRIPT_SYNTAX,
        .flags = SCRIPT_FLAGS,
        .rules = rules_typescript,
    },
    {
        .id = "typescriptreact",
        .name = "TypeScript JSX",
        .aliases = LIST("tsx"),
        .suffixes = LIST(".tsx"),
        .file_names = LIST(),
        .interpreters = LIST(),
        .grammar = tree_sitter_tsx,
        SCRIPT_SYNTAX,
        .flags = SCRIPT_FLAGS | LANGUAGE_MARKUP,
        .rules = rules_typescript,
    },
    {
        .id = "json",
        .name = "JSON",
        .aliases = LIST(),
        .suffixes = LIST(".json", ".geojson", ".topojson", ".jsonld", ".webmanifest", ".har", ".ipynb"),
        .file_names = LIST("composer.lock", "Pipfile.lock"),
        .interpreters = LIST(),
        .grammar = tree_sitter_json,
        .line_comment = "//",
        .block_open = "/*",
        .block_close = "*/",
        .strings = json_strings,
        .string_prefixes = "",
        .word_extra = "",
        .word_prefix = "",
        .named_literals = json_named,
        .flags = LANGUAGE_DATA | LANGUAGE_COMMENTS_REFUSED,
        .definers = LIST(),
        .rules = rules_json,
        .gaps = gaps_json,
        .bodies = json_bodies,
    },
    {
        .id = "jsonc",
        .name = "JSON with comments",
        .aliases = LIST(),
        .suffixes = LIST(".jsonc", ".code-workspace", ".code-snippets"),
        .file_names =
            LIST("tsconfig.json", "tsconfig.*.json", "tsconfig-*.json", "jsconfig.json", "jsconfig.*.json",
                 "devcontainer.json", ".devcontainer.json", ".eslintrc", ".eslintrc.json", ".jshintrc",
                 ".swcrc", "api-extractor.json", "settings.json", "launch.json", "tasks.json",
                 "keybindings.json", "extensions.json", "c_cpp_properties.json"),
        .interpreters = LIST(),
        .grammar = tree_sitter_json,
        .line_comment = "//",
        .block_open = "/*",
        .block_close = "*/",
        .strings = json_strings,
        .string_prefixes = "",
        .word_extra = "",
        .word_prefix = "",
        .named_literals = json_named,
        .flags = LANGUAGE_DATA | LANGUAGE_TRAILING_COMMA,
        .definers = LIST(),
        .rules = rules_jsonc,
        .gaps = gaps_json,
        .bodies = json_bodies,
    },
    {
        .id = "go",
        .name = "Go",
        .aliases = LIST("golang"),
        .suffixes = LIST(".go"),
        .file_names = LIST(),
        .interpreters = LIST(),
        .grammar = tree_sitter_go,
        .line_comment = "//",
        .block_open = "/*",
        .block_close = "*/",
        .strings = go_strings,
        .string_prefixes = "",
        .word_extra = "",
        .word_prefix = "",
        .named_literals = go_named,
        .flags = LANGUAGE_LINE_ENDS | LANGUAGE_BRACES | LANGUAGE_TRAILING_COMMA,
        .gaps = gaps_go,
        .bodies = go_bodies,
        .imports = IMPORTS_GO,
        .definers = LIST("func", "type", "const", "var"),
        .rules = rules_go,
    },
    {
        .id = "rust",
        .name = "Rust",
        .aliases = LIST("rs"),
        .suffixes = LIST(".rs"),
        .file_names = LIST(),
        .interpreters = LIST("rust-script"),
        .grammar = tree_sitter_rust,
        .line_comment = "//",
        .block_open = "/*",
        .block_close = "*/",
        .strings = rust_strings,
        .string_prefixes = "bc",
        .word_extra = "",
        .word_prefix = "r#",
        .named_literals = rust_named,
        .flags = LANGUAGE_SEMICOLONS | LANGUAGE_BRACES | LANGUAGE_TRAILING_COMMA | LANGUAGE_LIFETIMES |
                 LANGUAGE_NESTED_COMMENTS,
        .gaps = gaps_rust,
        .bodies = rust_bodies,
        .imports = IMPORTS_RUST,
        .definers = LIST("fn", "struct", "enum", "union", "trait", "type", "const", "static", "mod", "let",
                         "macro_rules"),
        .rules = rules_rust,
    },
    {
        .id = "java",
        .name = "Java",
        .aliases = LIST(),
        .suffixes = LIST(".java"),
        .file_names = LIST(),
        .interpreters = LIST("java"),
        .grammar = tree_sitter_java,
        .line_comment = "//",
        .block_open = "/*",
        .block_close = "*/",
        .strings = java_strings,
        .string_prefixes = "",
        .word_extra = "$",
        .word_prefix = "",
        .named_literals = java_named,
        .flags = LANGUAGE_SEMICOLONS | LANGUAGE_BRACES,
        .imports = IMPORTS_JAVA,
        .definers = LIST("class", "interface", "enum", "record"),
        .rules = rules_java,
        .bodies = java_bodies,
    },
};

#define LANGUAGE_COUNT (sizeof languages / sizeof *languages)

const struct language *language_at(size_t index) {
    return index < LANGUAGE_COUNT ? &languages[index] : NULL;
}

const struct language *language_find(const char *id_or_alias) {
    for (size_t i = 0; i < LANGUAGE_COUNT; i++) {
        if (strcasecmp(languages[i].id, id_or_alias) == 0) return &languages[i];
        for (const char *const *alias = languages[i].aliases; *alias; alias++)
            if (strcasecmp(*alias, id_or_alias) == 0) return &languages[i];
    }
    return NULL;
}

/* pattern: a whole name, or a name with one '*' in it. */
static bool file_name_matches(const char *pattern, const char *name) {
    const char *star = strchr(pattern, '*');
    if (!star) return strcmp(pattern, name) == 0;
    size_t before = (size_t)(star - pattern), after = strlen(star + 1), length = strlen(name);
    return length >= before + after && strncmp(pattern, name, before) == 0 &&
           strcmp(star + 1, name + length - after) == 0;
}

const struct language *language_of_path(const char *path) {
    const char *name = path;
    for (const char *at = path; *at; at++)
        if (*at == '/' || *at == '\\') name = at + 1;

    for (size_t i = 0; i < LANGUAGE_COUNT; i++)
        for (const char *const *pattern = languages[i].file_names; *pattern; pattern++)
            if ((**pattern == *name || **pattern == '*') && file_name_matches(*pattern, name))
                return &languages[i];

    const char *suffix = strrchr(name, '.');
    if (!suffix || !suffix[1]) return NULL;
    for (size_t i = 0; i < LANGUAGE_COUNT; i++)
        for (const char *const *known = languages[i].suffixes; *known; known++)
            if ((*known)[1] == suffix[1] && strcmp(*known, suffix) == 0) return &languages[i];
    return NULL;
}

static const char *skip_word(const char *at, const char *end) {
    while (at < end && *at != ' ' && *at != '\t')
        at++;
    return at;
}

/* The program that a "#!" line runs: its file name without directory and version, env and its options passed
 * over. */
static bool interpreter_of(const char *bytes, size_t length, const char **ret_name, size_t *ret_length) {
    if (length < 2 || bytes[0] != '#' || bytes[1] != '!') return false;
    const char *at = bytes + 2, *end = bytes + length;
    for (const char *byte = at; byte < end; byte++)
        if (*byte == '\n' || *byte == '\r') end = byte;

    while (at < end) {
        while (at < end && (*at == ' ' || *at == '\t'))
            at++;
        const char *name = at;
        at = skip_word(at, end);
        for (const char *byte = name; byte < at; byte++)
            if (*byte == '/') name = byte + 1;
        size_t name_length = (size_t)(at - name);
        bool is_env = name_length == 3 && memcmp(name, "env", 3) == 0;
        if (name_length == 0 || is_env || *name == '-' || memchr(name, '=', name_length)) continue;

        /* python3.11 is python3; python2.7 is python2, which nobody here speaks. */
        const char *dot = memchr(name, '.', name_length);
        *ret_name = name;
        *ret_length = dot ? (size_t)(dot - name) : name_length;
        return true;
    }
    return false;
}

const struct language *language_of_file(const char *path, const char *bytes, size_t length) {
    const struct language *language = language_of_path(path);
    const char *name;
    size_t name_length;
    if (language || !interpreter_of(bytes, length, &name, &name_length)) return language;
    for (size_t i = 0; i < LANGUAGE_COUNT; i++)
        for (const char *const *known = languages[i].interpreters; *known; known++)
            if (strlen(*known) == name_length && memcmp(*known, name, name_length) == 0) return &languages[i];
    return NULL;
}

bool language_has_strings_in(const struct language *language, char quote) {
    for (const struct string_rule *rule = language->strings; rule->opener; rule++)
        if (rule->opener[0] == quote && !rule->opener[1] && !rule->character && rule->escape == '\\')
            return true;
    return false;
}

bool language_has_characters(const struct language *language) {
    for (const struct string_rule *rule = language->strings; rule->opener; rule++)
        if (rule->opener[0] == '\'' && !rule->opener[1] && rule->character) return true;
    return false;
}
