/* Declarations: engine_check.h. */
#define _GNU_SOURCE
#include "tests/support/engine_check.h"

#include "analysis/reading.h"
#include "analysis/region.h"
#include "base/clock.h"
#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define MAX_REPAIRS 5
/* Beyond the budget and its fifth: what one unit of work takes between two looks at the clock, under
 * sanitizers too. */
#define GRACE_NS (250 * NS_PER_MS)

static bool __attribute__((format(printf, 2, 3))) fail(struct engine_check *check, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(check->broken, sizeof check->broken, format, arguments);
    va_end(arguments);
    return false;
}

/* The text after the edits, made by hand from the bytes around them. */
static char *apply_by_hand(const struct text *text, const struct repair *repair, size_t *ret_length) {
    uint32_t size = text_size(text);
    size_t length = size;
    for (size_t i = 0; i < repair->edit_count; i++)
        length += repair->edits[i].new_length;
    char *bytes = mem_alloc(length + 1), *out = bytes;
    uint32_t from = 0;
    for (size_t i = 0; i < repair->edit_count; i++) {
        const struct text_edit *edit = &repair->edits[i];
        text_copy(text, from, edit->start_byte, out);
        out += edit->start_byte - from;
        if (edit->new_length > 0) memcpy(out, edit->new_bytes, edit->new_length);
        out += edit->new_length;
        from = edit->end_byte;
    }
    text_copy(text, from, size, out);
    *ret_length = (size_t)(out - bytes) + (size - from);
    return bytes;
}

static bool check_edits(struct engine_check *check, const char *what, const struct text *text,
                        const struct repair *repair) {
    uint32_t last = 0;
    if (repair->edit_count == 0) return fail(check, "%s: no edits", what);
    for (size_t i = 0; i < repair->edit_count; i++) {
        const struct text_edit *edit = &repair->edits[i];
        if (edit->start_byte < last || edit->end_byte < edit->start_byte || edit->end_byte > text_size(text))
            return fail(check, "%s: edit %zu is [%u,%u) after %u in a text of %u", what, i, edit->start_byte,
                        edit->end_byte, last, text_size(text));
        if (edit->start_byte == edit->end_byte && edit->new_length == 0)
            return fail(check, "%s: edit %zu at %u changes nothing", what, i, edit->start_byte);
        last = edit->end_byte;
    }
    if (!(repair->confidence >= 0 && repair->confidence <= 1))
        return fail(check, "%s: confidence %f", what, repair->confidence);
    if (!repair->title || !repair->title[0]) return fail(check, "%s: no title", what);
    return true;
}

/* Whether nothing is wrong with the trees: what is found is what rules say. */
static bool only_refused(const struct syntax *syntax) {
    struct parser *parser = parser_create();
    struct arena arena;
    arena_init(&arena);
    bool none = region_symptoms(syntax, parser, 1, &arena).count == 0;
    arena_finish(&arena);
    parser_destroy(parser);
    return none;
}

/* Analyses the repaired text, as the editor would: from the parse before it. */
static bool check_repaired(struct engine_check *check, const char *what, const struct language *language,
                           const struct text *text, const struct syntax *syntax, const struct repair *repair,
                           bool must_be_clean, size_t found_before) {
    struct text *repaired;
    if (text_apply(text, repair->edits, repair->edit_count, &repaired) != STATUS_OK)
        return fail(check, "%s: the edits do not apply", what);
    size_t length;
    char *bytes = apply_by_hand(text, repair, &length);
    bool ok = text_size(repaired) == length;
    char *applied = text_dup(repaired, 0, text_size(repaired));
    ok = ok && memcmp(applied, bytes, length) == 0;
    if (!ok) fail(check, "%s: bytes outside the edits changed", what);
    mem_free(applied);

    struct pipeline_request request = {
        .language = language, .text = repaired, .previous = syntax, .finish = true};
    struct analysis *after = NULL, *fresh = NULL;
    struct syntax *after_syntax = NULL;
    if (ok && pipeline_run(check->pipeline, &request, &after, &after_syntax) != STATUS_OK)
        ok = fail(check, "%s: the repaired text is not analysed", what);
    /* A text that parses at last may break a rule of the language that nobody could see before. */
    bool revealed = ok && syntax_is_broken(syntax) && only_refused(after_syntax);
    if (ok && !revealed && must_be_clean && after->finding_count > 0)
        ok = fail(check, "%s: %zu findings are left, the first at %u", what, after->finding_count,
                  after->findings[0].start_byte);
    if (ok && !revealed && after->finding_count >= found_before && !after->too_many)
        ok = fail(check, "%s: %zu findings before, %zu after", what, found_before, after->finding_count);
    /* From a fresh parse the verdict must be the same. */
    request.previous = NULL;
    if (ok && pipeline_run(check->pipeline, &request, &fresh, NULL) != STATUS_OK)
        ok = fail(check, "%s: the repaired text is not analysed afresh", what);
    if (ok && (after->finding_count > 0) != (fresh->finding_count > 0))
        ok = fail(check, "%s: %zu findings by incremental parse, %zu by a fresh one", what,
                  after->finding_count, fresh->finding_count);
    syntax_unref(after_syntax);
    analysis_unref(after);
    analysis_unref(fresh);
    mem_free(bytes);
    text_unref(repaired);
    return ok;
}

