/* What is said before repairs are searched: old mistakes in their old words, and the new one. */
#include "analysis/early.h"
#include "analysis/pipeline.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct desk {
    struct pipeline *pipeline;
    struct analysis *known, *early;
    struct syntax *syntax;
};

static void take(const struct analysis *analysis, void *payload) {
    struct desk *desk = payload;
    analysis_unref(desk->early);
    desk->early = analysis_ref(analysis);
}

/* The next version of a JavaScript text: what was said early. */
static void next(struct desk *desk, const char *bytes, const char *expected) {
    struct text *text;
    struct analysis *analysis;
    struct syntax *syntax;
    assert_int_equal(text_create(bytes, strlen(bytes), &text), STATUS_OK);
    struct pipeline_request request = {.language = language_find("javascript"),
                                       .text = text,
                                       .previous = desk->syntax,
                                       .known = desk->known,
                                       .want_repairs = true,
                                       .repair_budget_ns = UINT64_C(60000000000),
                                       .on_findings = take,
                                       .payload = desk};
    analysis_unref(desk->early);
    desk->early = NULL;
    assert_int_equal(pipeline_run(desk->pipeline, &request, &analysis, &syntax), STATUS_OK);
    char said[500] = "";
    for (size_t i = 0; desk->early && i < desk->early->finding_count; i++)
        snprintf(said + strlen(said), sizeof said - strlen(said), "%u: %s\n",
                 text_line_of(text, desk->early->findings[i].start_byte) + 1,
                 desk->early->findings[i].message);
    assert_string_equal(said, expected);
    analysis_unref(desk->known);
    syntax_unref(desk->syntax);
    desk->known = analysis;
    desk->syntax = syntax;
    text_unref(text);
}

static void finish(struct desk *desk) {
    analysis_unref(desk->known);
    analysis_unref(desk->early);
    syntax_unref(desk->syntax);
    pipeline_destroy(desk->pipeline);
}

static void an_old_mistake_does_not_hide_a_new_one(void **unused) {
    (void)unused;
    struct desk desk = {.pipeline = pipeline_create()};
    next(&desk, "let a = f(1;\n\n\n\nlet b = g(2);\n\n\n\nlet c = 3;\n",
         "1: missing `)` to match `(` on line 1\n");
    next(&desk, "let a = f(1;\n\n\n\nlet b = g 2);\n\n\n\nlet c = 3;\n",
         "1: missing `)` to match `(` on line 1\n5: unexpected `2)`\n");
    next(&desk, "let a = f(1);\n\n\n\nlet b = g 2);\n\n\n\nlet c = 3;\n", "5: missing `(`\n");
    next(&desk, "let a = f(1);\n\n\n\nlet b = g(2);\n\n\n\nlet c = 3;\n", "");
    finish(&desk);
}

static void findings_go_with_edits(void **unused) {
    (void)unused;
    struct desk desk = {.pipeline = pipeline_create()};
    next(&desk, "let a = 1;\n\n\nlet b = f(2;\n", "4: missing `)` to match `(` on line 4\n");
    next(&desk, "let a = 1;\nlet d = 4;\n\n\n\nlet b = f(2;\n", "6: missing `)` to match `(` on line 6\n");
    finish(&desk);
}

static void a_new_mistake_is_shown_where_it_was_made(void **unused) {
    (void)unused;
    struct desk desk = {.pipeline = pipeline_create()};
    struct str bytes;
    str_init(&bytes);
    str_adds(&bytes, "class A {\n");
    for (int i = 0; bytes.length < 60000; i++)
        str_addf(&bytes, "  get%d() {\n    return this.a%d\n  }\n\n", i, i);
    str_adds(&bytes, "}\n");
    next(&desk, bytes.bytes, "");
    char *at = strstr(bytes.bytes, "this.a100\n  }");
    assert_non_null(at);
    at = strchr(at, '}');
    *at = ' ';
    memmove(at, at + 1, strlen(at));
    next(&desk, bytes.bytes, "404: missing `}` to match `{` on line 402\n");
    str_finish(&bytes);
    finish(&desk);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_old_mistake_does_not_hide_a_new_one),
        cmocka_unit_test(findings_go_with_edits),
        cmocka_unit_test(a_new_mistake_is_shown_where_it_was_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
