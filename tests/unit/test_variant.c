/* Variants: which other texts are thought of when a text is broken inside its tokens, case by case. A variant
 * is known by the text it makes. */
#include "analysis/variant.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct trial {
    struct tapes tapes;
    struct arena arena;
    struct variant_list list;
};

static void trial_init(struct trial *trial, const char *id, const char *text) {
    tapes_init(&trial->tapes, language_find(id), text, (uint32_t)strlen(text));
    arena_init(&trial->arena);
    trial->list = (struct variant_list){.arena = &trial->arena};
}

static void trial_finish(struct trial *trial) {
    vec_finish(&trial->list);
    arena_finish(&trial->arena);
    tapes_finish(&trial->tapes);
}

static const struct tape *slice(const struct trial *trial) {
    return trial->tapes.items[0];
}

/* The place of `@` in marked, which becomes the text without it. */
static uint32_t unmark(const char *marked, char *text, size_t size) {
    const char *mark = strchr(marked, '@');
    assert_non_null(mark);
    assert_true(strlen(marked) < size);
    size_t place = (size_t)(mark - marked);
    memcpy(text, marked, place);
    strcpy(text + place, mark + 1);
    return (uint32_t)place;
}

/* The text of a variant; in the trial's arena. What the contract promises of splices is asserted. */
static const char *text_of(struct trial *trial, const struct variant *variant) {
    const struct tape *tape = slice(trial);
    size_t length = tape->length;
    uint32_t last = 0;
    assert_true(variant->splice_count > 0);
    for (size_t i = 0; i < variant->splice_count; i++) {
        const struct text_edit *splice = &variant->splices[i];
        assert_true(splice->start_byte >= last && splice->end_byte >= splice->start_byte);
        assert_true(splice->end_byte <= tape->length);
        last = splice->end_byte;
        length += splice->new_length;
    }
    assert_true(variant->cost > 0 && variant->cost < 50);
    assert_true(variant->restart_byte <= variant->splices[0].start_byte);
    assert_true(variant->code < FINDING_CODE_COUNT);
    char *text = arena_zalloc(&trial->arena, length + 1), *out = text;
    uint32_t from = 0;
    for (size_t i = 0; i < variant->splice_count; i++) {
        const struct text_edit *splice = &variant->splices[i];
        memcpy(out, tape->bytes + from, splice->start_byte - from);
        out += splice->start_byte - from;
        memcpy(out, splice->new_bytes, splice->new_length);
        out += splice->new_length;
        from = splice->end_byte;
    }
    memcpy(out, tape->bytes + from, tape->length - from);
    return text;
}

/* The cheapest variant that makes `text`; NULL when none does. */
static const struct variant *find(struct trial *trial, const char *text) {
    const struct variant *best = NULL;
    for (size_t i = 0; i < trial->list.count; i++)
        if (!strcmp(text_of(trial, &trial->list.items[i]), text) &&
            (!best || trial->list.items[i].cost < best->cost))
            best = &trial->list.items[i];
    return best;
}

static const struct variant *cheapest(struct trial *trial) {
    const struct variant *best = NULL;
    for (size_t i = 0; i < trial->list.count; i++)
        if (!best || trial->list.items[i].cost < best->cost) best = &trial->list.items[i];
    return best;
}

static void propose(struct trial *trial, const char *id, const char *marked) {
    char text[512];
    uint32_t stuck = unmark(marked, text, sizeof text);
    trial_init(trial, id, text);
    variant_propose(slice(trial), stuck, &trial->list);
}

/* One variant makes `expected`; it is the first choice when `first`. */
static void check(const char *id, const char *marked, const char *expected, enum finding_code code,
                  bool first) {
    struct trial trial;
    propose(&trial, id, marked);
    const struct variant *found = find(&trial, expected);
    if (!found) {
        print_error("%s: %s\nnot among:\n", id, marked);
        for (size_t i = 0; i < trial.list.count; i++)
            print_error("%.2f %s\n", trial.list.items[i].cost, text_of(&trial, &trial.list.items[i]));
    }
    assert_non_null(found);
    assert_int_equal(found->code, code);
    if (first && found->cost > cheapest(&trial)->cost)
        print_error("%s: %s\nis cheaper than %s\n", id, text_of(&trial, cheapest(&trial)), expected);
    if (first) assert_true(found->cost <= cheapest(&trial)->cost);
    trial_finish(&trial);
}

