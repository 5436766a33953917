/* Tapes: what splices make of the bytes, and where positions of a tape lie in the slice and back. */
#include "analysis/tape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define WHOLE_TEXT "int a = 1;\nint b = 2;\n"

static struct tapes start(const char *language, const char *bytes) {
    struct tapes tapes;
    tapes_init(&tapes, language_find(language), bytes, (uint32_t)strlen(bytes));
    return tapes;
}

static void assert_tape(const struct tapes *tapes, uint16_t number, uint16_t base, const char *bytes) {
    assert_true(number < tapes->count);
    const struct tape *tape = tapes->items[number];
    assert_int_equal(tape->base, base);
    assert_int_equal(tape->length, strlen(bytes));
    assert_string_equal(tape->bytes, bytes);
}

static void slice_is_tape_zero(void **state) {
    (void)state;
    char bytes[] = WHOLE_TEXT;
    struct tapes tapes = start("c", bytes);
    memset(bytes, '?', sizeof bytes - 1); /* the tape has a copy */
    assert_int_equal(tapes.count, 1);
    assert_tape(&tapes, 0, 0, WHOLE_TEXT);
    assert_int_equal(tapes.items[0]->splice_count, 0);
    assert_int_equal(tapes.items[0]->layout.tokens.count, 10);
    for (uint32_t byte = 0; byte <= sizeof WHOLE_TEXT - 1; byte++)
        assert_int_equal(tapes_origin(&tapes, 0, byte), byte);
    tapes_finish(&tapes);
}

static void empty_slice(void **state) {
    (void)state;
    struct tapes tapes = start("json", "");
    struct text_edit splice = {0, 0, "{}", 2};
    uint16_t number = tapes_add(&tapes, 0, &splice, 1);
    assert_tape(&tapes, 0, 0, "");
    assert_tape(&tapes, number, 0, "{}");
    assert_int_equal(tapes_origin(&tapes, number, 0), 0);
    assert_int_equal(tapes_origin(&tapes, number, 1), 0);
    assert_int_equal(tapes_origin(&tapes, number, 2), 0);
    tapes_finish(&tapes);
}

static void splices_and_bytes(void **state) {
    (void)state;
    static const struct {
        const char *base;
        struct text_edit splices[3];
        size_t count;
        const char *made;
    } cases[] = {
        {"a b c", {{0, 0, NULL, 0}}, 0, "a b c"},
        {"a b c", {{2, 2, "x ", 2}}, 1, "a x b c"},
        {"a b c", {{2, 4, "", 0}}, 1, "a c"},
        {"a b c", {{0, 1, "long", 4}, {4, 5, "z", 1}}, 2, "long b z"},
        {"a b c", {{0, 0, "<", 1}, {2, 3, "", 0}, {5, 5, ">", 1}}, 3, "<a  c>"},
        {"a b c", {{0, 5, "", 0}}, 1, ""},
        {"a b c", {{0, 2, "", 0}, {2, 4, "", 0}}, 2, "c"}, /* neighbours */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tapes tapes = start("python", cases[i].base);
        uint16_t number = tapes_add(&tapes, 0, cases[i].splices, cases[i].count);
        assert_int_equal(number, 1);
        assert_tape(&tapes, number, 0, cases[i].made);
        assert_int_equal(tapes.items[number]->splice_count, cases[i].count);
        assert_tape(&tapes, 0, 0, cases[i].base);
        tapes_finish(&tapes);
    }
}

static void spliced_bytes_are_copied(void **state) {
    (void)state;
    struct tapes tapes = start("c", "f(1;");
    char closer[] = ")";
    struct text_edit splice = {3, 3, closer, 1};
    uint16_t number = tapes_add(&tapes, 0, &splice, 1);
    closer[0] = '?';
    splice.start_byte = 0;
    assert_tape(&tapes, number, 0, "f(1);");
    const struct text_edit *own = tapes.items[number]->splices;
    assert_int_equal(own->start_byte, 3);
    assert_memory_equal(own->new_bytes, ")", 1);
    tapes_finish(&tapes);
}

