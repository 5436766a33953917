/* Parsing after random edits and their undo. Small texts: the incremental verdict is that of a fresh parse.
 * Large texts: while no chunk is open, and always after finishing, "has an error" is that of a fresh parse of
 * everything; undoing all edits gives the first verdict back. Giant items and edits that are still pending
 * are part of it. NOODLE_SEED repeats. */
#include "analysis/parse.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LARGE_BYTES 560000u
#define PENDING_MAX 4
#define PATIENCE    8 /* times what a large text without errors takes: what takes longer says nothing */
#define GIANTS_MAX  4 /* in a text, so that most of it can be cut */

static uint64_t random_state;

static uint32_t random_below(uint32_t limit) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return limit ? (uint32_t)((random_state >> 11) % limit) : 0;
}

struct sample {
    const char *language;
    const char *items[6]; /* top-level items; %u is replaced by a number */
    const char *giant_open, *giant_line, *giant_close;
};

static const struct sample samples[] = {
    {"c",
     {"int f%u(int a)\n{\n    if (a > 1) {\n        return g(a, \"x\");\n    }\n    return a;\n}\n\n",
      "struct s%u {\n    int a, b[4];\n    char *name;\n};\n\n", "/* comment %u */\nstatic int v%u = 3;\n\n",
      "enum e { A%u, B, C };\n\n", "#define M%u(x) ((x) + 1)\n\n", "typedef unsigned long t%u;\n\n"},
     "int giant%u(void)\n{\n",
     "    call(%u, 'c', \"s\");\n",
     "}\n\n"},
    {"python",
     {"def f%u(a):\n    if a > 1:\n        return g(a, 'x')\n    return a\n\n\n",
      "class C%u:\n    def m(self):\n        return [1, 2]\n\n    x = 3\n\n\n", "import os%u\n\n",
      "# comment %u\nv%u = {'a': 1}\n\n", "x%u = f(\n    1,\n    2,\n)\n",
      "@decorated\ndef h%u():\n    pass\n\n\n"},
     "def giant%u():\n",
     "    call(%u, 'c', [1])\n",
     "\n\n"},
    {"javascript",
     {"function f%u(a) {\n  if (a > 1) {\n    return g(a, 'x');\n  }\n  return a;\n}\n\n",
      "class C%u {\n  m() {\n    return [1, `t${2}`];\n  }\n}\n\n", "import x%u from 'x';\n",
      "// comment %u\nconst v%u = { a: 1 };\n\n", "x.y%u = (a, b) => a + b;\n",
      "export const z%u = /re+/g;\n"},
     "function giant%u() {\n",
     "  call(%u, 'c', [1]);\n",
     "}\n\n"},
    {"go",
     {"func f%u(a int) int {\n\tif a > 1 {\n\t\treturn g(a, \"x\")\n\t}\n\treturn a\n}\n\n",
      "type s%u struct {\n\ta, b int\n}\n\n", "var v%u = []int{1, 2}\n\n", "// comment %u\nconst c%u = 3\n\n",
      "type i%u interface {\n\tM() error\n}\n\n", "var w%u = `raw`\n\n"},
     "func giant%u() {\n",
     "\tcall(%u, 'c', \"s\")\n",
     "}\n\n"},
    {"rust",
     {"fn f%u(a: i32) -> i32 {\n    if a > 1 {\n        return g(a, \"x\");\n    }\n    a\n}\n\n",
      "struct S%u {\n    a: u8,\n    b: Vec<u8>,\n}\n\n", "use a::b%u;\n\n",
      "// comment %u\nconst C%u: u8 = 3;\n\n", "impl T for S%u {\n    fn m(&self) {}\n}\n\n",
      "enum E%u {\n    A(u8),\n    B,\n}\n\n"},
     "fn giant%u() {\n",
     "    call(%u, 'c', \"s\");\n",
     "}\n\n"},
};

