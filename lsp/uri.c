/* uri.c: see uri.h. */
#include "lsp/uri.h"

#include "base/mem.h"
#include "base/str.h"
#include <string.h>
#include <strings.h>

static int hex_digit(char byte) {
    if (byte >= '0' && byte <= '9') return byte - '0';
    if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
    if (byte >= 'A' && byte <= 'F') return byte - 'A' + 10;
    return -1;
}

char *uri_to_path(const char *uri) {
    if (strncasecmp(uri, "file://", 7) != 0) return NULL;
    const char *at = uri + 7;
    if (strncasecmp(at, "localhost/", 10) == 0) at += 9;
    if (*at != '/') return NULL;
    struct str path;
    str_init(&path);
    for (; *at && *at != '?' && *at != '#'; at++) {
        int high = *at == '%' ? hex_digit(at[1]) : -1;
        int low = high >= 0 ? hex_digit(at[2]) : -1;
        if (low < 0) {
            str_addc(&path, *at);
            continue;
        }
        char byte = (char)(high * 16 + low);
        if (!byte) {
            str_finish(&path);
            return NULL;
        }
        str_addc(&path, byte);
        at += 2;
    }
    return str_detach(&path);
}

static bool stays(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           (byte && strchr("-._~/", byte));
}

char *uri_from_path(const char *path) {
    struct str uri;
    str_init(&uri);
    str_adds(&uri, "file://");
    for (; *path; path++) {
        if (stays(*path))
            str_addc(&uri, *path);
        else
            str_addf(&uri, "%%%02X", (unsigned char)*path);
    }
    return str_detach(&uri);
}
