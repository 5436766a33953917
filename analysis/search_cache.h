/* search_cache.h: what was found in an excerpt before: an edit elsewhere in a large text leaves the excerpts
 * of its other mistakes as they were.
 *
 * What a search finds is a function of its bytes, the language, the program (engine_id.h), the encoder
 * (model_source.identity) and the number of solutions wanted; the key is the hash of these. Of the names that
 * the document knows it depends on those that it asked for: the questions are kept with their answers, and
 * asked again before what was found is used, so that words that come and go elsewhere are no matter. What the
 * clock decided (cancel_reached_count), what was cut short, and what the encoder did not answer for is not
 * kept, so that what is found is what searching again would come to.
 *
 *     1 byte                  whether a device beside the CPU was asked: whoever finds it is told
 *     list of questions       8 bytes hash, here, answer (names.h), and then what encoding makes:
 *     'N' 'S' version         and a byte each: refused, stuck
 *     number                  length of the excerpt
 *     [range]                 where it is stuck, if it is
 *     list of solutions       repair, 8 bytes cost, 8 bytes score, list of mistakes, list of leftovers
 *     mistake                 range, code, bits (1 related, 2 words of the related), string message,
 *                             [range of the related], [string words of the related], repair
 *     leftover                range, code, string message
 *     range                   number start, number length
 *
 * Numbers, strings and repairs are as coding.h has them. It stays in memory: what comes from a disk is a
 * result as a whole (cached.h).
 *
 * Owns    nothing; results live in the caller's arena.
 * Threads one at a time for a search; the cache is any thread's.
 * Errors  none: bytes that are not what encoding makes for such an excerpt are dropped, and a miss; what was
 * found with other answers is a miss too, and stays until something else is found.
 * Units   bytes of the excerpt. */
#ifndef NOODLE_SEARCH_CACHE_H
#define NOODLE_SEARCH_CACHE_H

#include "analysis/search.h"
#include "cache/store.h"

#define SEARCH_CACHE_VERSION 3

struct search_cache {
    struct cache *cache;                     /* NULL: nothing is found and nothing kept */
    const struct model_source *model_source; /* of the request's opinion; or NULL */
};

/* As search_run. */
void search_cache_run(const struct search_cache *found, struct search *search, struct parser *parser,
                      const struct search_request *request, struct arena *arena,
                      struct search_result *result);

/* Appends to out, also when it fails: false for what no decoder would take. */
bool search_cache_encode(const struct search_result *result, uint32_t length, struct str *out);
/* False, and the result is as it was, for bytes that are not exactly what encoding makes of some result. */
bool search_cache_decode(const void *bytes, size_t size_bytes, uint32_t length, struct arena *arena,
                         struct search_result *result);

#endif
