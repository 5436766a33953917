/* file_stamp.h: what the system says of a file, by which it is told that its content is what it was.
 *
 * A change of the content makes the system set the time of change to the present, which no program can set
 * otherwise. That tells of every change but one within the same tick of the clock as the change before it:
 * so a stamp counts only if its times were clearly past when it was taken, and the content was read after that.
 *
 * Owns    nothing.
 * Threads any.
 * Errors  none.
 * Units   bytes; nanoseconds since 1970. */
#ifndef NOODLE_FILE_STAMP_H
#define NOODLE_FILE_STAMP_H

#include <stdbool.h>
#include <stdint.h>

struct stat;

#define FILE_STAMP_SETTLED_NS INT64_C(2000000000) /* the coarsest clock of a file system, FAT's, ticks so */

struct file_stamp {
    uint64_t device, inode, size_bytes;
    int64_t modified_ns, changed_ns;
};

struct file_stamp file_stamp_of(const struct stat *info);
bool file_stamps_equal(const struct file_stamp *a, const struct file_stamp *b);
/* Whether it counts: taken_ns is a time before it was taken. */
bool file_stamp_is_settled(const struct file_stamp *stamp, int64_t taken_ns);

#endif