static void add_numbered(struct str *source, const char *format, unsigned number) {
    for (const char *place; (place = strstr(format, "%u")); format = place + 2) {
        str_add(source, format, (size_t)(place - format));
        str_addf(source, "%u", number);
    }
    str_adds(source, format);
}

static struct text *make_text(const struct sample *sample, uint32_t size) {
    struct str source;
    str_init(&source);
    if (strcmp(sample->language, "go") == 0) str_adds(&source, "package p\n\n");
    unsigned giants = 0;
    for (unsigned number = 0; source.length < size; number++) {
        if (size > 100000 && giants < GIANTS_MAX && random_below(400) == 0) {
            giants++;
            add_numbered(&source, sample->giant_open, number);
            for (unsigned lines = 500 + random_below(2500); lines > 0; lines--)
                add_numbered(&source, sample->giant_line, lines);
            str_adds(&source, sample->giant_close);
        } else {
            add_numbered(&source, sample->items[random_below(6)], number);
        }
    }
    struct text *text = NULL;
    assert_int_equal(text_create(source.bytes, source.length, &text), STATUS_OK);
    str_finish(&source);
    return text;
}

/* Deletes or inserts a token, or a few bytes. */
static struct text *random_edit(const struct text *text) {
    static const char *const tokens[] = {"{", "}", "(",  ")",  "\"", "'", "`", "/*", "*/",
                                         ";", ":", "\n", "x ", "[",  "]", "#", "//"};
    uint32_t start = random_below(text_size(text)), end = start;
    const char *bytes = "";
    if (random_below(2) == 0) {
        bytes = tokens[random_below(sizeof tokens / sizeof *tokens)];
    } else {
        for (unsigned tries = 0; tries < 200 && !strchr("{}()[]\"';:,=\n", text_byte_at(text, start));
             tries++)
            start++;
        end = start + 1 + (random_below(8) == 0 ? random_below(60) : 0);
    }
    struct text *edited = NULL;
    assert_int_equal(text_splice(text, start, end, bytes, strlen(bytes), &edited), STATUS_OK);
    return edited;
}

static const struct cancel *within(struct cancel *cancel, uint64_t patience_ns) {
    cancel_init(cancel, NULL, patience_ns ? clock_now_ns() + patience_ns : 0);
    return cancel;
}

/* Recovery from an error in all of a large text can take minutes. NULL: it takes longer than patience_ns; 0:
 * no time is too long. */
static struct syntax *parse(struct parser *parser, const struct sample *sample, struct text *text,
                            const struct syntax *previous, bool finish, uint64_t patience_ns) {
    struct syntax *syntax = NULL;
    struct cancel cancel;
    enum status status = syntax_parse(parser, language_find(sample->language), text, previous, finish,
                                      within(&cancel, patience_ns), &syntax);
    assert_int_equal(status, syntax || !patience_ns ? STATUS_OK : STATUS_DEADLINE);
    return syntax;
}

enum verdict { CLEAN, BROKEN, UNKNOWN };

static enum verdict verdict_of(bool has_error) {
    return has_error ? BROKEN : CLEAN;
}

static enum verdict fresh_verdict(struct parser *parser, const struct sample *sample, const struct text *text,
                                  uint64_t patience_ns) {
    struct cancel cancel;
    TSTree *tree = parser_parse_range(parser, language_find(sample->language), text, 0, text_size(text), NULL,
                                      within(&cancel, patience_ns));
    if (!tree) return UNKNOWN;
    enum verdict verdict = verdict_of(ts_node_has_error(ts_tree_root_node(tree)));
    ts_tree_delete(tree);
    return verdict;
}

static void assert_verdict(const struct syntax *syntax, enum verdict wanted) {
    if (wanted != UNKNOWN) assert_int_equal(verdict_of(syntax_has_error(syntax)), wanted);
}

