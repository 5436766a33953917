/* language.h: the table of languages. A language is one row here plus a grammar package.
 *
 * Owns    static data and, per language, facts derived once from its grammar (language_facts).
 * Threads any.
 * Errors  NULL for a language or file name that is not known. */
#ifndef NOODLE_LANGUAGE_H
#define NOODLE_LANGUAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct TSLanguage TSLanguage;
struct rule;
struct gap_rule;

enum language_flags {
    LANGUAGE_LAYOUT = 1 << 0,       /* indentation is syntax (Python) */
    LANGUAGE_LINE_ENDS = 1 << 1,    /* a line end can end a statement (Python, JavaScript, TypeScript, Go) */
    LANGUAGE_SEMICOLONS = 1 << 2,   /* statements end with ';' (C, Java, Rust; also JavaScript, TypeScript) */
    LANGUAGE_BRACES = 1 << 3,       /* blocks are { } */
    LANGUAGE_DATA = 1 << 4,         /* data, no statements (JSON) */
    LANGUAGE_PREPROCESSOR = 1 << 5, /* lines that begin with # are directives (C) */
    LANGUAGE_MARKUP = 1 << 6,       /* text between tags (JSX, TSX) */
    LANGUAGE_TRAILING_COMMA = 1 << 7, /* a comma before a closer is allowed in lists */
    LANGUAGE_REGEX = 1 << 8,          /* /.../ literals */
    LANGUAGE_LIFETIMES = 1 << 9,      /* 'a without a closing quote is a token (Rust) */
    LANGUAGE_NESTED_COMMENTS = 1 << 10,
    LANGUAGE_COMMENTS_REFUSED = 1 << 11 /* comments are recognised and are mistakes (JSON proper) */
};

/* How a language says what it imports (imports.h). */
enum language_imports {
    IMPORTS_NONE, /* not at all, or in another way than by names (C) */
    IMPORTS_PYTHON,
    IMPORTS_SCRIPT,
    IMPORTS_GO,
    IMPORTS_RUST,
    IMPORTS_JAVA
};

/* A literal token that the grammar gives a node name of its own, so that its text is not among the anonymous
 * symbols. */
struct named_literal {
    const char *text, *node;
};

/* One kind of string literal. Longer openers come first in a language's list. */
struct string_rule {
    const char *opener, *closer; /* "\"", "'''", "`" */
    char escape;                 /* 0: none */
    bool multiline;              /* may contain line ends */
    bool continues;              /* an escape at the end of a line joins the next one */
    bool interpolates;           /* ${...} inside (template literals) */
    bool character;              /* holds one character (C, Java, Rust, Go) */
    bool seldom_multiline; /* may span lines but hardly ever does: when quotes do not pair up, it ends with
                              its line */
};

/* A node whose children are read alone as well as in the text, between other bytes that make a text of them:
 * a statement between a function's head and its closing brace. */
struct body_rule {
    const char *node, *open, *close; /* open NULL: its children stand as the node itself does */
};

struct language {
    const char *id;              /* LSP language id: "c", "javascriptreact", ... */
    const char *name;            /* for people */
    const char *const *aliases;  /* other names accepted by --language; NULL-terminated */
    const char *const *suffixes; /* ".c", ".h"; NULL-terminated */
    const char *const
        *file_names; /* whole names, one '*' allowed: "tsconfig.*.json"; NULL-terminated, may be empty */
    const char *const *interpreters; /* after #!: "python3", "node"; NULL-terminated */
    const TSLanguage *(*grammar)(void);
    const char *line_comment;             /* "//", "#" or NULL */
    const char *block_open, *block_close; /* or NULL */
    const struct string_rule *strings;    /* ends with opener NULL */
    const char *string_prefixes;          /* letters that may stand before a quote: "rRbBfFuU" or "" */
    const char *word_extra;  /* bytes besides letters, digits, '_' and >= 0x80 that words may hold: "$" */
    const char *word_prefix; /* may begin a word: "#" of JavaScript's private names; or "" */
    const char *const
        *regex_after; /* words after which a '/' begins a LANGUAGE_REGEX literal; NULL-terminated or NULL */
    const struct named_literal *named_literals; /* ends with text NULL */
    uint32_t flags;                             /* enum language_flags */
    enum language_imports imports;
    const char *const *definers; /* words before a name that they define: "def", "class"; NULL-terminated */
    const struct rule *rules;    /* what the grammar lets pass and the language refuses (rules.h); or NULL */
    const struct gap_rule *gaps; /* what the language allows and the grammar cannot read (gap.h); or NULL */
    const struct body_rule *bodies; /* besides the text itself; ends with node NULL */
};

const struct language *language_find(const char *id_or_alias); /* case-insensitive */
/* Whether strings (not characters) stand in this quote, alone and with escapes. */
bool language_has_strings_in(const struct language *language, char quote);
bool language_has_characters(const struct language *language); /* 'a' is one */
const struct language *language_of_path(const char *path);     /* by file name and suffix */
/* The same, and by a "#!" line in the first bytes when the name says nothing. */
const struct language *language_of_file(const char *path, const char *bytes, size_t length);
const struct language *language_at(size_t index);       /* NULL past the last */
uint32_t language_abi(const struct language *language); /* tree-sitter's version of the grammar's tables */

/* Literal tokens of a grammar: its anonymous terminal symbols whose name is the text itself, and the row's
 * named_literals. Some texts are several symbols (C has a "(" of its own for macro parameters): there is one
 * literal for each text. */
struct literal {
    const char *text;
    uint16_t symbol; /* TSSymbol; the public one, as ts_node_symbol gives it */
    uint16_t length;
    bool is_word;     /* letters, digits, '_' only: a keyword */
    bool is_operator; /* punctuation that the lexer reads as one token; no bracket, quote or comment */
};

struct language_facts {
    const struct literal *literals; /* sorted by text */
    size_t literal_count;
    uint16_t first[257]; /* literals that begin with byte b: [first[b], first[b + 1]) */
    /* Bytes with which nothing but a word begins, and signs with which no comment, string, word or number
     * does. */
    bool begins_word[256], begins_sign[256];
};

/* Made on first use, kept for the life of the program. */
const struct language_facts *language_facts(const struct language *language);
/* Exact match; NULL when the bytes are no literal token. */
const struct literal *language_literal(const struct language *language, const char *bytes, size_t length);
/* By symbol, as ts_lookahead_iterator_current_symbol gives it; NULL when it is no literal. Of a symbol that
 * is spelt in several ways ("int", "char") the first in the row. */
const struct literal *language_literal_of_symbol(const struct language *language, uint16_t symbol);

#endif
