/* Excerpts of broken items: what is in them, and the way back to the text byte by byte. */
#include "analysis/excerpt_item.h"
#include "base/str.h"
#include "tests/support/reading_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct desk {
    struct reading_desk reading;
    struct arena arena;
    struct syntax *syntax;
    struct excerpt *excerpt;
};

/* Of the first broken reading. */
static void start(struct desk *desk, const char *text) {
    reading_desk_start(&desk->reading);
    arena_init(&desk->arena);
    desk->syntax = reading_desk_read(&desk->reading, text, strlen(text), NULL, NULL);
    assert_null(reading_check(desk->syntax));
    const struct readings *readings = readings_of(desk->syntax);
    assert_non_null(readings);
    size_t index = 0;
    while (index < readings->placed.count && !readings->placed.items[index].reading->broken)
        index++;
    assert_true(index < readings->placed.count);
    desk->excerpt = excerpt_of_item(desk->syntax, index, 0, 1, &desk->arena);
    assert_non_null(desk->excerpt);
}

static void stop(struct desk *desk) {
    syntax_unref(desk->syntax);
    arena_finish(&desk->arena);
    reading_desk_finish(&desk->reading);
}

/* Ranges cover the excerpt and ascend in the text where they are copied, with the text's own bytes. */
static void assert_mapped(const struct excerpt *excerpt, const char *text) {
    uint32_t passed = 0, size = (uint32_t)strlen(text);
    assert_true(excerpt->range_count > 0 && excerpt->ranges[0].at == 0);
    assert_int_equal(strlen(excerpt->bytes), excerpt->length);
    for (size_t i = 0; i < excerpt->range_count; i++) {
        const struct excerpt_range *range = &excerpt->ranges[i];
        uint32_t stop = i + 1 < excerpt->range_count ? range[1].at : excerpt->length;
        assert_true(range->at < stop && range->start_byte <= range->end_byte && range->end_byte <= size);
        for (uint32_t at = range->at; at < stop; at++) {
            uint32_t start, end;
            bool own = excerpt_to_text(excerpt, at, at + 1, &start, &end);
            assert_int_equal(own, range->copied);
            if (!own) continue;
            assert_int_equal(start, range->start_byte + (at - range->at));
            assert_int_equal(end, start + 1);
            assert_true(start >= passed);
            assert_int_equal(excerpt->bytes[at], text[start]);
            passed = end;
        }
    }
}

static void check(const char *text, const char *expected) {
    struct desk desk;
    start(&desk, text);
    assert_mapped(desk.excerpt, text);
    assert_string_equal(desk.excerpt->bytes, expected);
    stop(&desk);
}

static void neighbours_stand_around_the_item(void **unused) {
    (void)unused;
    check("int a b c;\n", "int a b c;");
    check("int a;\nint b c d;\nint e;\n", "int a;\nint b c d;\nint e;");
    check("int a;\n\n  int b c d;\n", "int a;\n\n  int b c d;");
    /* Three on each side. */
    check("int a;\nint b;\nint c;\nint d;\nint e f g;\nint h;\nint i;\nint j;\nint k;\n",
          "int b;\nint c;\nint d;\nint e f g;\nint h;\nint i;\nint j;");
    /* What stands between them is a line end. */
    check("int a;\n/* b */\nint c d e;\n#define F\nint g;\n", "int a;\nint c d e;\nint g;");
}

static void branches_not_taken_are_not_shown(void **unused) {
    (void)unused;
    check("int f(void) {\n#if A\n    g();\n#else\n    h(;\n#endif\n}\n", "int f(void) {\n\n    h(;\n\n}");
}

/* Bytes of an expanded macro cannot be edited, and those at its borders can. */
static void expanded_macros_are_read_only(void **unused) {
    (void)unused;
    static const char text[] = "#define begin {\n#define end }\nint f(void) begin g() end\nint x;\n";
    struct desk desk;
    start(&desk, text);
    assert_mapped(desk.excerpt, text);
    const char *brace = strchr(desk.excerpt->bytes, '{');
    assert_non_null(brace);
    uint32_t at = (uint32_t)(brace - desk.excerpt->bytes), start_byte, end_byte;
    uint32_t name = (uint32_t)(strstr(text, "begin g") - text);
    assert_false(excerpt_to_text(desk.excerpt, at, at + 1, &start_byte, &end_byte));
    assert_true(excerpt_to_text(desk.excerpt, at - 1, at, &start_byte, &end_byte));
    assert_int_equal(end_byte, name);
    assert_true(excerpt_to_text(desk.excerpt, at + 1, at + 2, &start_byte, &end_byte));
    assert_int_equal(start_byte, name + 5);
    /* A place at its border is one of the text: before the name or behind it, never inside. */
    if (excerpt_to_text(desk.excerpt, at, at, &start_byte, &end_byte))
        assert_true(start_byte == end_byte && start_byte == name);
    if (excerpt_to_text(desk.excerpt, at + 1, at + 1, &start_byte, &end_byte))
        assert_true(start_byte == end_byte && start_byte == name + 5);
    assert_true(excerpt_holds(desk.excerpt, name, name + 5)); /* as a whole */
    assert_true(excerpt_holds(desk.excerpt, name + 6, name + 9));
    stop(&desk);
}

static void neighbours_with_macros_end_the_excerpt(void **unused) {
    (void)unused;
    static const char text[] = "#define begin {\nint a;\nint f(void) begin }\nint c d e;\nint g;\n";
    struct desk desk;
    start(&desk, text);
    assert_mapped(desk.excerpt, text);
    assert_null(strstr(desk.excerpt->bytes, "begin"));
    assert_null(strstr(desk.excerpt->bytes, "int a;"));
    assert_non_null(strstr(desk.excerpt->bytes, "int c d e;"));
    stop(&desk);
}

static void large_neighbours_and_items_are_cut(void **unused) {
    (void)unused;
    struct str text;
    str_init(&text);
    str_adds(&text, "int large[] = {");
    for (int i = 0; i < 3000; i++)
        str_adds(&text, "1, ");
    str_adds(&text, "};\nint f(void) {\n");
    for (int i = 0; i < 5000; i++)
        str_adds(&text, "    call(1);\n");
    str_adds(&text, "    return 1 1;\n}\nint z;\n");
    struct desk desk;
    reading_desk_start(&desk.reading);
    arena_init(&desk.arena);
    desk.syntax = reading_desk_read(&desk.reading, text.bytes, text.length, NULL, NULL);
    assert_null(reading_check(desk.syntax));
    const struct readings *readings = readings_of(desk.syntax);
    assert_non_null(readings);
    for (size_t i = 0; i < readings->placed.count; i++) {
        if (!readings->placed.items[i].reading->broken) continue;
        uint32_t focus = text_size(readings->placed.items[i].reading->shown) - 4;
        struct excerpt *excerpt = excerpt_of_item(desk.syntax, i, focus, focus + 1, &desk.arena);
        assert_non_null(excerpt);
        assert_mapped(excerpt, text.bytes);
        assert_true(excerpt->length < text.length / 2);
        assert_non_null(strstr(excerpt->bytes, "return 1 1;"));
        assert_null(strstr(excerpt->bytes, "large"));
    }
    stop(&desk);
    str_finish(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours_stand_around_the_item),
        cmocka_unit_test(branches_not_taken_are_not_shown),
        cmocka_unit_test(expanded_macros_are_read_only),
        cmocka_unit_test(neighbours_with_macros_end_the_excerpt),
        cmocka_unit_test(large_neighbours_and_items_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
