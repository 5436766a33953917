/* folder.h: files below a temporary folder of a test, with the folders that lead to them.
 *
 * Owns    nothing; paths are the caller's, who gives them back to mem_free.
 * Threads any.
 * Errors  fail the running cmocka test. */
#ifndef NOODLE_FOLDER_H
#define NOODLE_FOLDER_H

char *folder_path(const char *folder, const char *name);
void folder_write(const char *folder, const char *name, const char *text);

#endif