static void check_pieces(const struct syntax *syntax) {
    uint32_t end = 0;
    bool broken = false, open = false;
    for (size_t i = 0; i < syntax_piece_count(syntax); i++) {
        struct syntax_piece piece = syntax_piece_at(syntax, i);
        assert_int_equal(piece.start_byte, end);
        assert_int_equal(syntax_piece_index(syntax, piece.start_byte), i);
        end = piece.end_byte;
        broken |= piece.has_error;
        open |= piece.open;
    }
    assert_int_equal(end, text_size(syntax_text(syntax)));
    assert_int_equal(broken, syntax_has_error(syntax));
    assert_int_equal(open, syntax_is_open(syntax));
}

/* A few edits, one after the other, then back through the same texts. */
static void edit_and_undo(struct parser *parser, const struct sample *sample, struct syntax **syntax,
                          uint64_t patience_ns) {
    struct text *texts[PENDING_MAX + 1] = {text_ref(syntax_text(*syntax))};
    enum verdict first = verdict_of(syntax_has_error(*syntax));
    bool slow = false;
    int edits = 1 + (int)random_below(PENDING_MAX);
    for (int i = 1; i <= edits; i++)
        texts[i] = random_edit(texts[i - 1]);
    for (int step = 1; step <= 2 * edits; step++) {
        struct text *text = texts[step <= edits ? step : 2 * edits - step];
        uint64_t step_ns = step < 2 * edits ? patience_ns : 0;
        struct syntax *next = parse(parser, sample, text, *syntax, false, step_ns);
        if (!next) continue;
        syntax_unref(*syntax);
        *syntax = next;
        check_pieces(next);
        enum verdict wanted = step == 2 * edits ? first
                              : slow            ? UNKNOWN
                                                : fresh_verdict(parser, sample, text, patience_ns);
        slow |= wanted == UNKNOWN; /* and the edits that follow will not make it faster */
        if (!syntax_is_open(next)) assert_verdict(next, wanted);
        if (!syntax_is_open(next) || (step < 2 * edits && random_below(3) > 0)) continue;
        struct syntax *finished = parse(parser, sample, text, next, true, step_ns);
        if (!finished) continue;
        syntax_unref(next);
        *syntax = finished;
        check_pieces(finished);
        assert_false(syntax_is_open(finished));
        assert_verdict(finished, wanted);
    }
    for (int i = 0; i <= edits; i++)
        text_unref(texts[i]);
}

static void run_sample(const struct sample *sample, uint32_t size, uint32_t rounds) {
    struct parser *parser = parser_create();
    struct text *text = make_text(sample, size);
    uint64_t start_ns = clock_now_ns();
    assert_int_equal(fresh_verdict(parser, sample, text, 0), CLEAN);
    uint64_t patience_ns = size >= LARGE_BYTES ? PATIENCE * (clock_now_ns() - start_ns) : 0;
    struct syntax *syntax = parse(parser, sample, text, NULL, false, 0);
    text_unref(text);
    assert_false(syntax_has_error(syntax));
    if (size >= LARGE_BYTES) assert_true(syntax_piece_count(syntax) > 20);
    for (uint32_t round = 0; round < rounds; round++)
        edit_and_undo(parser, sample, &syntax, patience_ns);
    syntax_unref(syntax);
    parser_destroy(parser);
}

static uint32_t scaled(uint32_t rounds) {
    const char *factor = getenv("NOODLE_ROUNDS");
    return factor ? rounds * (uint32_t)strtoul(factor, NULL, 10) : rounds;
}

static void prop_small_texts(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
        for (uint32_t size = 200; size < 8000; size *= 3)
            run_sample(&samples[i], size, scaled(20));
}

static void prop_large_texts(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
        run_sample(&samples[i], LARGE_BYTES, scaled(1));
}

int main(void) {
    const char *seed = getenv("NOODLE_SEED");
    random_state = seed ? strtoull(seed, NULL, 10) : clock_now_ns();
    if (random_state == 0) random_state = 1;
    printf("NOODLE_SEED=%llu\n", (unsigned long long)random_state);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prop_small_texts),
        cmocka_unit_test(prop_large_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
