/* safetensors.h: named tensors in one file: 8 bytes with the length of the header (little-endian), the header
 * in JSON, the numbers.
 *
 * Owns    the mapping of a file opened by path, and the parsed header with all names, until
 *         safetensors_close. Bytes given to safetensors_from_memory stay the caller's and must outlive it.
 * Threads any, once opened.
 * Errors  a header that is none, tensors that overlap, leave holes or reach past the end, and number
 *         formats other than those below are refused with one line. What the tensors mean is the caller's.
 * Units   bytes. */
#ifndef NOODLE_SAFETENSORS_H
#define NOODLE_SAFETENSORS_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

#define SAFETENSORS_RANK_MAX 3

enum tensor_type { TENSOR_F32, TENSOR_F16, TENSOR_I8, TENSOR_I32 };

struct tensor {
    const char *name;
    enum tensor_type type;
    uint32_t rank, shape[SAFETENSORS_RANK_MAX]; /* unused dimensions are 1 */
    const unsigned char *bytes;                 /* not aligned */
    size_t size_bytes;
};

struct safetensors {
    const char *name; /* of the file, for messages */
    const struct tensor *tensors;
    size_t count; /* sorted by name */
    struct safetensors_data *data;
};

enum status safetensors_open(const char *path, struct safetensors *ret_file, struct error *error);
enum status safetensors_from_memory(const char *name, const void *bytes, size_t size,
                                    struct safetensors *ret_file, struct error *error);
void safetensors_close(struct safetensors *file); /* a file of zeros is harmless */

const struct tensor *safetensors_find(const struct safetensors *file, const char *name);

/* Of the bytes of a file that was opened by path, else 0. */
uint64_t safetensors_hash(const struct safetensors *file);

/* The value in __metadata__; NULL when it is not there. */
const char *safetensors_metadata(const struct safetensors *file, const char *key);

#endif
