/* uri.h: between file URIs and paths.
 *
 * Owns    nothing; results are the caller's, freed with mem_free.
 * Threads any.
 * Errors  NULL for a URI that names no local file. */
#ifndef NOODLE_URI_H
#define NOODLE_URI_H

/* "file:///home/a%20b" or "file://localhost/..." to "/home/a b". NULL for other schemes, other hosts and %00.
 */
char *uri_to_path(const char *uri);
/* An absolute path as a URI; everything but letters, digits and "-._~/" is escaped. */
char *uri_from_path(const char *path);

#endif
