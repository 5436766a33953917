/* gap_script.h: what the rules of JavaScript and TypeScript share (gap_scan.h). For gap_script*.c only.
 *
 * Owns    nothing.
 * Threads one at a time.
 * Errors  none. */
#ifndef NOODLE_GAP_SCRIPT_H
#define NOODLE_GAP_SCRIPT_H

#include "analysis/gap_scan.h"

/* A word that names nothing in any position of an expression. */
bool script_is_reserved(const struct gap_scan *scan, size_t at);
/* A word that can be the name of something. */
bool script_is_name(const struct gap_scan *scan, size_t at);

/* Rules, for their tokens (struct gap_rule): what modules import and export. */
void script_import_type(struct gap_scan *scan, size_t at);
void script_import_attributes(struct gap_scan *scan, size_t at);
void script_specifiers(struct gap_scan *scan, size_t at);
void script_type_word(struct gap_scan *scan, size_t at);
void script_export_word(struct gap_scan *scan, size_t at);
void script_from_below(struct gap_scan *scan, size_t at);

#endif
