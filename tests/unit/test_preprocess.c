/* C read with its own macros. Texts are written with `@` around the item that is to be broken; without it
 * they are to be good. */
#include "analysis/reading.h"
#include "analysis/syntax.h"
#include "base/str.h"
#include "tests/support/reading_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct reading_desk desk;

static int set_up(void **unused) {
    (void)unused;
    reading_desk_start(&desk);
    return 0;
}

static int tear_down(void **unused) {
    (void)unused;
    reading_desk_finish(&desk);
    return 0;
}

/* Broken, or refused by a rule. */
static void say_readings(const struct syntax *syntax, struct str *out) {
    const struct readings *readings = readings_of(syntax);
    for (size_t i = 0; readings && i < readings->placed.count; i++) {
        const struct placed_reading *placed = &readings->placed.items[i];
        if (!placed->reading->broken && !placed->reading->violations.count) continue;
        char *bytes = text_dup(syntax_text(syntax), placed->start_byte, placed->end_byte);
        str_addf(out, "%s\n", bytes);
        mem_free(bytes);
    }
}

/* marked: at most one stretch between two @. */
static void check_text(const char *marked, bool with_macros) {
    struct str bytes, broken, expected;
    str_init(&bytes);
    str_init(&broken);
    str_init(&expected);
    bool inside = false;
    for (const char *c = marked; *c; c++) {
        if (*c == '@') {
            inside = !inside;
            if (!inside) str_addc(&expected, '\n');
            continue;
        }
        str_addc(&bytes, *c);
        if (inside) str_addc(&expected, *c);
    }
    struct syntax *syntax = with_macros ? reading_desk_read(&desk, bytes.bytes, bytes.length, NULL, NULL)
                                        : reading_desk_read_alone(&desk, bytes.bytes, bytes.length);
    const char *wrong = reading_check(syntax);
    if (wrong) fail_msg("%s: %s", wrong, marked);
    say_readings(syntax, &broken);
    if (strcmp(broken.bytes, expected.bytes) != 0) fail_msg("%s\nbroken are: %s", marked, broken.bytes);
    syntax_unref(syntax);
    str_finish(&bytes);
    str_finish(&broken);
    str_finish(&expected);
}

#define CHECK_ALL(rows, with_macros)                                                                         \
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++)                                            \
    check_text(rows[row], with_macros)

static void own_macros_are_expanded(void **unused) {
    (void)unused;
    static const char *const rows[] = {
        "#define BEGIN {\n#define END }\nint f(void) BEGIN return 1; END\n",
        "#define BEGIN {\n#define END }\n@int f(void) BEGIN return 1 END\nint g;@\n",
        "#define BEGIN {\n#define END }\nint f(int a) BEGIN int b = a; return b; END\nint g;\n",
        "#define list(t) struct { t *items; }\nlist(int *) a;\nstatic list(char) b;\n",
        "#define list(t) struct { t *items; }\n@list(int *) a b;@\nint c;\n",
        "#define each(x, l) for (x = l; x; x = x->next)\nvoid f(void) {\n    each(p, q) {\n        g();\n    "
        "}\n}\n",
        "#define each(x, l) for (x = l; x; x = x->next)\n@void f(void) {\n    each(p, q {\n        g();\n    "
        "}\n}@\n",
        "#define colors X(red) X(green)\n#define X(n) n,\nenum c { colors };\n",
        "#define colors X(red) X(green)\n#define X(n) n,\n@enum c { colors;@\n",
        "#define t_begin(n) struct n {\n#define t_end };\nt_begin(a)\nint b;\nt_end\nint c;\n",
        "#define fn(n) int n(void)\nfn(a) { return 1; }\nfn(b);\n",
        "#define fn(n) int n(void)\n@fn(a) { return 1 }@\nfn(b);\n",
        "#define op +\nint a = 1 op 2;\n",
        "#define op +\n@int a = 1 op op 2 op;@\n",
        "#define cat(a, b) a##b\nint cat(x, y) = 1;\nint z[cat(1, 2)];\n",
        "#define unless(x) if (!(x))\nvoid f(void) { unless (a) b(); else c(); }\n",
        /* What parses is not asked for macros. */
        "#define a ) {\nint a;\n",
        /* Definitions behind their use, and other ones of the same name. */
        "int f(void) begin }\n#define begin {\n",
        "#ifdef X\n#define begin (\n#else\n#define begin {\n#endif\nint f(void) begin }\n",
        "#ifdef X\n#define begin {\n#else\n#define begin (\n#endif\nint f(void) begin }\n",
        "#define A A B\n#define B A A\n@int A A;@\n",
    };
    CHECK_ALL(rows, true);
}

