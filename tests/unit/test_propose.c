/* What edits cost: the edit distance, and the order of costs between edits that compete. Costs themselves are
 * tuned by measurement; their order is what these cases hold. */
#include "analysis/propose.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void edit_distances(void **state) {
    (void)state;
    static const struct {
        const char *a, *b;
        unsigned distance;
    } cases[] = {
        {"", "", 0},
        {"", "ab", 2},
        {"a", "a", 0},
        {"a", "b", 1},
        {"return", "retrun", 1}, /* two neighbours swapped are one mistake */
        {"return", "retun", 1},
        {"return", "returnn", 1},
        {"return", "teturn", 1},
        {"while", "whlie", 1},
        {"while", "wihel", 2},
        {"ab", "ba", 1},
        {"abc", "cab", 2},
        {"struct", "class", 6},
        {"Return", "rETURN", 0},
        {"True", "true", 0},
        {"retRUn", "return", 1},
        {"kitten", "sitting", 3},
        {"import", "imprt", 1},
        {"function", "fucntoin", 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t a = strlen(cases[i].a), b = strlen(cases[i].b);
        unsigned there = propose_edit_distance(cases[i].a, a, cases[i].b, b, 10);
        if (there != cases[i].distance) print_error("%s %s\n", cases[i].a, cases[i].b);
        assert_int_equal(there, cases[i].distance);
        assert_int_equal(propose_edit_distance(cases[i].b, b, cases[i].a, a, 10), cases[i].distance);
    }
}

static void distances_beyond_the_limit(void **state) {
    (void)state;
    assert_int_equal(propose_edit_distance("a", 1, "abcdef", 6, 2), 3);
    assert_int_equal(propose_edit_distance("", 0, "ab", 2, 1), 2);
    assert_true(propose_edit_distance("abcd", 4, "wxyz", 4, 1) > 1);
    char longer[64];
    memset(longer, 'a', sizeof longer);
    assert_int_equal(propose_edit_distance(longer, sizeof longer, longer, sizeof longer, 2),
                     3);                                               /* no keyword is so long */
    assert_int_equal(propose_edit_distance("abX", 2, "abY", 2, 1), 0); /* lengths count */
}

/* ---- costs ---- */

/* A text with `@` at the place looked at, which is not part of it. */
struct spot {
    char bytes[512];
    struct layout layout;
    struct symbols symbols;
    struct site site;
};

static void spot_init(struct spot *spot, const char *id, const char *marked) {
    const char *mark = strchr(marked, '@');
    assert_non_null(mark);
    assert_true(strlen(marked) < sizeof spot->bytes);
    uint32_t place = (uint32_t)(mark - marked), length = (uint32_t)strlen(marked) - 1;
    memcpy(spot->bytes, marked, place);
    strcpy(spot->bytes + place, mark + 1);
    layout_init(&spot->layout, language_find(id), spot->bytes, length);
    symbols_init(&spot->symbols, language_find(id));
    uint32_t next = layout_next(&spot->layout, place);
    bool ends = next >= spot->layout.tokens.count;
    const struct token *token = ends ? NULL : &spot->layout.tokens.items[next];
    spot->site = (struct site){.layout = &spot->layout,
                               .symbols = &spot->symbols,
                               .byte = place,
                               .previous = layout_previous(&spot->layout, place),
                               .next = next,
                               .token_start = ends ? length : token->start_byte,
                               .token_end = ends ? length : token->end_byte};
    propose_look(&spot->site);
}

static void spot_finish(struct spot *spot) {
    layout_finish(&spot->layout);
    symbols_finish(&spot->symbols);
}

static uint16_t spelt(const struct spot *spot, const char *text) {
    for (uint16_t i = 0; i < spot->symbols.count; i++)
        if (!strcmp(spot->symbols.items[i].text, text)) return i;
    fail_msg("no symbol %s", text);
    return 0;
}

enum edit { INSERT, REMOVE, REPLACE };

struct priced {
    enum edit edit;
    const char *text; /* of the symbol inserted or written instead */
    const char *marked;
    unsigned distance;
    bool inserted_here, deleted_before;
};

static double price(const char *id, const struct priced *priced) {
    const struct proposer *proposer = &propose_grammar;
    struct spot spot;
    spot_init(&spot, id, priced->marked);
    spot.site.distance = priced->distance;
    spot.site.inserted_here = priced->inserted_here;
    spot.site.deleted_before = priced->deleted_before;
    double cost = priced->edit == INSERT ? proposer->insert(proposer, &spot.site, spelt(&spot, priced->text))
                  : priced->edit == REMOVE
                      ? proposer->remove(proposer, &spot.site)
                      : proposer->replace(proposer, &spot.site, spelt(&spot, priced->text));
    spot_finish(&spot);
    assert_true(cost >= 0);
    return cost;
}

