/* rules_script.h: the checks of JavaScript's and TypeScript's rule sets, by subject: what may stand where
 * (rules_script_place.c), targets and patterns (rules_script_target.c); rules_script.c has names, literals,
 * markup and the sets. JavaScript's agree with V8, those of both with the TypeScript compiler's parser too.
 *
 * Owns    nothing.
 * Threads as rules.h.
 * Errors  none.
 * Units   as rule_node.h. */
#ifndef NOODLE_RULES_SCRIPT_H
#define NOODLE_RULES_SCRIPT_H

#include "analysis/rule_node.h"

/* The nearest node above from a level on that begins a function's code; SIZE_MAX when there is none. */
size_t script_function_level(const struct rule_context *context, size_t level, bool through_arrows);
/* Does "use strict" hold here, or a class body? ret_directive is the directive or a null node. */
bool script_is_strict(const struct rule_context *context, TSNode *ret_directive);

void script_break(const struct rule_context *context, TSNode node); /* and continue */
void script_yield(const struct rule_context *context, TSNode node);
void script_await(const struct rule_context *context, TSNode node);
/* Refuses the word, or what it begins, where no `async` function is around. */
void script_refuse_await(const struct rule_context *context, TSNode word);
void script_super(const struct rule_context *context, TSNode node);
void script_module_item(const struct rule_context *context, TSNode node); /* import, export */
void script_lexical(const struct rule_context *context, TSNode node);     /* let, const */
void script_declaration(const struct rule_context *context, TSNode node); /* functions and classes */
void script_scope(const struct rule_context *context, TSNode node);       /* a block's names */
void script_switch(const struct rule_context *context, TSNode node);
void script_class_body(const struct rule_context *context, TSNode node);

void script_assignment(const struct rule_context *context, TSNode node);
void javascript_assignment(const struct rule_context *context, TSNode node); /* with script_assignment */
void script_declarator(const struct rule_context *context, TSNode node);
void script_for_in(const struct rule_context *context, TSNode node);
void script_parameters(const struct rule_context *context, TSNode node);
void script_holes(const struct rule_context *context, TSNode node); /* arguments, properties, patterns */
void script_pattern(const struct rule_context *context, TSNode node);
void script_accessor(const struct rule_context *context, TSNode node);
void script_arrow(const struct rule_context *context, TSNode node);
void javascript_arrow(const struct rule_context *context, TSNode node);
void script_coalesce(const struct rule_context *context, TSNode node);

#endif
