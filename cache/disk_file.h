/* disk_file.h: the file of the disk tier: where it lies, what is in it, and which one it is.
 *
 *     FOLDER/lock                    held while a file is chosen or made
 *     FOLDER/results-SCHEMA-N.sqlite the file; the highest N counts
 *
 * A file that is damaged is never repaired or renamed under those who have it open: the next N is made, and
 * everybody who meets the damage goes there. Files of another schema, older or newer, have other
 * names and are left alone, so that two versions of the program can be used side by side; those of an older
 * one go when nobody has them open and nothing was written to them for DISK_FILE_FORGOTTEN_S.
 *
 *     entry(id, k, made, used, uses, size, cost, language,   k: the key, 16 bytes, unique; seconds; bytes; us;
 *           quotes)                                          1: pieces of source text are in v
 *     val(id, crc, v)                                        crc: hash64 of v, seeded with the key
 *     file(dk, path, used)                                   dk: hash64 of path; used 0: nobody asked for it
 *     dep(dk, id)                                            the files that an entry was made of, and those
 *                                                            of equal text that it was found for
 *     tally(name, n)                                         what all processes counted (disk_tier.h), how
 *                                                            much there is, and how far its care is
 *                                                            (disk_rows.h)
 *
 * Owns    two connections, one that reads and one that writes.
 * Threads one at a time for each connection.
 * Errors  STATUS_IO with a message when the folder or file cannot be used (read-only, full, not ours). */
#ifndef NOODLE_DISK_FILE_H
#define NOODLE_DISK_FILE_H

#include "base/status.h"
#include <stdbool.h>

struct sqlite3;
struct sqlite3_stmt;

#define DISK_FILE_SCHEMA      4
#define DISK_FILE_FORGOTTEN_S (30 * 24 * 3600)

struct disk_file {
    struct sqlite3 *reader, *writer;
    unsigned generation;
    char *path;
};

/* The newest file of the folder, which is made when it is not there; with `damaged`, a newer one than that
 * generation. */
enum status disk_file_open(const char *folder, unsigned damaged, struct disk_file *ret_file,
                           struct error *error);
/* Files that were left for this one, and those of an older schema that no process has open, go now. */
void disk_file_forget_older(const char *folder, const struct disk_file *file);
void disk_file_close(struct disk_file *file); /* one that was zeroed, too */

/* Whether a result code of SQLite says that the file itself is no good. */
bool disk_file_is_damage(int code);

#endif
