/* golden_case.h: one golden case, read from and written to its text file. tests/golden/README.md tells the
 * format.
 *
 * Owns    golden_case_read/golden_case_finish: all strings.
 * Threads one at a time.
 * Errors  STATUS_IO, STATUS_MALFORMED with a line that names the file and what is wrong. */
#ifndef NOODLE_GOLDEN_CASE_H
#define NOODLE_GOLDEN_CASE_H

#include "base/status.h"
#include "base/str.h"

struct golden_case {
    char *path;
    struct str header;                     /* the lines before the first section, as they stand */
    struct str language;                   /* the name of its folder, unless the header says otherwise */
    bool crlf;                             /* line ends of input and repair are CR LF */
    bool escapes;                          /* input and repair are written with backslashes */
    bool related;                          /* diagnostics tell their other ends */
    struct str input, diagnostics, repair; /* input and repair as the engine sees them */
    bool has_repair;                       /* false: "--- no repair" */
};

enum status golden_case_read(struct golden_case *golden, const char *path, struct error *error);
enum status golden_case_write(const struct golden_case *golden, struct error *error);
void golden_case_finish(struct golden_case *golden);

#endif
