/* error_walk.h: the ERROR and MISSING nodes of a tree, one after the other in the order of the text. Nodes
 * without errors are not entered, nor is what lies inside an ERROR: it is part of it.
 *
 * Owns    a walk owns its cursor; error_walk_finish.
 * Threads as the tree.
 * Errors  none.
 * Units   as the tree's nodes. */
#ifndef NOODLE_ERROR_WALK_H
#define NOODLE_ERROR_WALK_H

#include <stdbool.h>
#include <tree_sitter/api.h>

struct error_walk {
    TSTreeCursor cursor;
    bool begun, ended;
};

/* enter_root: when the root itself is an ERROR, what is in it is told instead. */
void error_walk_init(struct error_walk *walk, const TSTree *tree, bool enter_root);
bool error_walk_next(struct error_walk *walk, TSNode *ret_node);
void error_walk_finish(struct error_walk *walk);

#endif
