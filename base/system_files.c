#include "base/system_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CPU_FIELDS       8 /* user nice system idle iowait irq softirq steal; guests are in user */
#define CPU_IDLE         3
#define CPU_IOWAIT       4
#define OWN_USER_FIELD   11 /* behind the name in parentheses */
#define OWN_SYSTEM_FIELD 12
#define KB               UINT64_C(1024)

/* A whole number behind spaces; *text moves behind it. */
static bool take_number(const char **text, uint64_t *ret_number) {
    const char *at = *text + strspn(*text, " \t");
    if (*at < '0' || *at > '9') return false;
    char *end;
    errno = 0;
    unsigned long long number = strtoull(at, &end, 10);
    if (errno) return false;
    *text = end;
    *ret_number = number;
    return true;
}

/* What stands behind the name at the beginning of a line. */
static const char *line_of(const char *text, const char *name) {
    size_t length = strlen(name);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += line != text || *line == '\n';
        if (!strncmp(line, name, length) && strchr(": \t", line[length]) && line[length])
            return line + length + 1;
    }
    return NULL;
}

bool system_cpu_ticks(const char *text, uint64_t *ret_busy, uint64_t *ret_all) {
    const char *at = line_of(text, "cpu");
    uint64_t busy = 0, all = 0, ticks;
    for (int i = 0; i < CPU_FIELDS; i++) {
        if (!at || !take_number(&at, &ticks)) return false;
        all += ticks;
        if (i != CPU_IDLE && i != CPU_IOWAIT) busy += ticks;
    }
    *ret_busy = busy;
    *ret_all = all;
    return true;
}

bool system_own_ticks(const char *text, uint64_t *ret_ticks) {
    const char *at = strrchr(text, ')'); /* the name before it may have any bytes */
    if (!at) return false;
    at++;
    for (int field = 0; field < OWN_USER_FIELD; field++) {
        at += strspn(at, " ");
        at += strcspn(at, " ");
    }
    uint64_t user, system;
    if (!take_number(&at, &user) || !take_number(&at, &system)) return false;
    *ret_ticks = user + system;
    return true;
}

bool system_memory_bytes(const char *text, uint64_t *ret_total, uint64_t *ret_available) {
    const char *total_at = line_of(text, "MemTotal"), *available_at = line_of(text, "MemAvailable");
    uint64_t total, available;
    if (!total_at || !available_at || !take_number(&total_at, &total) ||
        !take_number(&available_at, &available) || !total || total > UINT64_MAX / KB || available > total)
        return false;
    *ret_total = total * KB;
    *ret_available = available * KB;
    return true;
}

/* Whether the list "a,b,c" of this length has the name. */
static bool lists(const char *list, size_t length, const char *name) {
    size_t name_length = strlen(name);
    for (size_t start = 0; start < length;) {
        const char *comma = memchr(list + start, ',', length - start);
        size_t end = comma ? (size_t)(comma - list) : length;
        if (end - start == name_length && !memcmp(list + start, name, name_length)) return true;
        start = end + 1;
    }
    return false;
}

bool system_group_path(const char *text, const char *controller, char *ret_path, size_t size) {
    for (const char *line = text; line && *line; line = strchr(line, '\n'), line += line != NULL) {
        size_t length = strcspn(line, "\n");
        const char *first = memchr(line, ':', length);
        const char *second = first ? memchr(first + 1, ':', length - (size_t)(first + 1 - line)) : NULL;
        if (!second) continue;
        size_t names = (size_t)(second - first - 1);
        if (controller ? !lists(first + 1, names, controller) : names != 0) continue;
        size_t path_length = length - (size_t)(second + 1 - line);
        if (path_length >= size || second[1] != '/') return false;
        memcpy(ret_path, second + 1, path_length);
        ret_path[path_length] = '\0';
        return true;
    }
    return false;
}

bool system_number(const char *text, uint64_t *ret_number) {
    return take_number(&text, ret_number);
}

bool system_named_number(const char *text, const char *name, uint64_t *ret_number) {
    const char *at = line_of(text, name);
    return at && take_number(&at, ret_number);
}

bool system_cores_allowed(const char *text, double *ret_cores) {
    uint64_t quota, period;
    if (!take_number(&text, &quota) || !take_number(&text, &period) || !quota || !period) return false;
    *ret_cores = (double)quota / (double)period;
    return true;
}

bool system_stalled_percent(const char *text, double *ret_percent) {
    static const char name[] = "avg10=";
    const char *at = line_of(text, "some");
    if (!at || strncmp(at, name, sizeof name - 1)) return false;
    at += sizeof name - 1;
    uint64_t whole, part = 0;
    if (!take_number(&at, &whole) || whole > 100) return false;
    if (*at == '.' && at[1] >= '0' && at[1] <= '9') part = (uint64_t)(at[1] - '0');
    *ret_percent = (double)whole + (double)part / 10;
    return true;
}