static bool check_finding(struct engine_check *check, const struct text *text, const struct finding *finding,
                          uint32_t last_start) {
    uint32_t size = text_size(text);
    if (finding->start_byte < last_start)
        return fail(check, "finding at %u after one at %u", finding->start_byte, last_start);
    if (finding->end_byte < finding->start_byte || finding->end_byte > size)
        return fail(check, "finding [%u,%u) in a text of %u", finding->start_byte, finding->end_byte, size);
    if ((unsigned)finding->code >= FINDING_CODE_COUNT)
        return fail(check, "finding with code %d", finding->code);
    if (!finding->message || !finding->message[0])
        return fail(check, "finding at %u without a message", finding->start_byte);
    if (finding->has_related &&
        (finding->related_end < finding->related_start || finding->related_end > size))
        return fail(check, "finding at %u: related [%u,%u) in a text of %u", finding->start_byte,
                    finding->related_start, finding->related_end, size);
    if (finding->repair_count > MAX_REPAIRS)
        return fail(check, "finding at %u: %zu repairs", finding->start_byte, finding->repair_count);
    return true;
}

bool engine_check_analysis(struct engine_check *check, const struct language *language, struct text *text,
                           const struct syntax *syntax, const struct analysis *analysis) {
    check->broken[0] = '\0';
    struct pipeline_request plain = {.language = language, .text = text, .finish = true};
    struct analysis *before = NULL;
    if (pipeline_run(check->pipeline, &plain, &before, NULL) != STATUS_OK)
        return fail(check, "the text is not analysed without a search");
    size_t found_before = before->finding_count;
    analysis_unref(before);
    char what[160];
    uint32_t last_start = 0;
    if (analysis->finding_count == 0 && analysis->fix_count > 0) return fail(check, "fixes without findings");
    for (size_t i = 0; i < analysis->finding_count; i++) {
        const struct finding *finding = &analysis->findings[i];
        if (!check_finding(check, text, finding, last_start)) return false;
        last_start = finding->start_byte;
        for (size_t j = 0; j < finding->repair_count; j++) {
            snprintf(what, sizeof what, "finding %zu repair %zu (%.80s)", i, j, finding->repairs[j].title);
            if (!check_edits(check, what, text, &finding->repairs[j])) return false;
        }
    }
    if (analysis->fix_count > MAX_REPAIRS) return fail(check, "%zu fixes", analysis->fix_count);
    for (size_t i = 0; i < analysis->fix_count; i++) {
        snprintf(what, sizeof what, "fix %zu of %zu (%.80s)", i, analysis->fix_count,
                 analysis->fixes[i].title);
        if (!check_edits(check, what, text, &analysis->fixes[i])) return false;
        if (!check_repaired(check, what, language, text, syntax, &analysis->fixes[i], !analysis->partial,
                            found_before))
            return false;
    }
    return true;
}

static uint64_t cpu_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* When the findings were known. */
static void take_early(const struct analysis *analysis, void *payload) {
    (void)analysis;
    *(uint64_t *)payload = cpu_ns();
}

bool engine_check_bytes(struct engine_check *check, const struct language *language, const char *bytes,
                        size_t length, uint64_t repair_budget_ns) {
    check->broken[0] = '\0';
    struct text *text;
    if (text_create(bytes, length, &text) != STATUS_OK) return fail(check, "the text is refused");
    uint64_t early_ns = 0;
    struct names *names = names_create(&(struct names_params){.language = language, .text = text});
    struct pipeline_request request = {.language = language,
                                       .text = text,
                                       .names = names,
                                       .finish = true,
                                       .want_repairs = true,
                                       .max_repairs = MAX_REPAIRS,
                                       .repair_budget_ns = repair_budget_ns,
                                       .on_findings = take_early,
                                       .payload = &early_ns};
    struct analysis *analysis = NULL;
    struct syntax *syntax = NULL;
    bool ok = pipeline_run(check->pipeline, &request, &analysis, &syntax) == STATUS_OK;
    if (!ok) fail(check, "the text is not analysed");
    if (ok) {
        uint64_t took_ns = early_ns > 0 ? cpu_ns() - early_ns : 0;
        if (took_ns > repair_budget_ns + repair_budget_ns / 5 + GRACE_NS)
            ok = fail(check, "repairs took %.1f ms of %.1f ms", (double)took_ns / NS_PER_MS,
                      (double)repair_budget_ns / NS_PER_MS);
    }
    ok = ok && engine_check_analysis(check, language, text, syntax, analysis);
    analysis_unref(analysis);
    syntax_unref(syntax);
    names_unref(names);
    text_unref(text);
    return ok;
}
