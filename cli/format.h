/* format.h: how `check` writes its results: as text for people, JSON, SARIF 2.1.0 or GitHub workflow
 * commands.
 *
 * A report is begin, the parts of the files that have findings (joined by separator), and end.
 *
 * Owns    nothing.
 * Threads file runs on worker threads; begin and end on the main thread.
 * Errors  none.
 * Units   lines and columns: text from 1, columns in bytes; json from 0, in UTF-16 units as LSP counts; sarif
 * and github from 1, in UTF-16 units. */
#ifndef NOODLE_FORMAT_H
#define NOODLE_FORMAT_H

#include "analysis/language.h"
#include "analysis/repair.h"
#include "cli/options.h"
#include "lsp/emit.h"

/* One file that was analysed. */
struct checked {
    const char *path; /* as given; "-" is standard input */
    const struct language *language;
    struct text *text;
    const struct analysis *analysis;
    bool color;
};

/* What is reported of it: the findings, then the advice. */
static inline size_t checked_count(const struct checked *checked) {
    return checked->analysis->finding_count + checked->analysis->advice_count;
}

static inline const struct finding *checked_finding(const struct checked *checked, size_t index) {
    const struct analysis *analysis = checked->analysis;
    return index < analysis->finding_count ? &analysis->findings[index]
                                           : &analysis->advice[index - analysis->finding_count];
}

struct check_totals {
    size_t files; /* analysed */
    size_t with_problems;
    size_t findings;
    size_t failures; /* could not be read or analysed */
    uint64_t elapsed_ns;
};

struct format {
    void (*begin)(struct str *out);                                  /* or NULL */
    void (*file)(struct str *out, const struct checked *checked);    /* has at least one finding */
    void (*end)(struct str *out, const struct check_totals *totals); /* or NULL */
    const char *separator;
};

const struct format *format_of(enum check_format format);
extern const struct format format_text, format_json, format_sarif, format_github;

/* Members of a diagnostic and of a repair that `check --format json` and `fix --jsonl` share, into an open
 * object. */
void format_emit_finding(struct emit *emit, struct text *text, const struct finding *finding);
void format_emit_repair(struct emit *emit, const struct repair *repair);

/* The text lines that show one finding to a person; `with_repair` false leaves its repair out. */
void format_add_finding(struct str *out, const struct checked *checked, const struct finding *finding,
                        bool with_repair);

#endif