static double insertion(const char *id, const char *text, const char *marked) {
    return price(id, &(struct priced){.edit = INSERT, .text = text, .marked = marked});
}

static double removal(const char *id, const char *marked) {
    return price(id, &(struct priced){.edit = REMOVE, .marked = marked});
}

static double replacement(const char *id, const char *text, const char *marked) {
    return price(id, &(struct priced){.edit = REPLACE, .text = text, .marked = marked});
}

static void cheaper_edits(void **state) {
    (void)state;
    static const struct {
        const char *language;
        struct priced cheap, dear;
    } cases[] = {
        /* statements end with their line */
        {"c", {INSERT, ";", "x = 1@\ny = 2;\n", 0, 0, 0}, {INSERT, ";", "x = 1@ y = 2;\n", 0, 0, 0}},
        {"java", {INSERT, ";", "x = f()@\ny();\n", 0, 0, 0}, {INSERT, ";", "x = f@()\ny();\n", 0, 0, 0}},
        {"c", {INSERT, ";", "{ return x@ }", 0, 0, 0}, {INSERT, ";", "{ return@ x }", 0, 0, 0}},
        {"rust", {INSERT, ";", "x = 1@\ny = 2;\n", 0, 0, 0}, {INSERT, ",", "x = 1@\ny = 2;\n", 0, 0, 0}},
        /* `:` before a deeper line, where blocks are indented */
        {"python", {INSERT, ":", "if x@\n    y\n", 0, 0, 0}, {INSERT, ":", "if x@\ny\n", 0, 0, 0}},
        {"python", {INSERT, ":", "if x@\n    y\n", 0, 0, 0}, {INSERT, ":", "if@ x\n    y\n", 0, 0, 0}},
        {"c", {INSERT, ":", "case 1@\n  x();\n", 0, 0, 0}, {INSERT, ":", "f(1)@\n  x();\n", 0, 0, 0}},
        /* `,` between two values of a list */
        {"json", {INSERT, ",", "[1@ 2]", 0, 0, 0}, {INSERT, ",", "[@1, 2]", 0, 0, 0}},
        {"json", {INSERT, ",", "[1@ 2]", 0, 0, 0}, {REMOVE, NULL, "[1 @2]", 0, 0, 0}},
        {"python", {INSERT, ",", "f(a@ b)", 0, 0, 0}, {INSERT, ",", "a@ b", 0, 0, 0}},
        {"json", {INSERT, ":", "{\"a\"@ 1}", 0, 0, 0}, {INSERT, ",", "{@\"a\" 1}", 0, 0, 0}},
        /* the bracket that encloses the place, where indentation wants it */
        {"c", {INSERT, ")", "f(1@;\n", 0, 0, 0}, {INSERT, "]", "f(1@;\n", 0, 0, 0}},
        {"c", {INSERT, ")", "f(1@;\n", 0, 0, 0}, {INSERT, ")", "f(@1;\n", 0, 0, 0}},
        {"c",
         {INSERT, "}", "if (x) {\n    y();@\nz();\n}\n", 0, 0, 0},
         {INSERT, "}", "if (x) {\n    y@();\nz();\n}\n", 0, 0, 0}},
        {"c",
         {INSERT, "{", "if (x)@\n    y();\n}\n", 0, 0, 0},
         {INSERT, "{", "if (x)\n    y();@\n}\n", 0, 0, 0}},
        {"c",
         {INSERT, "{", "if (x)@\n    y();\n}\n", 0, 0, 0},
         {INSERT, "{", "if (x)@\n    y();\n", 0, 0, 0}},
        {"c", {INSERT, "(", "f@ 1);\n", 0, 0, 0}, {INSERT, "(", "f@ 1;\n", 0, 0, 0}},
        /* what has no partner goes first */
        {"c", {REMOVE, NULL, "f(1)@);\n", 0, 0, 0}, {REMOVE, NULL, "f(1@);\n", 0, 0, 0}},
        {"c", {REMOVE, NULL, "@(f(1);\n", 0, 0, 0}, {REMOVE, NULL, "f@(1);\n", 0, 0, 0}},
        {"c", {REMOVE, NULL, "f(1)@);\n", 0, 0, 0}, {REMOVE, NULL, "@(f(1);\n", 0, 0, 0}},
        {"json", {REMOVE, NULL, "[1@, ]", 0, 0, 0}, {REMOVE, NULL, "[1@, 2]", 0, 0, 0}},
        {"json", {REMOVE, NULL, "[1,@, 2]", 0, 0, 0}, {REMOVE, NULL, "[1@, 2]", 0, 0, 0}},
        {"c", {REMOVE, NULL, "int @int x;", 0, 0, 0}, {REMOVE, NULL, "long @int x;", 0, 0, 0}},
        {"python", {REMOVE, NULL, "x = @$y", 0, 0, 0}, {REMOVE, NULL, "x = @y", 0, 0, 0}},
        {"c", {REMOVE, NULL, "x @😀 = 1;", 0, 0, 0}, {REMOVE, NULL, "@x = 1;", 0, 0, 0}},
        /* a misspelt keyword is written right rather than taken out */
        {"c", {REPLACE, "return", "@retrun x;\n", 0, 0, 0}, {REMOVE, NULL, "@retrun x;\n", 0, 0, 0}},
        {"python", {REPLACE, "while", "@whiel x:\n", 0, 0, 0}, {REMOVE, NULL, "@whiel x:\n", 0, 0, 0}},
        {"python", {REPLACE, "import", "@improt x\n", 0, 0, 0}, {INSERT, "import", "@improt x\n", 0, 0, 0}},
        {"c", {REPLACE, "return", "@Return x;\n", 0, 0, 0}, {REPLACE, "return", "@retrun x;\n", 0, 0, 0}},
        {"c", {REPLACE, "return", "@retrun x;\n", 0, 0, 0}, {REPLACE, "return", "@rertun x;\n", 0, 0, 0}},
        {"java", {REPLACE, "while", "@whiel (x)", 0, 0, 0}, {REPLACE, "if", "@of (x)", 0, 0, 0}},
        /* habits of other languages */
        {"python", {REPLACE, "not", "x = @!y\n", 0, 0, 0}, {REMOVE, NULL, "x = @!y\n", 0, 0, 0}},
        {"c", {REPLACE, "==", "if (x @= y)", 0, 0, 0}, {REPLACE, "!=", "if (x @= y)", 0, 0, 0}},
        {"c", {REPLACE, ";", "x = 1@:\ny();\n", 0, 0, 0}, {REPLACE, ";", "x = 1@: y();\n", 0, 0, 0}},
        {"json", {REPLACE, ":", "{\"a\" @= 1}", 0, 0, 0}, {REPLACE, ",", "{\"a\" @= 1}", 0, 0, 0}},
        /* a wrong bracket becomes another rather than a word */
        {"c", {REPLACE, "]", "a[1@);\n", 0, 0, 0}, {REPLACE, "(", "a[1@);\n", 0, 0, 0}},
        {"c", {REPLACE, ")", "f(a@];\n", 0, 0, 0}, {REPLACE, "]", "f(a@);\n", 0, 0, 0}},
        /* far from where it was noticed, the same edit is less likely; words are noticed late */
        {"c", {INSERT, ";", "x = 1@\ny = 2;\n", 0, 0, 0}, {INSERT, ";", "x = 1@\ny = 2;\n", 3, 0, 0}},
        {"c", {REMOVE, NULL, "f(1)@);\n", 1, 0, 0}, {REMOVE, NULL, "f(1)@);\n", 4, 0, 0}},
        {"c", {REPLACE, "return", "@retrun x;\n", 2, 0, 0}, {REMOVE, NULL, "f(1)@);\n", 2, 0, 0}},
        /* one run of removals is one mistake; several insertions at a place are several */
        {"c", {REMOVE, NULL, "a @b;\n", 0, 0, 1}, {REMOVE, NULL, "a @b;\n", 0, 0, 0}},
        {"c", {INSERT, ";", "x = 1@\ny = 2;\n", 0, 0, 0}, {INSERT, ";", "x = 1@\ny = 2;\n", 0, 1, 0}},
        /* a closer costs less than a word, and that less than a made-up name */
        {"c", {INSERT, ")", "f(1@;\n", 0, 0, 0}, {INSERT, "return", "f(1@;\n", 0, 0, 0}},
        {"c", {INSERT, "if", "x@ y", 0, 0, 0}, {INSERT, SYMBOL_PLACEHOLDER, "x@ y", 0, 0, 0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double cheap = price(cases[i].language, &cases[i].cheap),
               dear = price(cases[i].language, &cases[i].dear);
        if (cheap >= dear)
            print_error("%zu %s: %s costs %.2f, %s %.2f\n", i, cases[i].language, cases[i].cheap.marked,
                        cheap, cases[i].dear.marked, dear);
        assert_true(cheap < dear);
    }
}

/* Where indentation asks for a brace nothing else is as cheap, and no distance changes that. */
static void hinted_closers_are_cheapest(void **state) {
    (void)state;
    static const char *const texts[] = {"void f() {\n    if (x) {\n        g();@\n}\n",
                                        "void f() {\n    g();@\nvoid h() {\n}\n", "void f() {\n    g();@"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        double hinted = insertion("c", "}", texts[i]);
        static const char *const others[] = {"{", ")", "(", "]", ";", ",", "=", "return", SYMBOL_PLACEHOLDER};
        for (size_t k = 0; k < sizeof others / sizeof *others; k++)
            assert_true(hinted < insertion("c", others[k], texts[i]));
        assert_true(hinted < removal("c", texts[i]));
        struct priced far = {.edit = INSERT, .text = "}", .marked = texts[i], .distance = 20};
        assert_true(price("c", &far) == hinted);
    }
}

/* A quarrel about a far place is never hopeless because of the distance alone. */
static void distance_is_capped(void **state) {
    (void)state;
    struct priced near = {.edit = REMOVE, .marked = "f(1)@);\n", .distance = 50}, far = near;
    far.distance = 5000;
    assert_true(price("c", &far) == price("c", &near));
    assert_true(price("c", &far) < 10);
}

static void edits_that_are_not_tried(void **state) {
    (void)state;
    assert_true(removal("c", "x;@") >= PROPOSE_NEVER); /* nothing is there */
    assert_true(removal("c", "@") >= PROPOSE_NEVER);
    assert_true(replacement("c", ";", "x@") >= PROPOSE_NEVER);
    assert_true(replacement("c", ";", "x@;\n") >= PROPOSE_NEVER); /* by itself */
    assert_true(replacement("c", "return", "@return x;") >= PROPOSE_NEVER);
    assert_true(replacement("c", "return", "@struct x;") >= PROPOSE_NEVER); /* another word */
    assert_true(replacement("c", "return", "@x;") >= PROPOSE_NEVER);
    /* What has no text is neither inserted nor written. */
    struct spot spot;
    spot_init(&spot, "python", "x = @y\n");
    unsigned hidden = 0;
    for (uint16_t i = 0; i < spot.symbols.count; i++) {
        if (spot.symbols.items[i].class != SYMBOL_HIDDEN) continue;
        hidden++;
        assert_true(propose_grammar.insert(&propose_grammar, &spot.site, i) >= PROPOSE_NEVER);
        assert_true(propose_grammar.replace(&propose_grammar, &spot.site, i) >= PROPOSE_NEVER);
    }
    assert_true(hidden > 3);
    spot_finish(&spot);
}

/* Every symbol of every language has a cost at every place of a text, even an empty one. */
static void costs_are_total(void **state) {
    (void)state;
    static const char *const texts[] = {"@",       "@x",       "x@",  "(@",          "@)",
                                        "{\n@\n}", "f(\"a@\n", "@/*", "x = 1 @\n\ty"};
    const struct language *language;
    for (size_t l = 0; (language = language_at(l)); l++) {
        for (size_t t = 0; t < sizeof texts / sizeof *texts; t++) {
            struct spot spot;
            spot_init(&spot, language->id, texts[t]);
            for (uint16_t i = 0; i < spot.symbols.count; i++) {
                double insert = propose_grammar.insert(&propose_grammar, &spot.site, i);
                double replace = propose_grammar.replace(&propose_grammar, &spot.site, i);
                bool written = spot.symbols.items[i].class != SYMBOL_HIDDEN;
                assert_true(insert > 0 && (insert < 20) == written);
                assert_true(replace > 0 && (replace < 20 || replace >= PROPOSE_NEVER));
            }
            double remove = propose_grammar.remove(&propose_grammar, &spot.site);
            assert_true(remove > 0 && (remove < 20 || remove >= PROPOSE_NEVER));
            spot_finish(&spot);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edit_distances),     cmocka_unit_test(distances_beyond_the_limit),
        cmocka_unit_test(cheaper_edits),      cmocka_unit_test(hinted_closers_are_cheapest),
        cmocka_unit_test(distance_is_capped), cmocka_unit_test(edits_that_are_not_tried),
        cmocka_unit_test(costs_are_total),
    };
    return cmocka_run_group_tests_name("propose", tests, NULL, NULL);
}
