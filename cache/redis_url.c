/* Declarations: redis_url.h. */
#include "cache/redis_url.h"

#include <string.h>

#define DEFAULT_PORT 6379
#define PORT_MAX     65535
#define DATABASE_MAX 1000000

#define FORM "redis[s]://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE][?ca=FILE]"

static bool read_number(const char *start, const char *end, unsigned largest, unsigned *ret_number) {
    unsigned number = 0;
    if (start == end) return false;
    for (; start < end; start++) {
        if (*start < '0' || *start > '9') return false;
        number = number * 10 + (unsigned)(*start - '0');
        if (number > largest) return false;
    }
    *ret_number = number;
    return true;
}

static int digit_of(char byte) {
    const char *const digits = "0123456789abcdef0123456789ABCDEF";
    const char *found = byte ? strchr(digits, byte) : NULL;
    return found ? (int)((found - digits) % 16) : -1;
}

/* False: too long, or a % without two digits, or %00. */
static bool decode(const char *start, const char *end, char *bytes, size_t size) {
    size_t length = 0;
    while (start < end) {
        char byte = *start++;
        if (byte == '%') {
            int high = end - start >= 2 ? digit_of(start[0]) : -1;
            int low = high >= 0 ? digit_of(start[1]) : -1;
            if (low < 0 || high + low == 0) return false;
            byte = (char)(high * 16 + low);
            start += 2;
        }
        if (length + 1 >= size) return false;
        bytes[length++] = byte;
    }
    return true;
}

static bool read_user(const char *start, const char *end, struct redis_url *url) {
    const char *colon = memchr(start, ':', (size_t)(end - start));
    return colon && colon + 1 < end && decode(start, colon, url->user, sizeof url->user) &&
           decode(colon + 1, end, url->password, sizeof url->password);
}

static bool read_host(const char *start, const char *end, struct redis_url *url) {
    const char *host_end;
    url->port = DEFAULT_PORT;
    if (start < end && *start == '[') {
        start++;
        host_end = memchr(start, ']', (size_t)(end - start));
        if (!host_end) return false;
        if (host_end + 1 < end &&
            (host_end[1] != ':' || !read_number(host_end + 2, end, PORT_MAX, &url->port)))
            return false;
    } else {
        host_end = memchr(start, ':', (size_t)(end - start));
        if (host_end && !read_number(host_end + 1, end, PORT_MAX, &url->port)) return false;
        if (!host_end) host_end = end;
    }
    size_t length = (size_t)(host_end - start);
    if (length == 0 || length >= sizeof url->host || url->port == 0) return false;
    memcpy(url->host, start, length);
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)url->host[i] <= ' ' || url->host[i] == '%') return false;
    return true;
}

/* NAME=FILE&NAME=FILE..., each at most once. */
static bool read_files(const char *start, struct redis_url *url) {
    const struct {
        const char *name;
        char *path;
    } files[] = {{"ca=", url->ca}, {"cert=", url->certificate}, {"key=", url->key}};
    for (const char *end; *start; start = *end ? end + 1 : end) {
        char *path = NULL;
        end = start + strcspn(start, "&");
        for (size_t i = 0; i < sizeof files / sizeof *files; i++)
            if (strncmp(start, files[i].name, strlen(files[i].name)) == 0) path = files[i].path;
        const char *value = path ? strchr(start, '=') + 1 : NULL;
        if (!path || *path || value == end || !decode(value, end, path, REDIS_PATH_SIZE)) return false;
    }
    return !*url->certificate == !*url->key;
}

enum status redis_url_parse(const char *text, struct redis_url *ret_url, struct error *error) {
    static const char scheme[] = "redis://", tls_scheme[] = "rediss://";
    struct redis_url url;
    memset(&url, 0, sizeof url);
    url.tls = strncmp(text, tls_scheme, strlen(tls_scheme)) == 0;
    if (!url.tls && strncmp(text, scheme, strlen(scheme)) != 0)
        return error_set(error, STATUS_INVALID, "it takes " FORM);
    const char *start = text + strlen(url.tls ? tls_scheme : scheme), *at = strrchr(start, '@');
    const char *host = at ? at + 1 : start, *query = strchr(host, '?');
    const char *end = query ? query : host + strlen(host), *slash = memchr(host, '/', (size_t)(end - host));
    if (at && !read_user(start, at, &url))
        return error_set(error, STATUS_INVALID,
                         "what stands before @ is no [USER]:PASSWORD; it takes " FORM
                         ", bytes of USER, PASSWORD and FILE also as %%XX");
    if (!read_host(host, slash ? slash : end, &url))
        return error_set(error, STATUS_INVALID, "the host or port is none; it takes " FORM);
    if (slash && slash + 1 < end && !read_number(slash + 1, end, DATABASE_MAX, &url.database))
        return error_set(error, STATUS_INVALID, "the database is no number; it takes " FORM);
    if (query && !url.tls)
        return error_set(error, STATUS_INVALID, "what stands behind ? is for TLS, which is rediss://");
    if (query && !read_files(query + 1, &url))
        return error_set(error, STATUS_INVALID,
                         "behind ? stands ca=FILE, or cert=FILE&key=FILE, or both with & between them");
    *ret_url = url;
    return STATUS_OK;
}