static void check_none(const char *id, const char *marked) {
    struct trial trial;
    propose(&trial, id, marked);
    for (size_t i = 0; i < trial.list.count; i++)
        print_error("%s: %s\n", id, text_of(&trial, &trial.list.items[i]));
    assert_int_equal(trial.list.count, 0);
    trial_finish(&trial);
}

/* ---- quotes ---- */

static void unclosed_quotes(void **state) {
    (void)state;
    static const struct {
        const char *language, *marked, *expected;
        bool first;
    } cases[] = {
        {"c", "puts(@\"hi);\n", "puts(\"hi\");\n", true},
        {"c", "f(g(@\"hi));\n", "f(g(\"hi\"));\n", true},
        {"python", "x = @'abc\ny\n", "x = 'abc'\ny\n", true},
        {"python", "print(@\"abc)\n", "print(\"abc\")\n", true},
        {"c", "printf(@\"%d, x);\n", "printf(\"%d\", x);\n", true},
        {"c", "f(@\"a, 1);\n", "f(\"a\", 1);\n", false},
        {"json", "{@\"a: 1}\n", "{\"a\": 1}\n", false},
        {"json", "[@\"a]\n", "[\"a\"]\n", true},
        {"javascript", "x = @'a;\r\ny\r\n", "x = 'a';\r\ny\r\n", true},
        {"java", "f(@\"a\"\" );", "f(\"a\"\"\" );", false},
        {"python", "f(abc@\")\n", "f(\"abc\")\n", false}, /* it was not opened */
        {"c", "x = a@\";\n", "x = \"a\";\n", false},
        {"go", "x := @\"a", "x := \"a\"", true},
        {"rust", "f(b@\"a);\n", "f(b\"a\");\n", false},
        {"python", "x = @f'a{b}\n", "x = f'a{b}'\n", false},  /* with its prefix */
        {"python", "x = @'a  \ny\n", "x = 'a'  \ny\n", true}, /* spaces at the end are no text */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(cases[i].language, cases[i].marked, cases[i].expected, FINDING_UNCLOSED_STRING, cases[i].first);
}

static void stray_quotes_can_go(void **state) {
    (void)state;
    check("c", "x = 1@\";\n", "x = 1;\n", FINDING_UNEXPECTED_TOKEN, false);
    check("python", "x = 1@'\n", "x = 1\n", FINDING_UNEXPECTED_TOKEN, false);
}

static void mixed_quotes(void **state) {
    (void)state;
    check("python", "x = @\"abc'\n", "x = \"abc\"\n", FINDING_WRONG_TOKEN, true);
    check("python", "x = @\"abc'\n", "x = 'abc'\n", FINDING_WRONG_TOKEN, false);
    check("javascript", "f(@'a\");\n", "f('a');\n", FINDING_WRONG_TOKEN, true);
    /* An apostrophe is text: the string goes on behind it. */
    check("python", "x = @\"it's here\n", "x = \"it's here\"\n", FINDING_UNCLOSED_STRING, true);
}

static void quotes_inside(void **state) {
    (void)state;
    check("c", "puts(\"say \"@hi\" to\");\n", "puts(\"say \\\"hi\\\" to\");\n", FINDING_UNCLOSED_STRING,
          true);
    check("python", "x = 'it'@s'\n", "x = 'it\\'s'\n", FINDING_UNCLOSED_STRING, false);
    check("java", "f(\"a \"@b\" c\");\n", "f(\"a \\\"b\\\" c\");\n", FINDING_UNCLOSED_STRING, true);
    struct trial trial;
    propose(&trial, "c", "puts(\"say \"@hi\" to\");\n");
    const struct variant *found = find(&trial, "puts(\"say \\\"hi\\\" to\");\n");
    assert_non_null(found);
    assert_string_equal(found->title, "escape the quotes inside");
    assert_int_equal(found->restart_byte, 5); /* the string's beginning */
    trial_finish(&trial);
}

struct quoting_case {
    const char *language, *marked, *expected;
};

static void check_first(const struct quoting_case *cases, size_t count, enum finding_code code) {
    for (size_t i = 0; i < count; i++)
        check(cases[i].language, cases[i].marked, cases[i].expected, code, true);
}

/* All quotes inside at once, with those that are escaped already and what follows the last one. */
static void quotes_of_prose(void **state) {
    (void)state;
    static const struct quoting_case cases[] = {
        {"c", "puts(\"a \"b\" or \"@c\"\");\n", "puts(\"a \\\"b\\\" or \\\"c\\\"\");\n"},
        {"c", "puts(\"a \\\"b\"@\");\n", "puts(\"a \\\"b\\\"\");\n"},
        {"c", "f(\"a \"%d\"@\\n\", x);\n", "f(\"a \\\"%d\\\"\\n\", x);\n"},
        {"go", "f(\"a \"@b\" c\", \"d\")\n", "f(\"a \\\"b\\\" c\", \"d\")\n"},
        {"python", "f('a '@b' c')\n", "f('a \\'b\\' c')\n"},
        {"javascript", "f(\"a \"b\"\"@!);\n", "f(\"a \\\"b\\\"!\");\n"},
    };
    check_first(cases, sizeof cases / sizeof *cases, FINDING_UNCLOSED_STRING);
    /* A quote behind a separator rather begins a string, and where code stands between there is no prose. */
    struct trial trial;
    propose(&trial, "javascript", "x = [\"a, \"@b\"];\n");
    assert_true(find(&trial, "x = [\"a, \\\"b\"];\n")->cost > find(&trial, "x = [\"a\", \"b\"];\n")->cost);
    trial_finish(&trial);
    propose(&trial, "java", "f(\"a \" + b @\" c\");\n");
    assert_null(find(&trial, "f(\"a \\\" + b \\\" c\");\n"));
    trial_finish(&trial);
}

static void escapes_that_close(void **state) {
    (void)state;
    static const struct quoting_case cases[] = {
        {"c", "puts(@\"a\\\");\n", "puts(\"a\");\n"},
        {"java", "f(@\"a\\\");\n", "f(\"a\");\n"},
        {"python", "f(@\"c:\\a\\\")\n", "f(\"c:\\a\\\\\")\n"}, /* a path ends with a backslash */
        {"c", "puts(\"a \\\"b\"@\\\");\n", "puts(\"a \\\"b\\\"\");\n"},
    };
    check_first(cases, sizeof cases / sizeof *cases, FINDING_UNCLOSED_STRING);
    check("c", "puts(\"a\"@\\\");\n", "puts(\"a\");\n", FINDING_UNEXPECTED_TOKEN, true);
    struct trial trial; /* two of them are a pair */
    propose(&trial, "c", "puts(@\"a \\\"b\\\");\n");
    assert_null(find(&trial, "puts(\"a \\\"b\");\n"));
    trial_finish(&trial);
}

static void quotes_on_the_wrong_side(void **state) {
    (void)state;
    static const struct quoting_case cases[] = {
        {"c", "puts(\"a\"@.);\n", "puts(\"a.\");\n"},
        {"c", "f(3@\"%d\", x);\n", "f(\"3%d\", x);\n"},
        {"c", "f(\"%d,\"@x);\n", "f(\"%d\",x);\n"},
        {"java", "f(\"a)\"@;\n", "f(\"a\");\n"},
        {"c", "puts @\"(a)\";\n", "puts (\"a\");\n"},
        {"python", "x = ['a'@2, 'b']\n", "x = ['a2', 'b']\n"},
        {"javascript", "x = [''@a];\n", "x = ['a'];\n"},
        {"json", "[\"a\"@2]", "[\"a2\"]"},
    };
    check_first(cases, sizeof cases / sizeof *cases, FINDING_UNCLOSED_STRING);
    struct trial trial; /* a word behind a string is a slip there */
    propose(&trial, "json", "[\"a\"@b]");
    assert_null(find(&trial, "[\"ab\"]"));
    trial_finish(&trial);
    check_none("c", "f(\"%d\"@x);\n");
}

static void quotes_written_twice(void **state) {
    (void)state;
    check("json", "{\"\"@a\"\": \"\"b\"\"}", "{\"a\": \"b\"}", FINDING_UNEXPECTED_TOKEN, true);
    struct trial trial;
    propose(&trial, "javascript", "f(\"\", \"\", \"\"@a\"\");\n"); /* two of them are strings */
    assert_null(find(&trial, "f(\", \", \"a\");\n"));
    trial_finish(&trial);
}

static void text_without_quotes(void **state) {
    (void)state;
    static const struct quoting_case cases[] = {
        {"c", "f(@%d, x);\n", "f(\"%d\", x);\n"},
        {"go", "f(@%d\\n, x)\n", "f(\"%d\\n\", x)\n"},
        {"javascript", "f(all @is well!);\n", "f(\"all is well!\");\n"},
        {"python", "y = 'a'\nx = this @is my text\n", "y = 'a'\nx = 'this is my text'\n"},
        {"python", "f(http:@//a.b/c, 1)\n", "f('http://a.b/c', 1)\n"},
        {"python", "f(http:@//a.b/c, 1)\ny = \"a\"\n", "f(\"http://a.b/c\", 1)\ny = \"a\"\n"},
        {"c", "x = y == @\\0;\n", "x = y == '\\0';\n"},
        {"java", "f(x, @#);\n", "f(x, '#');\n"},
    };
    check_first(cases, sizeof cases / sizeof *cases, FINDING_MISSING_TOKEN);
    check_none("c", "g(a @b);\n");               /* letters are names */
    check_none("javascript", "f(x => @y y);\n"); /* and so are words around an operator */
}

/* Stuck at the end of the text, where the string that runs over the lines ends. */
static void quotes_far_before(void **state) {
    (void)state;
    check("java", "f(\"a);\ng();\nh();\n@", "f(\"a\");\ng();\nh();\n", FINDING_UNCLOSED_STRING, true);
    check_none("javascriptreact", "x = <p>don't</p>;\ng();\nh();\n@y();\n");
}

static void data_wants_double_quotes(void **state) {
    (void)state;
    check("json", "{@a: 1}", "{\"a\": 1}", FINDING_MISSING_TOKEN, true);
    check("json", "[1, @red]", "[1, \"red\"]", FINDING_MISSING_TOKEN, true);
    check("json", "{@'a': 1}", "{\"a\": 1}", FINDING_WRONG_TOKEN, false);
    check("json", "{\"v\": @1.2.3}", "{\"v\": \"1.2.3\"}", FINDING_MISSING_TOKEN, true);
    check("json", "{\"d\": 2024@-05-01, \"e\": 1}", "{\"d\": \"2024-05-01\", \"e\": 1}",
          FINDING_MISSING_TOKEN, true);
    check("json", "{\"t\": @two words}", "{\"t\": \"two words\"}", FINDING_MISSING_TOKEN, false);
    check_none("javascript", "{@a: 1}");
    check("json", "{\"a\": \"\\@u12", "{\"a\": \"\\u12\"", FINDING_UNCLOSED_STRING, false);
}

/* ---- comments ---- */

static void prompts(void **state) {
    (void)state;
    check("python", "@>>> f(1)\n1\n", "f(1)\n1\n", FINDING_UNEXPECTED_TOKEN, true);
    check("python", "@>>> f(1)\nNone of it\n", "f(1)\n# None of it\n", FINDING_UNEXPECTED_TOKEN, false);
    check("python", "@>>> if x:\r\n...     f()\r\n...\r\n", "if x:\r\n    f()\r\n\r\n",
          FINDING_UNEXPECTED_TOKEN, true);
    check("python", "  @In [3]: f()\n  Out[3]: 5\n", "  f()\n  5\n", FINDING_UNEXPECTED_TOKEN, true);
    check("javascript", "@> f()\n", "f()\n", FINDING_UNEXPECTED_TOKEN, true);
    /* A shift and a comparison, a text that speaks of prompts, and dots without a prompt above. */
    check_none("python", "x = (a @>> b)\n");
    check_none("python", "\"\"\"\n>>> f()\n\"\"\"\nx = @y y\n");
    check_none("python", "@...\n");
    check_none("javascript", "x = a\n  @> b\n");
}

static void unclosed_comments(void **state) {
    (void)state;
    static const struct {
        const char *language, *marked, *expected;
    } cases[] = {
        {"c", "@/* a\nint x;\n", "/* a */\nint x;\n"},
        {"c", "@/* a  \r\nint x;\r\n", "/* a */  \r\nint x;\r\n"},
        {"c", "@/* a\n * b\n * c\nint x;\n", "/* a\n * b\n * c */\nint x;\n"},
        {"c", "@/* a\n * b\n\nint x;\n", "/* a\n * b */\n\nint x;\n"},
        {"java", "int x; @/* a", "int x; /* a */"},
        {"rust", "@/* a /* b */\nfn f() {}\n", "/* a /* b */ */\nfn f() {}\n"},
        {"javascript", "@/*\nf()\n", "\nf()\n"}, /* the opener is the mistake */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(cases[i].language, cases[i].marked, cases[i].expected, FINDING_UNCLOSED_COMMENT, false);
    check_none("python", "x = 1 @/* a\n");
    check_none("c", "@/* a */ x\n");
}

/* ---- typography ---- */

static void typographic_characters(void **state) {
    (void)state;
    static const struct {
        const char *language, *marked, *expected;
    } cases[] = {
        {"c", "puts(@“hi”);\n", "puts(\"hi\");\n"},
        {"javascript", "x = @‘a’;\n", "x = 'a';\n"},
        {"c", "x@\xc2\xa0= 1;\n", "x = 1;\n"},
        {"python", "x = 1 @– 2\n", "x = 1 - 2\n"},
        {"python", "x\xe2\x80\x8b@ = 1\n", "x = 1\n"},
        {"c", "f@（1，2）；\n", "f(1,2);\n"}, /* all of them at once */
        {"json", "{“a”@： “b”}", "{\"a\": \"b\"}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(cases[i].language, cases[i].marked, cases[i].expected, FINDING_UNEXPECTED_TOKEN, false);
    /* In strings and comments they are text. */
    struct trial trial;
    propose(&trial, "c", "f(@“a”, \"“b”\"); // “c”\n");
    assert_non_null(find(&trial, "f(\"a\", \"“b”\"); // “c”\n"));
    trial_finish(&trial);
    check_none("c", "puts(\"“hi”\") @x;\n");
}

/* ---- habits ---- */

static void phrases(void **state) {
    (void)state;
    check("python", "if x:\n    y\nelse @if z:\n    w\n", "if x:\n    y\nelif z:\n    w\n",
          FINDING_WRONG_TOKEN, true);
    check("python", "if x:\n    y\nelse@   if z:\n    w\n", "if x:\n    y\nelif z:\n    w\n",
          FINDING_WRONG_TOKEN, true);
    check("python", "x+@+\n", "x += 1\n", FINDING_WRONG_TOKEN, true);
    check("python", "x-@-\n", "x -= 1\n", FINDING_WRONG_TOKEN, true);
    check_none("c", "x++ @y");
    check_none("javascript", "if (x) y; else @if (z) w");
}

/* ---- indentation ---- */

static void indentation(void **state) {
    (void)state;
    static const struct {
        const char *marked, *expected;
    } cases[] = {
        {"if x:\n@y\n", "if x:\n    y\n"},                  /* a step deeper behind a colon */
        {"x = 1\n  @y = 2\n", "x = 1\ny = 2\n"},            /* as the line above */
        {"if x:\n    y\n   @z\n", "if x:\n    y\n    z\n"}, /* one space too few */
        {"if x:\n    y\n   @z\n", "if x:\n    y\nz\n"},     /* or three too many */
        {"if x:\n    y\n      @z\n      w\n", "if x:\n    y\n    z\n    w\n"}, /* the block moves together */
        {"if x:\n    y\n      @z\n      w\n", "if x:\n    y\n    z\n      w\n"}, /* or the line alone */
        {"if x:\n@y\n\nz\n", "if x:\n    y\n\nz\n"},
        {"if x:\r\n@y\r\n", "if x:\r\n    y\r\n"},
        {"if x:\n\ty\n  @z\n", "if x:\n\ty\n        z\n"}, /* a tab reaches to the eighth column */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check("python", cases[i].marked, cases[i].expected, FINDING_INDENTATION, false);
    check("python", "if x:\n@y\n", "if x:\n    y\n", FINDING_INDENTATION, true);
    check("python", "if x:\n    y\n   @z\n", "if x:\n    y\n    z\n", FINDING_INDENTATION, true);
    check("python", "  @x\n  y\nz\n", "x\ny\nz\n", FINDING_INDENTATION, true); /* the start of a text */
    check_none("c", "if (x)\n      @y;\n"); /* braces make blocks elsewhere */
}

/* A vertical tab or a form feed is space to the lexer and no indentation: whatever is proposed stays in the
 * text, and no width below nothing is asked for. */
static void odd_indentation(void **state) {
    (void)state;
    static const char *const texts[] = {
        "if x:\n\v@y\n",         "x\n\v@y\n",          "x\n \v @y\n",   "if x:\n    y\n\v\v@z\n\v w\n",
        "if x:\n\f    @y\n",     "x\n\t\v\t@y\n  z\n", "x\n\v\n\v@y\n", "if x:\n        y\n    \v@z\n   w\n",
        "\vif x:\n\v    y\n@z\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct trial trial;
        propose(&trial, "python", texts[i]);
        for (size_t k = 0; k < trial.list.count; k++) {
            const char *made = text_of(&trial, &trial.list.items[k]);
            assert_true(strlen(made) < 200);
            for (size_t s = 0; s < trial.list.items[k].splice_count; s++)
                assert_int_equal(strspn(trial.list.items[k].splices[s].new_bytes, " "),
                                 trial.list.items[k].splices[s].new_length);
        }
        assert_true(i > 0 || trial.list.count > 0);
        trial_finish(&trial);
    }
}

/* ---- merge conflicts ---- */

static void check_conflicts(const char *id, const char *text, const char *ours, const char *theirs) {
    struct trial trial;
    trial_init(&trial, id, text);
    variant_conflicts(slice(&trial), &trial.list);
    assert_int_equal(trial.list.count, ours ? 2 : 0);
    if (ours) {
        const struct variant *a = find(&trial, ours), *b = find(&trial, theirs);
        if (!a || !b)
            print_error("%s\n%s\n", text_of(&trial, &trial.list.items[0]),
                        text_of(&trial, &trial.list.items[1]));
        assert_non_null(a);
        assert_non_null(b);
        assert_int_equal(a->code, FINDING_MERGE_CONFLICT);
        assert_int_equal(b->code, FINDING_MERGE_CONFLICT);
        assert_string_equal(a->title, "take our side of the conflict");
        assert_string_equal(b->title, "take their side of the conflict");
        assert_true(a->cost < b->cost);
        assert_int_equal(a->restart_byte, 0);
    }
    trial_finish(&trial);
}

static void conflicts(void **state) {
    (void)state;
    check_conflicts("c", "a;\n<<<<<<< HEAD\nb;\n=======\nc;\n>>>>>>> x\nd;\n", "a;\nb;\nd;\n",
                    "a;\nc;\nd;\n");
    check_conflicts("python", "<<<<<<< HEAD\nb\n||||||| 123\nbase\n=======\nc\n>>>>>>> x\n", "b\n", "c\n");
    check_conflicts("json", "[\n<<<<<<< a\n1\n=======\n>>>>>>> b\n]\n", "[\n1\n]\n", "[\n]\n");
    check_conflicts("c", "<<<<<<< a\r\nb;\r\n=======\r\nc;\r\n>>>>>>> x\r\nd;\r\n", "b;\r\nd;\r\n",
                    "c;\r\nd;\r\n");
    check_conflicts("go", "<<<<<<< a\nb\n=======\nc\n>>>>>>> x", "b\n", "c\n"); /* no line end behind it */
    check_conflicts(
        "c", "<<<<<<< a\nb;\n=======\nc;\n>>>>>>> x\nd;\n<<<<<<< a\n||||||| y\ne;\n=======\nf;\n>>>>>>> x\n",
        "b;\nd;\n", "c;\nd;\nf;\n");
    /* Half a conflict is none. */
    check_conflicts("c", "a;\n<<<<<<< HEAD\nb;\n", NULL, NULL);
    check_conflicts("c", "a;\n<<<<<<< HEAD\nb;\n>>>>>>> x\n", NULL, NULL);
    check_conflicts("c", "b;\n=======\nc;\n>>>>>>> x\n", NULL, NULL);
    check_conflicts("c", "", NULL, NULL);
}

/* ---- remedies ---- */

static void check_remedy(const char *id, const char *text, const char *range, enum rule_remedy remedy,
                         const char *expected, const char *title) {
    struct trial trial;
    trial_init(&trial, id, text);
    const char *at = strstr(text, range);
    assert_non_null(at);
    uint32_t start = (uint32_t)(at - text);
    struct rule_violation violation = {.start_byte = start,
                                       .end_byte = start + (uint32_t)strlen(range),
                                       .code = FINDING_NOT_ALLOWED,
                                       .remedy = remedy,
                                       .message = "not here"};
    variant_remedy(slice(&trial), &violation, &trial.list);
    assert_int_equal(trial.list.count, expected ? 1 : 0);
    if (expected) {
        const struct variant *variant = &trial.list.items[0];
        assert_string_equal(text_of(&trial, variant), expected);
        assert_int_equal(variant->code, FINDING_NOT_ALLOWED);
        assert_string_equal(variant->message, "not here");
        if (title)
            assert_string_equal(variant->title, title);
        else
            assert_null(variant->title);
    }
    trial_finish(&trial);
}

static void remedies(void **state) {
    (void)state;
    check_remedy("python", "print x, y\nz\n", "print x, y", REMEDY_PARENTHESES, "print(x, y)\nz\n",
                 "put parentheses around the arguments");
    check_remedy("python", "exec  'a'\n", "exec  'a'", REMEDY_PARENTHESES, "exec('a')\n",
                 "put parentheses around the arguments");
    check_remedy("python", "print\nx\n", "print", REMEDY_PARENTHESES, NULL,
                 NULL); /* nothing to put them around */
    check_remedy("java", "char c = 'ab';", "'ab'", REMEDY_DOUBLE_QUOTES, "char c = \"ab\";",
                 "use double quotes");
    check_remedy("python", "def f():\nx\n", "def f():", REMEDY_NONE, NULL, NULL);
}

static void removals_take_their_line(void **state) {
    (void)state;
    check_remedy("c", "a;\n  b;\nc;\n", "b;", REMEDY_REMOVE, "a;\nc;\n", NULL);
    check_remedy("c", "a;\r\nb;\r\nc;\r\n", "b;", REMEDY_REMOVE, "a;\r\nc;\r\n", NULL);
    check_remedy("c", "a; b; c;\n", "b;", REMEDY_REMOVE, "a;  c;\n", NULL);
    check_remedy("c", "a;  b;\nc;\n", "b;", REMEDY_REMOVE, "a;\nc;\n",
                 NULL); /* no spaces are left at the end */
    check_remedy("c", "b;", "b;", REMEDY_REMOVE, "", NULL);
}

static void a_name_and_an_empty_block(void **state) {
    (void)state;
    struct trial trial;
    const char *text = "class Good { Bad() { } }";
    trial_init(&trial, "java", text);
    struct rule_violation violation = {.start_byte = 13,
                                       .end_byte = 16,
                                       .code = FINDING_NOT_ALLOWED,
                                       .remedy = REMEDY_RENAME,
                                       .from_start = 6,
                                       .from_end = 10,
                                       .message = "another name"};
    variant_remedy(slice(&trial), &violation, &trial.list);
    assert_int_equal(trial.list.count, 1);
    assert_string_equal(text_of(&trial, &trial.list.items[0]), "class Good { Good() { } }");
    trial_finish(&trial);

    trial_init(&trial, "python", "class A:\n    def f(self):\n    x = 1\n");
    uint32_t colon = 25;
    assert_int_equal(slice(&trial)->bytes[colon - 1], ':');
    violation = (struct rule_violation){.start_byte = colon,
                                        .end_byte = colon,
                                        .code = FINDING_INDENTATION,
                                        .remedy = REMEDY_PASS,
                                        .message = "empty"};
    variant_remedy(slice(&trial), &violation, &trial.list);
    assert_int_equal(trial.list.count, 1);
    assert_string_equal(text_of(&trial, &trial.list.items[0]),
                        "class A:\n    def f(self):\n        pass\n    x = 1\n");
    assert_string_equal(trial.list.items[0].title, "insert `pass`");
    trial_finish(&trial);
}

/* ---- every place of odd texts ---- */

static void promises_hold_everywhere(void **state) {
    (void)state;
    static const char *const texts[] = {"",
                                        "\n",
                                        "\"",
                                        "'\n'",
                                        "f(\"a, 'b\n/* c\n  “x” else if y++\n\v z: 1.2.3",
                                        "\"\"\"a\n'\"`\n",
                                        "{'a: `b`, 1-2-3\n  \tx\xff\xe2\x80"};
    const struct language *language;
    for (size_t l = 0; (language = language_at(l)); l++) {
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
            struct trial trial;
            trial_init(&trial, language->id, texts[i]);
            for (uint32_t stuck = 0; stuck <= slice(&trial)->length; stuck++) {
                vec_clear(&trial.list);
                variant_propose(slice(&trial), stuck, &trial.list);
                assert_true(trial.list.count < 400);
                for (size_t k = 0; k < trial.list.count; k++)
                    assert_non_null(text_of(&trial, &trial.list.items[k]));
            }
            trial_finish(&trial);
        }
    }
}

/* ---- directives ---- */

static void lost_directives(void **state) {
    (void)state;
    check("c", "int a;\n @<sys/types.h>\nint b;", "int a;\n#include <sys/types.h>\nint b;",
          FINDING_MISSING_TOKEN, true);
    check("c", "\"a.h\"\n@int b;", "#include \"a.h\"\nint b;", FINDING_MISSING_TOKEN, true);
    check("c", "#define A 1\n B @2\n", "#define A 1\n#define B 2\n", FINDING_MISSING_TOKEN, true);
    check("c", " open_it api@->open\n#define close_it api->close\n",
          "#define open_it api->open\n#define close_it api->close\n", FINDING_MISSING_TOKEN, true);
    check("c", "LIMIT(x) @(x) + 1 /* so many */\nint a;", "#define LIMIT(x) (x) + 1 /* so many */\nint a;",
          FINDING_MISSING_TOKEN, true);
    check("c", "/* a\n*/ B 1 @2\n#define C", "/* a\n*/ #define B 1 2\n#define C", FINDING_MISSING_TOKEN,
          true);
    check("c", "int a;\nopen_it api@->open\nint b;", "int a;\n#define open_it api->open\nint b;",
          FINDING_MISSING_TOKEN, true);
    check_none("c", "int a\nopen_it api@->open\nint b;");
    check_none("c", "struct a;\nwidget c@ {\n}");
    check("c", "#include @sys/types.h>\nint b;", "#include <sys/types.h>\nint b;", FINDING_MISSING_TOKEN,
          true);
    check("c", "#include <sys/types.h@\nint b;", "#include <sys/types.h>\nint b;", FINDING_MISSING_TOKEN,
          true);
    check_none("c", "int a(void) {\nLIMIT @10\n}");
    check_none("c", "#define A 1\nlimit @a;\n");
    check_none("c", "a++ @c");
    check_none("java", "LIMIT @10");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unclosed_quotes),
        cmocka_unit_test(stray_quotes_can_go),
        cmocka_unit_test(mixed_quotes),
        cmocka_unit_test(quotes_inside),
        cmocka_unit_test(quotes_of_prose),
        cmocka_unit_test(escapes_that_close),
        cmocka_unit_test(quotes_on_the_wrong_side),
        cmocka_unit_test(quotes_written_twice),
        cmocka_unit_test(text_without_quotes),
        cmocka_unit_test(quotes_far_before),
        cmocka_unit_test(data_wants_double_quotes),
        cmocka_unit_test(prompts),
        cmocka_unit_test(unclosed_comments),
        cmocka_unit_test(typographic_characters),
        cmocka_unit_test(phrases),
        cmocka_unit_test(indentation),
        cmocka_unit_test(odd_indentation),
        cmocka_unit_test(conflicts),
        cmocka_unit_test(remedies),
        cmocka_unit_test(removals_take_their_line),
        cmocka_unit_test(a_name_and_an_empty_block),
        cmocka_unit_test(lost_directives),
        cmocka_unit_test(promises_hold_everywhere),
    };
    return cmocka_run_group_tests_name("variant", tests, NULL, NULL);
}
