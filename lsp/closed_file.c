/* Declarations: closed_file.h. */
#include "lsp/closed_file.h"

#include "base/clock.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BYTES_MAX   ((off_t)32 << 20)
#define FIRST_LINE_BYTES 128

bool closed_file_open(const char *path, struct closed_file *ret_file) {
    struct stat info;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) return false;
    if (fstat(descriptor, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size > FILE_BYTES_MAX) {
        close(descriptor);
        return false;
    }
    *ret_file = (struct closed_file){path,
                                     {(int64_t)info.st_mtim.tv_sec * (int64_t)NS_PER_S + info.st_mtim.tv_nsec,
                                      (uint64_t)info.st_size, (uint64_t)info.st_ino, 0},
                                     descriptor};
    return true;
}

void closed_file_close(struct closed_file *file) {
    close(file->descriptor);
}

/* NULL when memory is refused or reading fails. */
static char *read_file(const struct closed_file *file, size_t *ret_length) {
    size_t size = (size_t)file->stamp.size_bytes, length = 0;
    char *bytes = mem_try_alloc(size + 1);
    while (bytes && length < size) {
        ssize_t count = read(file->descriptor, bytes + length, size - length);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) {
            mem_free(bytes);
            return NULL;
        }
        if (count == 0) break; /* it became shorter */
        length += (size_t)count;
    }
    *ret_length = length;
    return bytes;
}

struct analysis *closed_file_analyze(struct core *core, struct pipeline *pipeline,
                                     const struct closed_file *file,
                                     const struct closed_file_params *params) {
    struct text *text;
    struct analysis *analysis = NULL;
    size_t length;
    char *bytes = read_file(file, &length);
    if (!bytes) return NULL;
    const struct language *language =
        language_of_file(file->path, bytes, length < FIRST_LINE_BYTES ? length : FIRST_LINE_BYTES);
    enum status status = language ? text_create(bytes, length, &text) : STATUS_NOT_FOUND;
    mem_free(bytes);
    if (status != STATUS_OK) return NULL;
    struct surroundings *surroundings = core->params->surroundings;
    struct macro_env *env = surroundings && (language->flags & LANGUAGE_PREPROCESSOR)
                                ? macro_env_of_text(text, file->path, surroundings, NULL, NULL)
                                : NULL;
    struct pipeline_request request = {.language = language,
                                       .text = text,
                                       .env = env,
                                       .cancel = params->cancel,
                                       .finish = true,
                                       .want_repairs = true,
                                       .max_repairs = params->max_repairs,
                                       .repair_budget_ns = params->repair_budget_ns};
    struct session_place place = {file->path, .in_background = true};
    if (session_analyze(core->session, pipeline, &request, &place, &analysis, NULL) != STATUS_OK)
        analysis = NULL;
    macro_env_unref(env);
    text_unref(text);
    return analysis;
}
