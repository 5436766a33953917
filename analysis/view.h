/* view.h: the texts that a C item with conditional branches stands for. A view is one coherent choice of
 * branches; all branches that are ever compiled have to lie in a view that parses.
 *
 * The views come in this order: no name defined, every name defined, then for each branch that has not been
 * part of a good view a choice that takes it. Views equal to an earlier one are passed over.
 *
 * Owns    the maker owns its working memory; a view's bytes and spans belong to the maker until the next
 *         call.
 * Threads one at a time.
 * Errors  none; beyond VIEWS_MAX views of one item the rest is not tried.
 * Units   bytes; spans are in bytes of the item. */
#ifndef NOODLE_VIEW_H
#define NOODLE_VIEW_H

#include "analysis/item.h"
#include "analysis/reading.h"
#include "base/str.h"

#define VIEWS_MAX 40

struct view_maker;

/* item: of the tokens that branches were found in. The arrays have to outlive the maker. */
struct view_maker *view_maker_create(const char *bytes, const struct c_tokens *tokens,
                                     const struct branches *branches, const struct item *item);
void view_maker_destroy(struct view_maker *maker);

struct view {
    const char *bytes; /* NUL-terminated */
    uint32_t length;
    struct reading_spans spans;
};

/* False: there is no view left to try. */
bool view_next(struct view_maker *maker, struct view *view);
/* The view that came last parses. */
void view_accept(struct view_maker *maker);
/* The view that came last does not parse: whether a branch in it is never compiled, as somebody knows who is
 * asked about its directive. It is then left out. */
bool view_deny(struct view_maker *maker, bool (*is_denied)(const struct c_token *directive, void *payload),
               void *payload);
/* Whether every branch that is ever compiled was in a view that parses, or in none at all. */
bool view_all_good(const struct view_maker *maker);

#endif
