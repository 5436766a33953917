#include "cli/inputs.h"
#include "base/log.h"
#include "cli/around.h"
#include "distributed/repo.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool add_found(const char *path, const char *real, void *payload) {
    struct inputs *inputs = payload;
    vec_push(inputs, (struct input){.path = mem_strdup(path), .real = mem_strdup(real), .found = true});
    return true;
}

static void complain(const char *message, void *payload) {
    struct inputs *inputs = payload;
    inputs->failures++;
    log_print(LOG_ERROR, "%s", message);
}

void input_finish(struct input *input) {
    mem_free(input->path);
    mem_free(input->real);
    *input = (struct input){0};
}

struct place {
    char *real; /* without links */
    size_t index;
};

static int compare_places(const void *left, const void *right) {
    const struct place *a = left, *b = right;
    int order = strcmp(a->real, b->real);
    return order ? order : a->index < b->index ? -1 : 1;
}

static bool is_link(const char *path) {
    struct stat info;
    return !lstat(path, &info) && S_ISLNK(info.st_mode);
}

/* Two names on the command line may lead to one file, which must not be repaired twice at the same time. */
static void drop_repeats(struct inputs *inputs) {
    struct place *places = mem_alloc(inputs->count * sizeof *places);
    for (size_t i = 0; i < inputs->count; i++) {
        const struct input *input = &inputs->items[i];
        const char *known = input->real ? input->real : input->path;
        char *target = !input->found && is_link(input->path) ? realpath(input->path, NULL) : NULL;
        places[i] = (struct place){.real = mem_strdup(target ? target : known), .index = i};
        free(target);
    }
    qsort(places, inputs->count, sizeof *places, compare_places);
    for (size_t i = 1; i < inputs->count; i++) {
        if (strcmp(places[i - 1].real, places[i].real)) continue;
        input_finish(&inputs->items[places[i].index]);
    }
    size_t kept = 0;
    for (size_t i = 0; i < inputs->count; i++) {
        mem_free(places[i].real);
        if (inputs->items[i].path) inputs->items[kept++] = inputs->items[i];
    }
    inputs->count = kept;
    mem_free(places);
}

void inputs_collect(struct inputs *inputs, const struct app *app) {
    *inputs = (struct inputs){0};
    const struct options *options = app->options;
    const char *here = ".";
    const char *const *paths = options->paths.count ? options->paths.items : &here;
    size_t count = options->paths.count ? options->paths.count : 1;
    struct repo_walk_params params = {.language = options->language,
                                      .cancel = app->interrupt,
                                      .by_name = true,
                                      .visit = add_found,
                                      .complain = complain,
                                      .payload = inputs};
    for (size_t i = 0; i < count; i++) {
        struct stat info;
        struct error error;
        if (strcmp(paths[i], "-") && stat(paths[i], &info)) {
            error_set(&error, STATUS_NOT_FOUND, "%s: cannot open: %s", paths[i], strerror(errno));
            complain(error.message, inputs);
        } else if (strcmp(paths[i], "-") && S_ISDIR(info.st_mode)) {
            if (repo_walk(paths[i], &params, &error)) complain(error.message, inputs);
        } else {
            vec_push(inputs, (struct input){.path = mem_strdup(paths[i]), .real = around_path(paths[i])});
        }
    }
    if (count > 1 && inputs->count > 1) drop_repeats(inputs);
}

enum status inputs_read(const struct inputs *inputs, size_t index, const struct app *app,
                        struct source *ret_source, struct error *error) {
    const struct input *input = &inputs->items[index];
    return (input->found ? source_read_found : source_read)(input->path, app->options->language,
                                                            app->interrupt, ret_source, error);
}

void inputs_finish(struct inputs *inputs) {
    for (size_t i = 0; i < inputs->count; i++)
        input_finish(&inputs->items[i]);
    vec_finish(inputs);
}
