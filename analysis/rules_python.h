/* rules_python.h: the checks of Python's rule set, by subject: layout (rules_python_layout.c), targets, stars
 * and literals (rules_python_value.c); rules_python.c has the statements and the set. They agree with
 * CPython's compile().
 *
 * Owns    nothing.
 * Threads as rules.h.
 * Errors  none.
 * Units   as rule_node.h. */
#ifndef NOODLE_RULES_PYTHON_H
#define NOODLE_RULES_PYTHON_H

#include "analysis/rule_node.h"

/* Indentation: the statements of the file, of a block. */
void python_module(const struct rule_context *context, TSNode node);
void python_block(const struct rule_context *context, TSNode node);
void python_clause(const struct rule_context *context, TSNode node); /* with python_lines */
/* A statement goes over a line end only inside brackets or after a backslash. */
void python_lines(const struct rule_context *context, TSNode node);

void python_delete(const struct rule_context *context, TSNode node);
void python_with_item(const struct rule_context *context, TSNode node);
void python_assignment(const struct rule_context *context, TSNode node);
void python_as(const struct rule_context *context, TSNode node);
void python_star(const struct rule_context *context, TSNode node);
void python_type(const struct rule_context *context, TSNode node);
void python_lambda(const struct rule_context *context, TSNode node);
void python_named(const struct rule_context *context, TSNode node); /* := */
void python_number(const struct rule_context *context, TSNode node);
void python_string(const struct rule_context *context, TSNode node);
void python_concatenation(const struct rule_context *context, TSNode node);
void python_conversion(const struct rule_context *context, TSNode node); /* !r of an f-string */

#endif