/* A variant has tokens and brackets of its own; those of its base stay as they are. */
static void layout_of_a_variant(void **state) {
    (void)state;
    struct tapes tapes = start("c", "puts(\"hi);");
    struct text_edit splice = {8, 8, "\"", 1};
    uint16_t number = tapes_add(&tapes, 0, &splice, 1);
    const struct layout *before = &tapes.items[0]->layout, *after = &tapes.items[number]->layout;
    assert_int_equal(before->tokens.items[2].kind, TOKEN_QUOTE);
    assert_int_equal(after->tokens.count, 5);
    assert_int_equal(after->tokens.items[2].kind, TOKEN_STRING);
    assert_int_equal(after->match[1], 3);
    assert_ptr_equal(after->bytes, tapes.items[number]->bytes);
    tapes_finish(&tapes);
}

static void positions_of_one_splice(void **state) {
    (void)state;
    /* tape byte by byte: its place in the slice */
    static const struct {
        struct text_edit splice;
        const char *origins; /* of "0123456789" after the splice, a digit per byte and one for the end */
    } cases[] = {
        {{4, 4, "xyz", 3}, "0123444456789:"}, /* an insertion */
        {{4, 6, "", 0}, "01236789:"}, /* a removal: the place is before it or behind it, checked below */
        {{4, 6, "xyz", 3}, "01234446789:"}, /* grows */
        {{4, 7, "x", 1},
         "0123"
         "4"
         "789:"}, /* shrinks */
        {{0, 0, "ab", 2}, "000123456789:"},
        {{10, 10, "ab", 2}, "0123456789:::"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tapes tapes = start("json", "0123456789");
        uint16_t number = tapes_add(&tapes, 0, &cases[i].splice, 1);
        const struct tape *tape = tapes.items[number];
        assert_int_equal(tape->length + 1, strlen(cases[i].origins));
        for (uint32_t byte = 0; byte <= tape->length; byte++) {
            uint32_t expected = (uint32_t)(cases[i].origins[byte] - '0'),
                     origin = tapes_origin(&tapes, number, byte);
            bool at_removal = cases[i].splice.new_length == 0 && byte == cases[i].splice.start_byte;
            if (at_removal)
                assert_in_range(origin, cases[i].splice.start_byte, cases[i].splice.end_byte);
            else
                assert_int_equal(origin, expected);
        }
        tapes_finish(&tapes);
    }
}

static void positions_in_the_variant(void **state) {
    (void)state;
    struct tapes tapes = start("json", "0123456789");
    struct text_edit splices[] = {{1, 1, "ab", 2}, {3, 5, "", 0}, {7, 8, "xyz", 3}};
    uint16_t number = tapes_add(&tapes, 0, splices, 3);
    assert_tape(&tapes, number, 0, "0ab1256xyz89");
    /* in the base : in the variant */
    static const uint32_t pairs[][2] = {{0, 0}, {2, 4}, {5, 5}, {6, 6}, {8, 10}, {9, 11}, {10, 12}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        assert_int_equal(tape_position(tapes.items[number], pairs[i][0]), pairs[i][1]);
    /* what is gone lies where the splice is */
    assert_int_equal(tape_position(tapes.items[number], 4), 5);
    assert_int_equal(tape_position(tapes.items[0], 7), 7);
    tapes_finish(&tapes);
}

/* Bytes that no splice touched keep their identity over a chain of tapes, in both directions. */
static void chains_of_splices(void **state) {
    (void)state;
    const char *slice = "alpha beta gamma delta epsilon";
    struct tapes tapes = start("python", slice);
    struct text_edit first[] = {{5, 6, "\n    ", 5}, {11, 16, "G", 1}};
    uint16_t one = tapes_add(&tapes, 0, first, 2);
    assert_tape(&tapes, one, 0, "alpha\n    beta G delta epsilon");
    struct text_edit second[] = {{0, 0, "# ", 2}, {15, 17, "", 0}, {30, 30, "!", 1}};
    uint16_t two = tapes_add(&tapes, one, second, 3);
    assert_tape(&tapes, two, one, "# alpha\n    beta delta epsilon!");
    struct text_edit third[] = {{7, 12, " ", 1}};
    uint16_t three = tapes_add(&tapes, two, third, 1);
    assert_tape(&tapes, three, two, "# alpha beta delta epsilon!");

    static const struct {
        const char *word;
        uint32_t length;
    } words[] = {{"alpha", 5}, {"beta", 4}, {"delta", 5}, {"epsilon", 7}};
    for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
        uint32_t origin = (uint32_t)(strstr(slice, words[w].word) - slice);
        for (uint16_t t = one; t <= three; t++) {
            const char *bytes = tapes.items[t]->bytes;
            uint32_t here = (uint32_t)(strstr(bytes, words[w].word) - bytes);
            /* The first byte may stand right behind a splice; the others have one place only. */
            for (uint32_t k = 1; k < words[w].length; k++) {
                assert_int_equal(tapes_origin(&tapes, t, here + k), origin + k);
                uint32_t position = origin + k;
                for (uint16_t step = one; step <= t; step++)
                    position = tape_position(tapes.items[step], position);
                assert_int_equal(position, here + k);
            }
        }
    }
    assert_int_equal(tapes_origin(&tapes, three, 0), 0);
    assert_int_equal(tapes_origin(&tapes, three, tapes.items[three]->length), strlen(slice));
    tapes_finish(&tapes);
}

/* Two tapes from one base do not see each other. */
static void branches(void **state) {
    (void)state;
    struct tapes tapes = start("c", "x y");
    struct text_edit left = {0, 0, "((", 2}, right = {3, 3, "))", 2};
    uint16_t a = tapes_add(&tapes, 0, &left, 1), b = tapes_add(&tapes, 0, &right, 1);
    uint16_t c = tapes_add(&tapes, a, &(struct text_edit){5, 5, "))", 2}, 1);
    assert_tape(&tapes, a, 0, "((x y");
    assert_tape(&tapes, b, 0, "x y))");
    assert_tape(&tapes, c, a, "((x y))");
    assert_int_equal(tapes_origin(&tapes, b, 2), 2);
    assert_int_equal(tapes_origin(&tapes, c, 4), 2);
    assert_int_equal(tapes_origin(&tapes, c, 6), 3);
    tapes_finish(&tapes);
}

static void too_many_are_refused(void **state) {
    (void)state;
    struct tapes tapes = start("json", "[1 2]");
    struct text_edit splice = {2, 2, ",", 1};
    uint16_t number = 0;
    unsigned made = 0;
    while (made < UINT16_MAX && (number = tapes_add(&tapes, 0, &splice, 1)) != UINT16_MAX)
        made++;
    assert_int_equal(number, UINT16_MAX);
    assert_true(made >= 100);
    assert_int_equal(tapes.count, made + 1);
    assert_tape(&tapes, (uint16_t)made, 0, "[1, 2]");
    assert_int_equal(tapes_add(&tapes, 0, &splice, 1), UINT16_MAX);
    assert_int_equal(tapes.count, made + 1);
    tapes_finish(&tapes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slice_is_tape_zero),
        cmocka_unit_test(empty_slice),
        cmocka_unit_test(splices_and_bytes),
        cmocka_unit_test(spliced_bytes_are_copied),
        cmocka_unit_test(layout_of_a_variant),
        cmocka_unit_test(positions_of_one_splice),
        cmocka_unit_test(positions_in_the_variant),
        cmocka_unit_test(chains_of_splices),
        cmocka_unit_test(branches),
        cmocka_unit_test(too_many_are_refused),
    };
    return cmocka_run_group_tests_name("tape", tests, NULL, NULL);
}
