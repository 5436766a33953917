/* vocabulary.h: the literal tokens that the encoder knows, by number.
 *
 * The encoder reads and writes tokens as small numbers. Those of the classes (a name, a number, ...) are
 * fixed; every literal has VOCABULARY_CLASSES plus its place in the vocabulary. A model brings the list that
 * it was trained with; training takes the list of all grammars.
 *
 * Owns    a copy of the texts; vocabulary_destroy frees it.
 * Threads any; a vocabulary never changes.
 * Errors  0 for what is no literal of it. */
#ifndef NOODLE_VOCABULARY_H
#define NOODLE_VOCABULARY_H

#include "analysis/language.h"
#include "compute/weights.h"

/* What a token is to the encoder when it is no literal. */
enum input_class {
    INPUT_PADDING,
    INPUT_WORD,
    INPUT_NUMBER,
    INPUT_STRING,
    INPUT_OTHER,
    INPUT_DIRECTIVE,
    INPUT_CONFLICT,
    INPUT_COMMENT_OPEN
};

/* What the encoder may want done at a token or a gap, when it is not to write a literal. */
enum output_class {
    OUTPUT_NONE, /* keep the token; insert nothing */
    OUTPUT_DELETE,
    OUTPUT_INDENT, /* the line that begins at the token, one level deeper */
    OUTPUT_DEDENT,
    OUTPUT_NEWLINE,
    OUTPUT_NAME,
    OUTPUT_NUMBER,
    OUTPUT_STRING
};

#define VOCABULARY_CLASSES      WEIGHTS_LITERALS /* of either enumeration */
#define VOCABULARY_LITERALS_MAX 4096

struct vocabulary;

/* Every literal, quote and comment mark of every language, sorted by text. */
struct vocabulary *vocabulary_of_languages(void);
/* The texts in this order; NULL when they are too many, one is empty or two are the same. */
struct vocabulary *vocabulary_of_texts(const char *const *texts, size_t count);
void vocabulary_destroy(struct vocabulary *vocabulary);

size_t vocabulary_count(const struct vocabulary *vocabulary); /* of literals */
const char *vocabulary_text(const struct vocabulary *vocabulary, size_t index);
/* VOCABULARY_CLASSES plus the literal's place, or 0. */
uint16_t vocabulary_find(const struct vocabulary *vocabulary, const char *bytes, size_t length);

#endif
