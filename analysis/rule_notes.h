/* rule_notes.h: the violations of a language's rules in one text, kept up to date from edit to edit: only
 * lies around a change is looked at again. What is said of C's directives depends on all of the text; it is
 * looked for each time, which is fast where there is nothing.
 *
 * Owns    the notes belong to their syntax, which destroys them.
 * Threads notes never change once their syntax has been handed out.
 * Errors  none.
 * Units   UTF-8 byte offsets of the whole text. */
#ifndef NOODLE_RULE_NOTES_H
#define NOODLE_RULE_NOTES_H

#include "analysis/lost_line.h"
#include "analysis/reader.h"

struct rule_notes;

/* Fills the notes of a syntax that has just been made and is not shared yet; syntax that has them keeps them.
 * With everything false, a large text that is seen for the first time is looked at only where it is edited.
 */
void rule_notes_make(const struct reader_means *means, struct syntax *syntax, const struct syntax *previous,
                     bool everything);
void rule_notes_destroy(struct rule_notes *notes); /* NULL is harmless */

/* The violations, ascending; none for a syntax without notes. */
const struct rule_violations *rule_notes_of(const struct syntax *syntax);
/* What is known of its lines before a tree is asked (lost_line.h); likewise. */
const struct lost_lines *rule_notes_lines(const struct syntax *syntax);

#endif
