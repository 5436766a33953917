/* capabilities.h: what the client can, and what we answer to it.
 *
 * Owns    nothing.
 * Threads any.
 * Errors  none: what a client does not say, or says with a wrong type, it cannot. */
#ifndef NOODLE_CAPABILITIES_H
#define NOODLE_CAPABILITIES_H

#include "lsp/position.h"

struct json_object;

struct client {
    enum position_encoding encoding;
    bool pull_diagnostics;    /* asks for diagnostics itself: nothing is pushed then */
    bool refresh_diagnostics; /* can be told to ask again */
    bool related_information;
    bool code_description; /* shows the page that explains a code */
    const char *pages;     /* URI of the folder that holds them; NULL: none, or not shown */
    bool literal_actions;  /* code actions as objects; else as commands */
    bool resolve_edit;     /* takes the edit of a code action later */
    bool document_changes;
    bool snippet_edits; /* takes snippets among document changes */
    bool nested_symbols;
    bool inline_completion;
    bool configuration; /* answers workspace/configuration */
    bool register_configuration, register_watched_files;
    uint32_t fold_limit; /* UINT32_MAX: none */
};

void capabilities_read(struct client *client, struct json_object *capabilities);

/* The "capabilities" object of our answer. */
void capabilities_emit(struct emit *emit, const struct client *client, bool workspace_diagnostics);

/* The kind and the command of our code actions. */
#define QUICK_FIX_KIND       "quickfix"
#define FIX_ALL_KIND         "source.fixAll.noodle"
#define APPLY_REPAIR_COMMAND "noodle.applyRepair"

#endif
