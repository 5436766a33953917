/* What a first look (glance.h) calls broken is broken, as far as a first look can say: random edits of valid
 * texts in all languages, each compared with what is found when the whole text is read. NOODLE_SEED repeats a
 * run. */
#include "analysis/macro_env.h"
#include "analysis/pipeline.h"
#include "tests/support/damage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define EDITS       150 /* of each source */
#define WRONG_SHARE 100 /* at most one of so many first findings is none */

struct tally {
    size_t broken, seen, wrong;
    bool early; /* in the present run, before the text was parsed */
};

static void take(const struct analysis *analysis, void *payload) {
    struct tally *tally = payload;
    tally->early |= analysis->times.ns[STAGE_PARSE] == 0 && analysis->finding_count == 1;
}

static struct analysis *run(struct pipeline *pipeline, const struct language *language, struct text *text,
                            const struct syntax *previous, const struct analysis *known, struct tally *tally,
                            struct syntax **ret_syntax) {
    struct analysis *analysis;
    struct macro_env *env =
        language->flags & LANGUAGE_PREPROCESSOR ? macro_env_of_text(text, NULL, NULL, NULL, NULL) : NULL;
    struct pipeline_request request = {.language = language,
                                       .text = text,
                                       .previous = previous,
                                       .known = known,
                                       .env = env,
                                       .on_findings = take,
                                       .payload = tally};
    tally->early = false;
    assert_int_equal(pipeline_run(pipeline, &request, &analysis, ret_syntax), STATUS_OK);
    macro_env_unref(env);
    return analysis;
}

static void edit(struct pipeline *pipeline, const struct language *language,
                 const struct damage_source *source, struct damage_random *random, struct tally *tally) {
    struct text *text;
    struct syntax *syntax;
    size_t length = strlen(source->text);
    assert_int_equal(text_create(source->text, length, &text), STATUS_OK);
    struct analysis *known = run(pipeline, language, text, NULL, NULL, tally, &syntax);
    assert_int_equal(known->finding_count, 0);
    for (unsigned i = 0; i < EDITS; i++) {
        struct damage_edit change = damage_make(random, source->text, length);
        struct text *changed;
        assert_int_equal(text_splice(text, change.start_byte, change.end_byte, change.new_bytes,
                                     change.new_length, &changed),
                         STATUS_OK);
        struct analysis *analysis = run(pipeline, language, changed, syntax, known, tally, NULL);
        tally->broken += analysis->finding_count > 0;
        tally->seen += tally->early && analysis->finding_count > 0;
        if (tally->early && !analysis->finding_count) {
            tally->wrong++;
            print_message("%s: good with %u to %u as %.*s\n", source->language, change.start_byte,
                          change.end_byte, (int)change.new_length, change.new_bytes);
        }
        analysis_unref(analysis);
        text_unref(changed);
    }
    analysis_unref(known);
    syntax_unref(syntax);
    text_unref(text);
}

static void what_is_seen_at_once_is_so(void **unused) {
    (void)unused;
    struct damage_random random = damage_random_start();
    struct pipeline *pipeline = pipeline_create();
    struct tally tally = {0};
    for (size_t i = 0; i < damage_source_count; i++)
        edit(pipeline, language_find(damage_sources[i].language), &damage_sources[i], &random, &tally);
    pipeline_destroy(pipeline);
    print_message("%zu broken, %zu of them seen at once, %zu seen and not so\n", tally.broken, tally.seen,
                  tally.wrong);
    assert_true(tally.wrong <= 1 + tally.seen / WRONG_SHARE);
    assert_true(tally.seen > tally.broken / 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_seen_at_once_is_so)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
