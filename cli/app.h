/* app.h: the composition root: what a command needs, wired together.
 *
 * Owns    the session and one pipeline for each worker, from app_init to app_finish.
 * Threads app_init and app_finish on the main thread; app_analyze from any, one pipeline at a time.
 * Errors  none at start: everything here works without anything else, the cache included.
 * Units   nanoseconds. */
#ifndef NOODLE_APP_H
#define NOODLE_APP_H

#include "analysis/session.h"
#include "cli/around.h"
#include "cli/cache_setup.h"
#include "cli/device_setup.h"
#include "cli/encoder_setup.h"
#include "cli/options.h"
#include "cli/preferences.h"
#include "cli/source.h"
#include "cli/witness.h"

struct app {
    const struct options *options;
    struct preferences preferences;
    const struct cancel *interrupt; /* set when the user wants us to end */
    unsigned worker_count;          /* at least 1 */
    struct pipeline **pipelines;    /* worker_count of them */
    struct session *session;
    struct around *around;   /* of C files, for all workers */
    struct witness *witness; /* of what that looks at, for a check with a cache; else NULL */
    struct device_setup *devices;
    struct encoder_setup encoder;
    struct cache_setup cache;
};

/* One text to be analysed. */
struct app_text {
    const char *name; /* for messages */
    const char *path; /* absolute (around_path); NULL: it lies nowhere */
    const struct language *language;
    struct text *text;
    const struct cached_known *known; /* session_place's */
};

void app_init(struct app *app, const struct options *options);
void app_finish(struct app *app);

/* The end of the time that one text has, beginning now. */
void app_start_deadline(const struct app *app, size_t size_bytes, struct cancel *cancel);

/* STATUS_DEADLINE, STATUS_CANCELLED and STATUS_TOO_LARGE fill *error. */
enum status app_analyze(const struct app *app, struct pipeline *pipeline, const struct cancel *cancel,
                        const struct app_text *text, unsigned max_repairs, struct analysis **ret_analysis,
                        struct error *error);

#endif
