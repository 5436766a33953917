/* item_judge.h: the verdict on one top-level item of C: tries what it may mean until the parser accepts it.
 *
 * In this order, for each view of its conditional branches: the bytes as they are; without the grammar's gaps
 * (gap.h); with names that can only be macros understood by their position (positional.h); then the same with
 * macros expanded, from near to far and with other definitions of the same names. What parses but a rule
 * refuses is tried further, since a macro may be the reason. What nothing helps is broken, and its best
 * attempt is its reading.
 *
 * Owns    a judge owns its working memory, reused from call to call.
 * Threads one at a time.
 * Errors  NULL when cancelled.
 * Units   bytes of the piece that the tokens are of; readings count from the item's start. */
#ifndef NOODLE_ITEM_JUDGE_H
#define NOODLE_ITEM_JUDGE_H

#include "analysis/item.h"
#include "analysis/macro_env.h"
#include "analysis/reading.h"
#include "analysis/rules.h"
#include "base/cancel.h"

#define ITEM_STAGE_UNKNOWN UINT8_MAX

struct item_judge;

/* What is the same for all items of a piece. */
struct item_question {
    const struct language *language;
    const char *bytes; /* the piece */
    const struct c_tokens *tokens;
    const struct branches *branches;
    const struct macro_env *env;      /* or NULL */
    const struct rule_checker *rules; /* or NULL */
    struct parser *parser;
    const struct cancel *cancel; /* or NULL */
    bool broken;                 /* it is known to be: what is tried first is its reading */
};

struct item_verdict {
    struct reading *reading; /* the caller's reference; its key is not set */
    bool by_macros;          /* macros, known or not, had a part in it */
};

struct item_judge *item_judge_create(void);
void item_judge_destroy(struct item_judge *judge);

/* hint: the stage of a reading of an earlier version of the item (reading.h), or ITEM_STAGE_UNKNOWN.
 * False when cancelled: there is no verdict. */
bool item_judge_read(struct item_judge *judge, const struct item_question *question, const struct item *item,
                     uint8_t hint, struct item_verdict *ret_verdict);
/* Braces open at the item's end when its macros are expanded. */
int32_t item_judge_balance(struct item_judge *judge, const struct item_question *question,
                           const struct item *item);

#endif
