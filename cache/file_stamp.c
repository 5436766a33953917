#include "cache/file_stamp.h"

#include <sys/stat.h>

#define NS_IN_S INT64_C(1000000000)

struct file_stamp file_stamp_of(const struct stat *info) {
    return (struct file_stamp){.device = (uint64_t)info->st_dev,
                               .inode = (uint64_t)info->st_ino,
                               .size_bytes = (uint64_t)info->st_size,
                               .modified_ns = (int64_t)info->st_mtim.tv_sec * NS_IN_S + info->st_mtim.tv_nsec,
                               .changed_ns = (int64_t)info->st_ctim.tv_sec * NS_IN_S + info->st_ctim.tv_nsec};
}

bool file_stamps_equal(const struct file_stamp *a, const struct file_stamp *b) {
    return a->device == b->device && a->inode == b->inode && a->size_bytes == b->size_bytes &&
           a->modified_ns == b->modified_ns && a->changed_ns == b->changed_ns;
}

bool file_stamp_is_settled(const struct file_stamp *stamp, int64_t taken_ns) {
    int64_t latest_ns = taken_ns - FILE_STAMP_SETTLED_NS;
    return stamp->modified_ns < latest_ns && stamp->changed_ns < latest_ns;
}
