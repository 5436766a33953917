/* gap_parse.h: parses a broken piece of text again with the gaps of its grammar closed (gap.h).
 *
 * Only what lies around errors is looked at, and only what makes errors go away stays rewritten: where
 * nothing helps, the text is as it was, and so is everything around a mistake that is none of the grammar's.
 *
 * Owns    the result owns its text and its tree until gap_parse_finish.
 * Threads those of the parser.
 * Errors  a parse that was cancelled has found nothing: false.
 * Units   bytes of the whole text; nodes of the tree are relative to start_byte. */
#ifndef NOODLE_GAP_PARSE_H
#define NOODLE_GAP_PARSE_H

#include "analysis/gap.h"
#include "analysis/parse.h"

struct gap_parse {
    struct text *text;    /* the whole text, rewritten; every byte is where it was */
    TSTree *tree;         /* of [start_byte, end_byte) of it; may still have errors */
    struct gap_list gaps; /* what was rewritten, ascending */
};

/* tree: of text[start_byte, end_byte), with errors. True when something helped; else *ret is as it was. */
bool gap_parse(struct parser *parser, const struct language *language, const struct text *text,
               uint32_t start_byte, uint32_t end_byte, const TSTree *tree, const struct cancel *cancel,
               struct gap_parse *ret);
void gap_parse_finish(struct gap_parse *result);

/* From where on a stretch has to be read so that its rules see what holds the byte: no place within a comment
 * or a string. offset: of the tree in the text. */
uint32_t gap_parse_context(const TSTree *tree, uint32_t offset, uint32_t at);

#endif