static void branches_are_read_one_by_one(void **unused) {
    (void)unused;
    static const char *const rows[] = {
        "int f(void) {\n#if A\n    if (a) {\n#else\n    if (b) {\n#endif\n        c();\n    }\n}\n",
        "@int f(void) {\n#if A\n    if (a) {\n#else\n    if (b {\n#endif\n        c();\n    }\n}@\n",
        "@int f(void) {\n#if A\n    if (a {\n#else\n    if (b) {\n#endif\n        c();\n    }\n}@\n",
        "int a[] = {\n#if A\n    1,\n#elif B\n    2,\n#endif\n    3};\n",
        "@int a[] = {\n#if A\n    1 2,\n#elif B\n    2,\n#endif\n    3};@\n",
        "#if A\nint f(int a)\n#else\nint f(void)\n#endif\n{\n    return 1;\n}\n",
        "@#if A\nint f(int a)\n#else\nint f(void\n#endif\n{\n    return 1;\n}@\n",
        "#if 0\nthis is no C (\n#endif\nint a\n#if 1\n;\n#endif\n",
        "int f(void) {\n#if 0\n    if (\n#endif\n    return 1;\n}\n",
        "@int f(void) {\n#if 0\n    if (\n#endif\n    return 1\n}@\n",
        "int f(void) {\n#ifdef __cplusplus\n    auto [a, b] = g<int>();\n#else\n    h();\n#endif\n}\n",
        "#ifdef __cplusplus\nextern \"C\" {\n#endif\nint a;\n#ifdef __cplusplus\n}\n#endif\n",
        "#ifdef __cplusplus\nextern \"C\" {\n#endif\n@int a b c;@\n#ifdef __cplusplus\n}\n#endif\n",
        "#if A\nint a;\n#else\n#error is no (\n#endif\n",
        "#if __cplusplus >= 201103L\nclass a { public: b(); };\n#endif\nint c\n#if D\n;\n#else\n;\n#endif\n",
    };
    CHECK_ALL(rows, true);
}

static void directives_are_right_or_wrong_themselves(void **unused) {
    (void)unused;
    static const char *const rows[] = {
        "#if A\nint b;@\n@",
        " @NAME@\n#include <a.h>\n#endif\nint b;\n",
        "int f(void) {\n  @NAME@\n  return 1;\n#else\n  return 2;\n#endif\n}\n",
        "@#if A@\nint b;",
        "int a;\n@#endif@\n",
        "API int a;\n#define A(x) ((x)\n",
        "int a;\n@#include <stdio.h@\nint b;\n",
        "int a;\n@#include \"a.h@\nint b;\n",
        "int a;\n#include A_H\nint b;\n",
        "#if 0\n#include <stdio.h\n#endif\nint b;\n",
    };
    CHECK_ALL(rows, true);
}

static void unknown_macros_are_known_by_their_place(void **unused) {
    (void)unused;
    static const char *const rows[] = {
        "API int f(void);\nint g(void) PURE;\n",
        "@API int f(void;@\nint g(void) PURE;\n",
        "MODULE_LICENSE(\"a\")\nint g(void) { return 1; }\n",
        "void f(void) {\n    FOR_EACH(a, b) {\n        c();\n    }\n}\n",
        "@void f(void) {\n    FOR_EACH(a, b) {\n        c()\n    }\n}@\n",
        "STACK_OF(X509) *a;\nvoid f(STACK_OF(X509) *b);\n",
        "const char *a = \"%\" PRIu64 \" of \" PRIu64;\n",
        "@const char *a = \"%\" PRIu64 \" of \" PRIu64\nint b;@\n",
    };
    CHECK_ALL(rows, true);
    CHECK_ALL(rows, false);
    /* Without an environment nothing is expanded. */
    check_text("#define begin {\n@int f(void) begin }@\n", false);
}

static void only_edited_items_are_read_again(void **unused) {
    (void)unused;
    static const char before[] = "#define B {\nint f(void) B }\nint y z;\nint g(void) B }\n";
    static const char after[] = "#define B {\nint f(void) B }\n\nint yy zz;\nint g(void) B }\n";
    static const char other[] = "#define B { ;\nint f(void) B }\nint y z;\nint g(void) B }\n";
    struct syntax *first = reading_desk_read(&desk, before, sizeof before - 1, NULL, NULL);
    struct syntax *second = reading_desk_read(&desk, after, sizeof after - 1, first, NULL);
    /* Another definition: what macros had a part in is read again. */
    struct syntax *third = reading_desk_read(&desk, other, sizeof other - 1, first, NULL);
    const struct readings *old = readings_of(first), *new = readings_of(second);
    assert_int_equal(old->placed.count, 3);
    assert_int_equal(new->placed.count, 3);
    assert_int_equal(readings_of(third)->placed.count, 3);
    assert_ptr_equal(old->placed.items[0].reading, new->placed.items[0].reading);
    assert_ptr_not_equal(old->placed.items[1].reading, new->placed.items[1].reading);
    assert_ptr_equal(old->placed.items[2].reading, new->placed.items[2].reading);
    assert_int_equal(new->placed.items[2].start_byte, old->placed.items[2].start_byte + 3);
    for (size_t i = 0; i < 3; i++)
        assert_ptr_not_equal(old->placed.items[i].reading, readings_of(third)->placed.items[i].reading);
    syntax_unref(first);
    syntax_unref(second);
    syntax_unref(third);
}

