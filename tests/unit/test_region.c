/* From symptoms in the tree to regions that are shown. */
#include "analysis/region.h"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct desk {
    struct parser *parser;
    struct text *text;
    struct syntax *syntax;
    struct arena arena;
};

static void start(struct desk *desk, const char *language, const char *bytes) {
    arena_init(&desk->arena);
    desk->parser = parser_create();
    assert_int_equal(text_create(bytes, strlen(bytes), &desk->text), STATUS_OK);
    assert_int_equal(
        syntax_parse(desk->parser, language_find(language), desk->text, NULL, true, NULL, &desk->syntax),
        STATUS_OK);
}

static void stop(struct desk *desk) {
    syntax_unref(desk->syntax);
    text_unref(desk->text);
    parser_destroy(desk->parser);
    arena_finish(&desk->arena);
}

static void clean_texts_have_none(void **unused) {
    (void)unused;
    static const char *const cases[][2] = {
        {"c", "int a;\n"}, {"json", "{}"}, {"python", ""}, {"jsonc", "[1,]"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct desk desk;
        start(&desk, cases[i][0], cases[i][1]);
        assert_int_equal(region_symptoms(desk.syntax, desk.parser, 10, &desk.arena).count, 0);
        struct region_list regions = region_find(desk.syntax, desk.parser, 10, &desk.arena);
        assert_int_equal(regions.count, 0);
        assert_false(regions.too_many);
        stop(&desk);
    }
}

static void symptoms_name_what_is_missing(void **unused) {
    (void)unused;
    struct desk desk;
    start(&desk, "c", "int f(void)\n{\n    return 0\n}\n");
    struct symptom_list symptoms = region_symptoms(desk.syntax, desk.parser, 10, &desk.arena);
    assert_int_equal(symptoms.count, 1);
    const TSLanguage *grammar = language_find("c")->grammar();
    assert_string_equal(ts_language_symbol_name(grammar, symptoms.items[0].missing), ";");
    assert_int_equal(symptoms.items[0].start_byte, symptoms.items[0].end_byte);
    stop(&desk);
    start(&desk, "json", "[1, 2 3]");
    symptoms = region_symptoms(desk.syntax, desk.parser, 10, &desk.arena);
    assert_int_equal(symptoms.count, 1);
    assert_int_equal(symptoms.items[0].missing, 0); /* an ERROR */
    assert_true(symptoms.items[0].end_byte > symptoms.items[0].start_byte);
    stop(&desk);
}

static void neighbours_are_one_region(void **unused) {
    (void)unused;
    static const struct {
        const char *language, *text;
        size_t regions;
    } cases[] = {
        {"c", "void f(void)\n{\n    a b c;\n    d e f;\n}\n", 1},
        {"c", "void f(void)\n{\n    return 0\n}\n\n\nvoid g(void)\n{\n    return 0\n}\n", 2},
        {"json", "[\n1 2,\n3 4,\n5 6\n]", 1},
        {"json", "[\n1 2,\n3,\n4,\n5,\n6 7\n]", 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct desk desk;
        start(&desk, cases[i].language, cases[i].text);
        struct symptom_list symptoms = region_symptoms(desk.syntax, desk.parser, 10, &desk.arena);
        struct region_list regions = region_find(desk.syntax, desk.parser, 10, &desk.arena);
        if (regions.count != cases[i].regions) fail_msg("%zu regions in:\n%s", regions.count, cases[i].text);
        size_t held = 0;
        for (size_t r = 0; r < regions.count; r++) {
            const struct region *region = &regions.items[r];
            assert_true(region->extent_start <= region->start_byte &&
                        region->start_byte <= region->end_byte && region->end_byte <= region->extent_end);
            assert_int_equal(text_line_of(desk.text, region->start_byte),
                             text_line_of(desk.text, region->end_byte));
            if (r) assert_true(region->extent_start >= regions.items[r - 1].extent_end);
            for (size_t s = 0; s < symptoms.count; s++)
                held += symptoms.items[s].start_byte >= region->extent_start &&
                        symptoms.items[s].end_byte <= region->extent_end;
        }
        assert_int_equal(held, symptoms.count); /* each symptom in exactly one */
        stop(&desk);
    }
}

static void no_more_than_asked_for(void **unused) {
    (void)unused;
    struct str bytes;
    str_init(&bytes);
    for (int i = 0; i < 20; i++)
        str_addf(&bytes, "int f%d(void)\n{\n    return 0\n}\n\n\n", i);
    struct desk desk;
    start(&desk, "c", bytes.bytes);
    struct symptom_list few = region_symptoms(desk.syntax, desk.parser, 5, &desk.arena);
    assert_int_equal(few.count, 5);
    assert_true(few.too_many);
    struct symptom_list all = region_symptoms(desk.syntax, desk.parser, 20, &desk.arena);
    assert_int_equal(all.count, 20);
    assert_false(all.too_many);
    for (size_t i = 1; i < all.count; i++)
        assert_true(all.items[i].start_byte > all.items[i - 1].start_byte);
    struct region_list regions = region_find(desk.syntax, desk.parser, 5, &desk.arena);
    assert_true(regions.too_many);
    assert_int_equal(regions.count, 5);
    stop(&desk);
    str_finish(&bytes);
}

static void trailing_commas_of_jsonc(void **unused) {
    (void)unused;
    static const struct {
        const char *text;
        bool allowed;
    } cases[] = {{"[1, 2,]", true},
                 {"{\"a\": 1,}", true},
                 {"[1, // why\n]", true},
                 {"{\"a\": [1,], \"b\": 2,\n}", true},
                 {"[1, /* why */ /* and */\n\t]", true},
                 {"[1,,]", false},
                 {"[1 2,]", false},
                 {"[1, 2,", false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct desk desk;
        start(&desk, "jsonc", cases[i].text);
        size_t found = region_find(desk.syntax, desk.parser, 10, &desk.arena).count;
        if ((found == 0) != cases[i].allowed) fail_msg("%zu regions in: %s", found, cases[i].text);
        stop(&desk);
    }
    struct desk desk;
    start(&desk, "json", "[1, 2,]");
    assert_int_equal(region_find(desk.syntax, desk.parser, 10, &desk.arena).count, 1);
    stop(&desk);
}

static void violations_join_in_order(void **unused) {
    (void)unused;
    struct desk desk;
    start(&desk, "json", "// a\n[1, 2 3]\n\n// b\n");
    struct region_list regions = region_find(desk.syntax, desk.parser, 10, &desk.arena);
    assert_int_equal(regions.count, 1);
    uint32_t inside = regions.items[0].extent_start;
    struct rule_violation items[] = {
        {.start_byte = 15, .end_byte = 19, .code = FINDING_NOT_ALLOWED, .message = "second"},
        {.start_byte = inside, .end_byte = inside, .code = FINDING_NOT_ALLOWED, .message = "held"},
        {.start_byte = 16, .end_byte = 16, .code = FINDING_INDENTATION, .message = "behind an error"},
        {.start_byte = 0, .end_byte = 4, .code = FINDING_NOT_ALLOWED, .message = "first"}};
    struct rule_violations violations = {.items = items, .count = 4};
    region_add_violations(&regions, &violations, desk.syntax, &desk.arena);
    assert_int_equal(regions.count, 3);
    assert_string_equal(regions.items[0].message, "first");
    assert_int_equal(regions.items[0].end_byte, 4);
    assert_int_equal(regions.items[1].code, FINDING_SYNTAX);
    assert_null(regions.items[1].message);
    assert_string_equal(regions.items[2].message, "second");
    assert_int_equal(regions.items[2].code, FINDING_NOT_ALLOWED);
    stop(&desk);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clean_texts_have_none),     cmocka_unit_test(symptoms_name_what_is_missing),
        cmocka_unit_test(neighbours_are_one_region), cmocka_unit_test(no_more_than_asked_for),
        cmocka_unit_test(trailing_commas_of_jsonc),  cmocka_unit_test(violations_join_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
