/* preferences.h: settings from an editor, the command line, the environment and .noodle.json, in this order
 * of precedence.
 *
 * Editors and .noodle.json may set the keys of lsp/settings.h and those of the table in preferences.c. Of an
 * editor's configuration only the latter are read here, the former are the server's business. Both may come
 * from somebody else's folder: neither names a Redis server, switches one on, or lets go of source text that
 * the user keeps.
 *
 * Owns    nothing.
 * Threads any; the environment must not change meanwhile.
 * Errors  a value that does not parse is one line naming the variable or key, the value and what it takes;
 * what it had before stays. */
#ifndef NOODLE_PREFERENCES_H
#define NOODLE_PREFERENCES_H

#include "base/str.h"
#include "cache/evict.h"
#include "cache/redis_url.h"
#include "cli/options.h"
#include "compute/plan.h"
#include "lsp/settings.h"

#define PREFERENCES_FILE   ".noodle.json"
#define PREFERENCES_PREFIX "NOODLE_SYNTAX_FIXER_"

/* Of a device that is no CPU. */
struct gpu_preferences {
    unsigned memory_limit_mb;
    double memory_fraction; /* of what its driver gives to this process */
    unsigned timeout_ms;    /* of every wait for it */
};

struct cache_preferences {
    enum evict_strategy strategy;
    size_t entries;            /* 0: no cache */
    size_t memory_mb, disk_mb; /* 0 on disk: none there */
    uint64_t ttl_s;            /* 0: for ever */
    bool source_text;          /* what quotes source text may lie on disk, and be shared */
    bool shares;               /* through redis */
    struct redis_url redis;    /* without a host: none */
};

struct preferences {
    struct cache_preferences cache;
    struct settings settings;    /* thread_count: how many files or documents are worked on at once */
    bool performance_monitoring; /* the server measures its stages */
    struct plan_switches switches;
    double memory_threshold, cpu_threshold; /* base/pressure.h */
    struct gpu_preferences gpu;
};

struct preferences_params {
    const char *root;              /* the folder that may hold .noodle.json; NULL: none */
    const struct options *options; /* the command line */
    void (*complain)(const char *message, void *payload);
    void *payload;
    struct str *origins;                 /* gets one line for each source that set something; or NULL */
    const struct settings_layer *editor; /* editor_count layers, the strongest last */
    size_t editor_count;
};

void preferences_load(const struct preferences_params *params, struct preferences *ret_preferences);

#endif
