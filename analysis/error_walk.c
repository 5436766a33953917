#include "analysis/error_walk.h"

void error_walk_init(struct error_walk *walk, const TSTree *tree, bool enter_root) {
    TSNode root = ts_tree_root_node(tree);
    *walk = (struct error_walk){.cursor = ts_tree_cursor_new(root)};
    if (enter_root && ts_node_is_error(root)) walk->ended = !ts_tree_cursor_goto_first_child(&walk->cursor);
}

bool error_walk_next(struct error_walk *walk, TSNode *ret_node) {
    bool enter = !walk->begun; /* the node where the cursor stands has not been looked at */
    walk->begun = true;
    while (!walk->ended) {
        TSNode node = ts_tree_cursor_current_node(&walk->cursor);
        bool error = ts_node_is_error(node), told = error || ts_node_is_missing(node);
        if (enter && told) {
            *ret_node = node;
            return true;
        }
        if (enter && !error && ts_node_has_error(node) && ts_tree_cursor_goto_first_child(&walk->cursor))
            continue;
        enter = true;
        while (!ts_tree_cursor_goto_next_sibling(&walk->cursor)) {
            if (ts_tree_cursor_goto_parent(&walk->cursor)) continue;
            walk->ended = true;
            break;
        }
    }
    return false;
}

void error_walk_finish(struct error_walk *walk) {
    ts_tree_cursor_delete(&walk->cursor);
}
