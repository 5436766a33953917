/* recognizer.h: runs a grammar's LR automaton over bytes, without a tree and without error recovery.
 *
 * tree-sitter's parser always returns a tree, whatever the input, by guessing around errors. The search for
 * repairs wants the opposite: where exactly no action is left (the first position whose prefix no valid
 * program has), which symbols would have been accepted there, and a cheap way to go on after an edit. So this
 * module reads the same tables and calls the same lexing functions as tree-sitter does, and keeps only what
 * decides acceptance: the LR state stacks.
 *
 * A configuration is everything the future depends on: the live stacks (GLR: several while the grammar is
 * ambiguous), the byte each has reached and the state of the grammar's external scanner. Stacks, scanner
 * states and configurations are interned, so equal futures have equal numbers: runs are memoised (config ->
 * next config), and two repairs that lead to the same situation meet. The technique is CPCT+'s (Diekmann and
 * Tratt, 2020) on GLR stacks.
 *
 * Bytes are read from a tape. Edits inside a token (a quote set in the middle of a line, a changed
 * indentation) make a new tape; a configuration can move to another tape at any byte up to which the two
 * agree.
 *
 * Owns    everything it interns, until recognizer_reset.
 * Threads one at a time.
 * Errors  recognizer_exhausted says that CONFIGS_MAX was reached; every later step is then stuck.
 * Units   byte offsets of the tape. Config and tape numbers are valid until the next reset. */
#ifndef NOODLE_RECOGNIZER_H
#define NOODLE_RECOGNIZER_H

#include "analysis/language.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECOGNIZER_VERSIONS_MAX 32 /* live stacks in one configuration; more are dropped, deepest last */

typedef uint32_t config_id; /* 0: none */

struct recognizer;

/* A token as the grammar's lexer cut it. */
struct recognized_token {
    uint32_t start_byte, end_byte;
    uint16_t symbol; /* TSSymbol; 0 is the end of the tape, UINT16_MAX bytes that are no token */
    bool external;   /* made by the external scanner */
};

enum step_result { STEP_ADVANCED, STEP_STUCK, STEP_ACCEPTED };

struct recognizer *recognizer_create(void);
void recognizer_destroy(struct recognizer *recognizer);

/* Forgets everything; the tape 0 reads bytes, which must outlive the next reset. */
void recognizer_reset(struct recognizer *recognizer, const struct language *language, const char *bytes,
                      uint32_t length);
/* Gives the memory of a large text back; what had numbers is forgotten, so a reset has to follow. */
void recognizer_trim(struct recognizer *recognizer);
/* Another tape; bytes must outlive the next reset. Returns its number; UINT16_MAX when there are too many. */
uint16_t recognizer_add_tape(struct recognizer *recognizer, const char *bytes, uint32_t length);
bool recognizer_exhausted(const struct recognizer *recognizer);

config_id recognizer_start(struct recognizer *recognizer, uint16_t tape);
/* Reads one token. STEP_ADVANCED: *ret_config is the next configuration. Memoised. */
enum step_result recognizer_step(struct recognizer *recognizer, config_id config, config_id *ret_config);

uint32_t recognizer_byte(const struct recognizer *recognizer, config_id config); /* the rearmost stack's */
uint16_t recognizer_tape(const struct recognizer *recognizer, config_id config);
unsigned recognizer_version_count(const struct recognizer *recognizer, config_id config);

/* The token ahead: as this configuration would lex it, else as the grammar's error state does. */
struct recognized_token recognizer_token(struct recognizer *recognizer, config_id config);

/* The configuration after a symbol that is not in the text; 0 when no stack accepts it. */
config_id recognizer_insert(struct recognizer *recognizer, config_id config, uint16_t symbol);
/* The same stacks at another byte (skipping what lies between), possibly on another tape. */
config_id recognizer_move(struct recognizer *recognizer, config_id config, uint16_t tape, uint32_t byte);
/* Terminal symbols with an action in some live stack, at most max, ascending. Acceptance still has to be
 * tried. */
size_t recognizer_expected(struct recognizer *recognizer, config_id config, uint16_t *symbols, size_t max);

#endif