/* What a macro's open brace joins is joined again when the brace's own reading is an old one. */
static void items_are_joined_with_old_readings(void **unused) {
    (void)unused;
    static const char open[] = "#define B(n) struct n {\n#define E };\nB(a)\nint x;\nint y;\n";
    static const char closed[] = "#define B(n) struct n {\n#define E };\nB(a)\nint x;\nint y;\nE\n";
    struct syntax *first = reading_desk_read(&desk, open, sizeof open - 1, NULL, NULL);
    struct syntax *second = reading_desk_read(&desk, closed, sizeof closed - 1, first, NULL);
    struct syntax *fresh = reading_desk_read(&desk, closed, sizeof closed - 1, NULL, NULL);
    assert_true(syntax_is_broken(first));
    assert_false(syntax_is_broken(second));
    assert_null(reading_check_same(second, fresh));
    syntax_unref(first);
    syntax_unref(second);
    syntax_unref(fresh);
}

static void cancelled_readings_are_none(void **unused) {
    (void)unused;
    static const char text[] = "#define begin {\nint f(void) begin }\nint a b c;\n";
    struct cancel cancel;
    cancel_init(&cancel, NULL, 0);
    cancel_request(&cancel);
    struct syntax *syntax = reading_desk_read(&desk, text, sizeof text - 1, NULL, &cancel);
    assert_null(readings_of(syntax));
    assert_true(syntax_is_broken(syntax));
    syntax_unref(syntax);
}

/* A reading that was cut short goes on behind the pieces that it had read. */
static void what_was_read_stays_read(void **unused) {
    (void)unused;
    struct str text;
    str_init(&text);
    str_adds(&text, "#define BEGIN {\n#define END }\n");
    for (int i = 0; text.length < 600000; i++)
        str_adds(&text, i % 2000 ? "int good(void) { return 1; }\n" : "int read(void) BEGIN return 1; END\n");
    struct syntax *whole = reading_desk_read(&desk, text.bytes, text.length, NULL, NULL);
    struct readings *readings = whole->readings;
    assert_true(readings->pieces.count > 2);
    size_t count = readings->pieces.count;
    /* As it is when the time ends before the last piece. */
    struct read_piece *last = &readings->pieces.items[count - 1];
    readings_take_back(readings, (struct read_start){last->placed_first, last->trusted_first, 0});
    readings->pieces.count--;
    readings_index(readings);
    whole->half_read = true;
    assert_true(syntax_reads_on(whole, NULL));
    struct syntax *on = reading_desk_read(&desk, text.bytes, text.length, whole, NULL);
    assert_false(syntax_is_half_read(on) || syntax_is_broken(on));
    assert_true(syntax_reads_on(on, whole));
    assert_false(syntax_reads_on(whole, on));
    assert_int_equal(on->readings->pieces.count, count);
    for (size_t i = 0; i < whole->readings->placed.count; i++)
        assert_ptr_equal(on->readings->placed.items[i].reading, whole->readings->placed.items[i].reading);
    syntax_unref(on);
    syntax_unref(whole);
    str_finish(&text);
}

/* Hostile texts end. */
static void large_texts_are_read(void **unused) {
    (void)unused;
    struct str text;
    str_init(&text);
    for (int kind = 0; kind < 7; kind++) {
        str_clear(&text);
        if (kind == 5) str_adds(&text, "#define A B B\n#define B C C\n#define C A A\nint f() {\n");
        for (int i = 0; text.length < 50000; i++) {
            if (kind == 0) str_adds(&text, "a ");
            if (kind == 1) str_adds(&text, "#if A\n(");
            if (kind == 2) str_adds(&text, "int a\n#if A\n;\n#endif\n");
            if (kind == 3) str_adds(&text, "((((");
            if (kind == 4) str_adds(&text, "#elif A\n1,\n");
            if (kind == 5) str_adds(&text, "A;");
            if (kind == 6) str_adds(&text, "F(\n");
            if (kind == 4 && i == 0) str_adds(&text, "int a = {\n#if A\n");
        }
        struct syntax *syntax = reading_desk_read(&desk, text.bytes, text.length, NULL, NULL);
        assert_null(reading_check(syntax));
        syntax_unref(syntax);
    }
    str_finish(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_macros_are_expanded),
        cmocka_unit_test(branches_are_read_one_by_one),
        cmocka_unit_test(directives_are_right_or_wrong_themselves),
        cmocka_unit_test(unknown_macros_are_known_by_their_place),
        cmocka_unit_test(only_edited_items_are_read_again),
        cmocka_unit_test(items_are_joined_with_old_readings),
        cmocka_unit_test(cancelled_readings_are_none),
        cmocka_unit_test(what_was_read_stays_read),
        cmocka_unit_test(large_texts_are_read),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
