/* Runs the golden cases: broken text in, diagnostics and first repair out, compared with what a person
 * expects. README.md beside this file tells the format. Usage: golden_runner [--update] [FILE|FOLDER...] */
#define _GNU_SOURCE
#include "analysis/pipeline.h"
#include "base/str.h"
#include "base/vec.h"
#include "tests/support/golden_case.h"

#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CASES_FOLDER     "tests/golden"
#define REPAIR_BUDGET_NS (UINT64_C(10) * 1000000000) /* what is found, not how fast */

struct outcome {
    struct str diagnostics, repair;
    bool has_repair;
    char wrong[256]; /* a broken promise, "" for none */
};

static void outcome_init(struct outcome *outcome) {
    str_init(&outcome->diagnostics);
    str_init(&outcome->repair);
    outcome->has_repair = false;
    outcome->wrong[0] = 0;
}

static void outcome_finish(struct outcome *outcome) {
    str_finish(&outcome->diagnostics);
    str_finish(&outcome->repair);
}

static struct analysis *analyze(struct pipeline *pipeline, const struct language *language, const char *bytes,
                                size_t length, bool want_repairs) {
    struct text *text;
    if (text_create(bytes, length, &text) != STATUS_OK) return NULL;
    struct macro_env *env = language->flags & LANGUAGE_PREPROCESSOR
                                ? macro_env_of_text(text, NULL, NULL, NULL, NULL)
                                : NULL; /* the text's own macros */
    struct names *names = names_create(&(struct names_params){.language = language, .text = text});
    struct pipeline_request request = {.language = language,
                                       .text = text,
                                       .env = env,
                                       .names = names,
                                       .finish = true,
                                       .want_repairs = want_repairs,
                                       .repair_budget_ns = REPAIR_BUDGET_NS};
    struct analysis *analysis = NULL;
    enum status status = pipeline_run(pipeline, &request, &analysis, NULL);
    macro_env_unref(env);
    names_unref(names);
    text_unref(text);
    return status == STATUS_OK ? analysis : NULL;
}

/* Applies edits to bytes by itself; false when they do not ascend within the text. */
static bool apply_edits(const struct str *bytes, const struct repair *repair, struct str *repaired) {
    size_t at = 0;
    for (size_t i = 0; i < repair->edit_count; i++) {
        const struct text_edit *edit = &repair->edits[i];
        if (edit->start_byte < at || edit->end_byte < edit->start_byte || edit->end_byte > bytes->length)
            return false;
        str_add(repaired, bytes->bytes + at, edit->start_byte - at);
        str_add(repaired, edit->new_bytes, edit->new_length);
        at = edit->end_byte;
    }
    str_add(repaired, bytes->bytes + at, bytes->length - at);
    return true;
}

static void describe_findings(const struct analysis *analysis, bool related, struct str *diagnostics) {
    for (size_t i = 0; i < analysis->finding_count + analysis->advice_count; i++) {
        bool is_advice = i >= analysis->finding_count;
        const struct finding *finding =
            is_advice ? &analysis->advice[i - analysis->finding_count] : &analysis->findings[i];
        uint32_t line = text_line_of(analysis->text, finding->start_byte);
        uint32_t column = finding->start_byte - text_line_start(analysis->text, line);
        str_addf(diagnostics, "%u:%u %s%s%s: %s\n", line + 1, column + 1,
                 is_advice ? finding_severity_name(finding->severity) : "", is_advice ? " " : "",
                 finding_code_name(finding->code), finding->message);
        if (!related || !finding->has_related) continue;
        line = text_line_of(analysis->text, finding->related_start);
        column = finding->related_start - text_line_start(analysis->text, line);
        str_addf(diagnostics, "    %u:%u %s\n", line + 1, column + 1, finding->related_message);
    }
}

static void run_case(struct pipeline *pipeline, const struct golden_case *golden,
                     const struct language *language, struct outcome *outcome) {
    struct analysis *analysis = analyze(pipeline, language, golden->input.bytes, golden->input.length, true);
    if (!analysis) {
        snprintf(outcome->wrong, sizeof outcome->wrong, "the text was not analysed");
        return;
    }
    describe_findings(analysis, golden->related, &outcome->diagnostics);
    outcome->has_repair = analysis->fix_count > 0;
    if (outcome->has_repair && !apply_edits(&golden->input, &analysis->fixes[0], &outcome->repair))
        snprintf(outcome->wrong, sizeof outcome->wrong,
                 "the edits of the repair do not ascend within the text");

    struct text *applied = NULL;
    if (outcome->has_repair && !outcome->wrong[0] &&
        text_apply(analysis->text, analysis->fixes[0].edits, analysis->fixes[0].edit_count, &applied) ==
            STATUS_OK) {
        char *bytes = text_dup(applied, 0, text_size(applied));
        if (text_size(applied) != outcome->repair.length ||
            memcmp(bytes, outcome->repair.bytes, outcome->repair.length) != 0)
            snprintf(outcome->wrong, sizeof outcome->wrong, "bytes outside the edits have changed");
        mem_free(bytes);
        text_unref(applied);
    }
    if (outcome->has_repair && !analysis->partial && !outcome->wrong[0]) {
        struct analysis *again =
            analyze(pipeline, language, outcome->repair.bytes, outcome->repair.length, false);
        if (!again || again->finding_count > 0)
            snprintf(outcome->wrong, sizeof outcome->wrong,
                     "the repaired text is still broken (%zu findings)", again ? again->finding_count : 0);
        analysis_unref(again);
    }
    analysis_unref(analysis);
}

