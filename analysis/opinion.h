/* opinion.h: what the encoder would change in one text, token by token and gap by gap.
 *
 * Numbers are odds: how much likelier, in nats, it is that nothing is done at a place than that the edit is.
 * The sum over the edits of a repair is, but for a constant of the text, the -log of its probability. Nothing
 * is computed before it is asked for: the text is cut into stretches, each read with what stands around it.
 *
 * Owns    a caller of the model's batcher and the answers of one text.
 * Threads one at a time.
 * Errors  OPINION_NONE where the encoder has no answer: an output it does not know, a place in no stretch
 * that there was time for, a device that failed. The text then is judged by the grammar alone.
 * Units   token indexes of the layout; the gap of a token lies before it, tokens.count is the last gap. */
#ifndef NOODLE_OPINION_H
#define NOODLE_OPINION_H

#include "analysis/layout.h"
#include "analysis/model.h"
#include "analysis/text.h"
#include "base/cancel.h"

#define OPINION_NONE 1e9

struct opinion;

/* NULL without a model, and when the device refuses: then there are no opinions. */
struct opinion *opinion_create(const struct model *model);
void opinion_destroy(struct opinion *opinion); /* NULL is harmless */

/* How often the device has failed to answer; 0 of NULL. */
uint64_t opinion_failures(const struct opinion *opinion);

/* Of the windows it was answered, those that a device beside the CPU computed; 0 of NULL. */
uint64_t opinion_device_windows(const struct opinion *opinion);
/* One more: something is used again that was found with such windows. NULL is harmless. */
void opinion_count_earlier_device(struct opinion *opinion);

/* Another text: the layout is the caller's until the next call. */
void opinion_begin(struct opinion *opinion, const struct layout *layout, const struct cancel *cancel);
/* The same text in another layout: its answers are kept. */
void opinion_move(struct opinion *opinion, const struct layout *layout, const struct cancel *cancel);

/* Outputs as in enum output_class, or of a literal. */
uint16_t opinion_output(const struct opinion *opinion, const char *text, size_t length);
double opinion_token(struct opinion *opinion, uint32_t token, uint16_t output);
double opinion_gap(struct opinion *opinion, uint32_t token, uint16_t output);

/* Of any change at the token or in the gap before it, whichever is the likelier. */
double opinion_change(struct opinion *opinion, uint32_t token);

/* Of all edits of a repair together, in bytes of the text; parts without an answer count as unlikely. */
double opinion_edits(struct opinion *opinion, const struct text_edit *edits, size_t count);

#endif
