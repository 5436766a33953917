/* rules_rust.h: the checks of Rust's rule set on the forms of types, functions and patterns
 * (rules_rust_form.c); rules_rust.c has names, literals, blocks and the set. They agree with rustc's parser.
 *
 * Owns    nothing.
 * Threads as rules.h.
 * Errors  none.
 * Units   as rule_node.h. */
#ifndef NOODLE_RULES_RUST_H
#define NOODLE_RULES_RUST_H

#include "analysis/rule_node.h"

void rust_trait(const struct rule_context *context, TSNode node); /* impl T, dyn T */
void rust_bounds(const struct rule_context *context, TSNode node);
void rust_sum(const struct rule_context *context, TSNode node); /* A + B */
void rust_modifiers(const struct rule_context *context, TSNode node);
void rust_implementation(const struct rule_context *context, TSNode node);
void rust_binding(const struct rule_context *context, TSNode node); /* mut x, ref x */
void rust_struct_pattern(const struct rule_context *context, TSNode node);

#endif