static size_t line_length(const char *at) {
    const char *end = strchr(at, '\n');
    return end ? (size_t)(end - at) + 1 : strlen(at);
}

static void print_lines(const char *sign, const char *at, const char *end) {
    while (at < end) {
        size_t length = line_length(at);
        printf("    %s%.*s%s", sign, (int)length, at, at[length - 1] == '\n' ? "" : " (no line end)\n");
        at += length;
    }
}

/* The lines that differ, between the lines that both have at the start and at the end. */
static void print_difference(const char *what, const struct str *expected, const struct str *found) {
    const char *left = expected->bytes, *right = found->bytes;
    while (*left && *right) {
        size_t length = line_length(left);
        if (length != line_length(right) || memcmp(left, right, length) != 0) break;
        left += length;
        right += length;
    }
    const char *left_end = expected->bytes + expected->length, *right_end = found->bytes + found->length;
    while (left_end > left && right_end > right) {
        const char *left_line = left_end - 1, *right_line = right_end - 1;
        while (left_line > left && left_line[-1] != '\n')
            left_line--;
        while (right_line > right && right_line[-1] != '\n')
            right_line--;
        if (left_end - left_line != right_end - right_line ||
            memcmp(left_line, right_line, (size_t)(left_end - left_line)) != 0)
            break;
        left_end = left_line;
        right_end = right_line;
    }
    printf("  %s (- expected, + found):\n", what);
    print_lines("- ", left, left_end);
    print_lines("+ ", right, right_end);
}

static bool same(const struct str *left, const struct str *right) {
    return left->length == right->length && memcmp(left->bytes, right->bytes, left->length) == 0;
}

static bool compare(const struct golden_case *golden, const struct outcome *outcome) {
    bool diagnostics_differ = !same(&golden->diagnostics, &outcome->diagnostics);
    bool repair_differs =
        golden->has_repair != outcome->has_repair || !same(&golden->repair, &outcome->repair);
    if (!diagnostics_differ && !repair_differs && !outcome->wrong[0]) return true;
    printf("%s\n", golden->path);
    if (outcome->wrong[0]) printf("  %s\n", outcome->wrong);
    if (diagnostics_differ) print_difference("diagnostic", &golden->diagnostics, &outcome->diagnostics);
    if (repair_differs && !outcome->has_repair)
        printf("  repair: none was found\n");
    else if (repair_differs)
        print_difference("repair", golden->has_repair ? &golden->repair : &golden->input, &outcome->repair);
    return false;
}

static bool update_case(struct golden_case *golden, const struct outcome *outcome) {
    str_clear(&golden->diagnostics);
    str_add(&golden->diagnostics, outcome->diagnostics.bytes, outcome->diagnostics.length);
    str_clear(&golden->repair);
    str_add(&golden->repair, outcome->repair.bytes, outcome->repair.length);
    golden->has_repair = outcome->has_repair;
    struct error error;
    if (golden_case_write(golden, &error) == STATUS_OK) return true;
    printf("%s\n", error.message);
    return false;
}

static bool run_file(struct pipeline *pipeline, const char *path, bool update) {
    struct golden_case golden;
    struct error error;
    bool ok = golden_case_read(&golden, path, &error) == STATUS_OK;
    const struct language *language = ok ? language_find(golden.language.bytes) : NULL;
    if (!ok)
        printf("%s\n", error.message);
    else if (!language)
        printf("%s: there is no language '%s'\n", path, golden.language.bytes);
    ok = language != NULL;
    if (ok) {
        struct outcome outcome;
        outcome_init(&outcome);
        run_case(pipeline, &golden, language, &outcome);
        ok = update && !outcome.wrong[0] ? update_case(&golden, &outcome) : compare(&golden, &outcome);
        outcome_finish(&outcome);
    }
    golden_case_finish(&golden);
    return ok;
}

struct path_list {
    VEC_FIELDS(char *);
};

static int compare_entries(const FTSENT **left, const FTSENT **right) {
    return strcmp((*left)->fts_name, (*right)->fts_name);
}

static bool collect(char *const *roots, struct path_list *paths) {
    FTS *walk = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, compare_entries);
    if (!walk) return false;
    bool ok = true;
    for (FTSENT *entry; (entry = fts_read(walk));) {
        if (entry->fts_info == FTS_NS || entry->fts_info == FTS_ERR || entry->fts_info == FTS_DNR) {
            printf("%s: %s\n", entry->fts_path, strerror(entry->fts_errno));
            ok = false;
        }
        bool is_case = entry->fts_info == FTS_F && str_ends_with(entry->fts_name, ".txt");
        if (is_case) vec_push(paths, mem_strdup(entry->fts_path));
    }
    fts_close(walk);
    return ok;
}

int main(int argc, char **argv) {
    const char *wanted = getenv("UPDATE_GOLDEN");
    bool update = wanted && strcmp(wanted, "1") == 0;
    int first = 1;
    if (first < argc && strcmp(argv[first], "--update") == 0) {
        update = true;
        first++;
    }
    char *const everything[] = {CASES_FOLDER, NULL};
    struct path_list paths = {0};
    bool ok = collect(first < argc ? argv + first : everything, &paths);

    struct pipeline *pipeline = pipeline_create();
    size_t passed = 0;
    for (size_t i = 0; i < paths.count; i++) {
        passed += run_file(pipeline, paths.items[i], update);
        mem_free(paths.items[i]);
    }
    pipeline_destroy(pipeline);
    printf("%zu of %zu golden cases %s\n", passed, paths.count, update ? "written" : "passed");
    ok = ok && passed == paths.count && paths.count > 0;
    vec_finish(&paths);
    return ok ? 0 : 1;
}
