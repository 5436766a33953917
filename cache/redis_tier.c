/* Declarations: redis_tier.h. The thread's round: connect when that is due, answer those who ask, send what
 * was put. Every step on the connection has its deadline (redis_link.h). */
#include "cache/redis_tier.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/status.h"
#include "base/str.h"
#include "base/thread.h"
#include "base/vec.h"
#include "cache/packed.h"
#include "cache/redis_link.h"
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define WAIT_NS           (10 * NS_PER_MS) /* for an answer, when nobody says otherwise */
#define CONNECT_NS        (500 * NS_PER_MS)
#define TALK_NS           (200 * NS_PER_MS) /* for one batch */
#define END_NS            (300 * NS_PER_MS) /* for what waits when all ends */
#define LATE_MAX          3
#define PAUSE_NS          NS_PER_S
#define PAUSE_MAX_NS      (60 * NS_PER_S)
#define ASKING_MAX        256
#define ASKING_BATCH      32
#define WAITING_MAX       1024
#define WAITING_BYTES_MAX ((size_t)16 << 20)
#define BATCH_BYTES       ((size_t)1 << 20) /* sent before an answer is looked at */
#define REPLY_BYTES_MAX   (BLOB_BYTES_MAX + ((size_t)1 << 20))
#define KEY_SIZE          48

/* Freed by whoever lets go last. */
struct asking {
    struct hash128 key;
    struct blob *blob;
    uint32_t cost_us;
    bool done, abandoned;
};

/* blob NULL: the key is to be dropped. */
struct waiting {
    struct hash128 key;
    struct blob *blob;
    uint32_t cost_us;
};

struct redis_tier {
    struct redis_tier_params params; /* on, ttl_s and renew with the lock */
    struct thread *thread;
    struct redis_link *link; /* the thread's own, but for its end */

    struct thread_lock *lock;
    struct thread_cond *work, *done;
    struct redis_counters counters;
    bool stop, sending;
    unsigned late_in_row;
    struct {
        VEC_FIELDS(struct asking *);
    } asking;
    struct {
        VEC_FIELDS(struct waiting);
    } waiting;
    size_t waiting_bytes;

    /* The thread's own. */
    struct error error; /* the last failure */
    bool told;
    uint64_t pause_ns, rest_until_ns, end_at_ns;
    struct str packed;
};

const char *redis_state_name(enum redis_state state) {
    static const char *const names[] = {"off", "connecting", "ready", "resting"};
    return names[state];
}

/* ---- talking, without the lock ---- */

static bool fail(struct redis_tier *tier, const char *why) {
    error_set(&tier->error, STATUS_IO, "%.300s", why);
    return false;
}

static bool append(struct redis_tier *tier, int count, const char **words, const size_t *lengths) {
    return redis_link_add(tier->link, count, words, lengths, &tier->error) == STATUS_OK;
}

static bool send_all(struct redis_tier *tier, uint64_t deadline_ns) {
    return redis_link_send(tier->link, deadline_ns, &tier->error) == STATUS_OK;
}

/* NULL: no answer. */
static redisReply *read_reply(struct redis_tier *tier, uint64_t deadline_ns) {
    redisReply *reply = NULL;
    redis_link_read(tier->link, deadline_ns, &reply, &tier->error);
    return reply;
}

/* One command that has to succeed. */
static bool command(struct redis_tier *tier, int count, const char **words, uint64_t deadline_ns) {
    size_t lengths[3] = {0};
    for (int i = 0; i < count; i++)
        lengths[i] = strlen(words[i]);
    if (!append(tier, count, words, lengths) || !send_all(tier, deadline_ns)) return false;
    redisReply *reply = read_reply(tier, deadline_ns);
    if (!reply) return false;
    bool fine = reply->type == REDIS_REPLY_STATUS ||
                fail(tier, reply->type == REDIS_REPLY_ERROR ? reply->str : "it answers something else");
    freeReplyObject(reply);
    return fine;
}

/* A connection on which the server has answered in time: to the connection, and then to what is said first. */
static bool open_connection(struct redis_tier *tier) {
    const struct redis_url *url = &tier->params.url;
    uint64_t deadline_ns = clock_now_ns() + CONNECT_NS;
    if (redis_link_open(tier->link, deadline_ns, &tier->error)) return false;
    deadline_ns = clock_now_ns() + CONNECT_NS;
    const char *both[] = {"AUTH", url->user, url->password}, *one[] = {"AUTH", url->password};
    if (*url->user ? !command(tier, 3, both, deadline_ns)
                   : *url->password && !command(tier, 2, one, deadline_ns))
        return false;
    char database[16];
    snprintf(database, sizeof database, "%u", url->database);
    const char *select[] = {"SELECT", database}, *ping[] = {"PING"};
    if (url->database && !command(tier, 2, select, deadline_ns)) return false;
    uint64_t start_ns = clock_now_ns();
    if (!command(tier, 1, ping, deadline_ns)) return false;
    return clock_now_ns() - start_ns <= tier->params.wait_ns || fail(tier, "it takes too long to answer");
}

static void write_key(char text[KEY_SIZE], struct hash128 key) {
    snprintf(text, KEY_SIZE, "noodle:r2:%016" PRIx64 "%016" PRIx64, key.high, key.low);
}

struct batch {
    struct asking *asking[ASKING_BATCH];
    struct blob *found[ASKING_BATCH];
    uint32_t costs_us[ASKING_BATCH];
    bool bad[ASKING_BATCH];
    struct waiting waiting[ASKING_BATCH];
    size_t asking_count, waiting_count;
    uint64_t ttl_s;
    bool renew;
    size_t written;
};

static bool append_get(struct redis_tier *tier, struct hash128 key, const char *ttl) {
    char name[KEY_SIZE];
    write_key(name, key);
    const char *get[] = {"GET", name}, *expire[] = {"EXPIRE", name, ttl};
    return append(tier, 2, get, (size_t[]){3, strlen(name)}) &&
           (!ttl || append(tier, 3, expire, (size_t[]){6, strlen(name), strlen(ttl)}));
}

static bool look_up(struct redis_tier *tier, struct batch *batch) {
    uint64_t deadline_ns = clock_now_ns() + TALK_NS;
    char seconds[24];
    snprintf(seconds, sizeof seconds, "%" PRIu64, batch->ttl_s);
    const char *ttl = batch->ttl_s && batch->renew ? seconds : NULL;
    for (size_t i = 0; i < batch->asking_count; i++)
        if (!append_get(tier, batch->asking[i]->key, ttl)) return false;
    if (!send_all(tier, deadline_ns)) return false;
    for (size_t i = 0; i < batch->asking_count; i++) {
        redisReply *reply = read_reply(tier, deadline_ns);
        if (!reply) return false;
        int type = reply->type;
        if (type == REDIS_REPLY_STRING) {
            batch->found[i] =
                packed_open(batch->asking[i]->key, reply->str, (size_t)reply->len, &batch->costs_us[i]);
            batch->bad[i] = !batch->found[i];
        } else if (type != REDIS_REPLY_NIL) {
            fail(tier, type == REDIS_REPLY_ERROR ? reply->str : "it answers something else");
        }
        freeReplyObject(reply);
        if (type != REDIS_REPLY_STRING && type != REDIS_REPLY_NIL) return false;
        /* Whether the time to live was renewed, nobody needs to know. */
        redisReply *renewed = ttl ? read_reply(tier, deadline_ns) : NULL;
        if (ttl && !renewed) return false;
        if (renewed) freeReplyObject(renewed);
    }
    return true;
}

static bool append_put(struct redis_tier *tier, const struct waiting *item, uint64_t ttl_s) {
    char name[KEY_SIZE], seconds[24];
    write_key(name, item->key);
    snprintf(seconds, sizeof seconds, "%" PRIu64, ttl_s);
    const char *drop[] = {"DEL", name};
    if (!item->blob || !packed_make(item->key, item->blob, item->cost_us, &tier->packed))
        return append(tier, 2, drop, (size_t[]){3, strlen(name)});
    const char *put[] = {"SET", name, tier->packed.bytes, "EX", seconds};
    return append(tier, ttl_s ? 5 : 3, put,
                  (size_t[]){3, strlen(name), tier->packed.length, 2, strlen(seconds)});
}

static bool send_puts(struct redis_tier *tier, struct batch *batch) {
    for (size_t i = 0; i < batch->waiting_count; i++)
        if (!append_put(tier, &batch->waiting[i], batch->ttl_s)) return false;
    uint64_t deadline_ns = clock_now_ns() + TALK_NS;
    if (!send_all(tier, deadline_ns)) return false;
    for (size_t i = 0; i < batch->waiting_count; i++) {
        redisReply *reply = read_reply(tier, deadline_ns);
        if (!reply) return false;
        int type = reply->type;
        if (type == REDIS_REPLY_ERROR) fail(tier, reply->str); /* full, read-only, not allowed */
        freeReplyObject(reply);
        if (type == REDIS_REPLY_ERROR) return false;
        batch->written += batch->waiting[i].blob != NULL;
    }
    return true;
}

/* ---- the thread, with the lock but where it says so ---- */

/* Those who ask have no answer to wait for. */
static void turn_away(struct redis_tier *tier) {
    for (size_t i = 0; i < tier->asking.count; i++) {
        struct asking *asking = tier->asking.items[i];
        asking->done = true;
        if (asking->abandoned) mem_free(asking);
    }
    vec_clear(&tier->asking);
    for (size_t i = 0; i < tier->waiting.count; i++) {
        tier->counters.dropped += tier->waiting.items[i].blob != NULL;
        blob_unref(tier->waiting.items[i].blob);
    }
    vec_clear(&tier->waiting);
    tier->waiting_bytes = 0;
    thread_cond_broadcast(tier->done);
}

static void rest(struct redis_tier *tier) {
    uint64_t pause_ns = tier->pause_ns; /* none at first: servers close connections that are not used */
    tier->rest_until_ns = clock_now_ns() + pause_ns;
    tier->pause_ns = pause_ns == 0 ? PAUSE_NS : pause_ns * 2 < PAUSE_MAX_NS ? pause_ns * 2 : PAUSE_MAX_NS;
    tier->counters.state = REDIS_RESTING;
    tier->counters.failures++;
    turn_away(tier);
    bool tells = pause_ns && !tier->told && tier->params.complain;
    tier->told |= tells;
    thread_lock_release(tier->lock);
    redis_link_close(tier->link);
    if (tells) {
        struct error error;
        error_set(&error, STATUS_IO, "Redis at %s:%u: %s; results are not shared until it answers in time",
                  tier->params.url.host, tier->params.url.port, tier->error.message);
        tier->params.complain(error.message, tier->params.payload);
    }
    thread_lock_acquire(tier->lock);
}

static void connect_now(struct redis_tier *tier) {
    thread_lock_release(tier->lock);
    bool open = open_connection(tier);
    thread_lock_acquire(tier->lock);
    if (!open) {
        rest(tier);
        return;
    }
    tier->counters.state = REDIS_READY;
    tier->late_in_row = 0;
    thread_cond_broadcast(tier->done);
}

static void take_batch(struct redis_tier *tier, struct batch *batch) {
    size_t bytes = 0, count = tier->asking.count < ASKING_BATCH ? tier->asking.count : ASKING_BATCH;
    batch->ttl_s = tier->params.ttl_s;
    batch->renew = tier->params.renew;
    batch->asking_count = count;
    for (size_t i = 0; i < count; i++)
        batch->asking[i] = tier->asking.items[i];
    tier->asking.count -= count;
    if (tier->asking.count)
        memmove(tier->asking.items, tier->asking.items + count,
                tier->asking.count * sizeof *tier->asking.items);
    if (count) return; /* somebody waits for these */
    for (; count < tier->waiting.count && count < ASKING_BATCH && bytes < BATCH_BYTES; count++) {
        batch->waiting[count] = tier->waiting.items[count];
        bytes += batch->waiting[count].blob ? batch->waiting[count].blob->size_bytes : 0;
    }
    batch->waiting_count = count;
    tier->waiting_bytes -= bytes;
    tier->waiting.count -= count;
    if (tier->waiting.count)
        memmove(tier->waiting.items, tier->waiting.items + count,
                tier->waiting.count * sizeof *tier->waiting.items);
}

static void give_answers(struct redis_tier *tier, struct batch *batch) {
    for (size_t i = 0; i < batch->asking_count; i++) {
        struct asking *asking = batch->asking[i];
        asking->blob = batch->found[i];
        asking->cost_us = batch->costs_us[i];
        asking->done = true;
        if (!asking->abandoned) {
            tier->late_in_row = 0;
            tier->pause_ns = 0;
            continue;
        }
        blob_unref(asking->blob);
        mem_free(asking);
    }
    thread_cond_broadcast(tier->done);
}

static void talk(struct redis_tier *tier) {
    struct batch batch = {0};
    take_batch(tier, &batch);
    tier->sending = true;
    thread_lock_release(tier->lock);
    bool fine = batch.asking_count ? look_up(tier, &batch) : send_puts(tier, &batch);
    thread_lock_acquire(tier->lock);
    tier->sending = false;
    for (size_t i = 0; i < batch.asking_count; i++) {
        tier->counters.damaged += batch.bad[i];
        if (batch.bad[i]) vec_push(&tier->waiting, (struct waiting){.key = batch.asking[i]->key});
    }
    tier->counters.written += batch.written;
    for (size_t i = 0; i < batch.waiting_count; i++)
        blob_unref(batch.waiting[i].blob);
    if (!fine) tier->counters.dropped += batch.waiting_count - batch.written;
    give_answers(tier, &batch);
    if (!fine) rest(tier);
}

static void run(void *payload) {
    struct redis_tier *tier = payload;
    sigset_t broken_pipe; /* OpenSSL writes to what may be closed */
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken_pipe, NULL);
    thread_lock_acquire(tier->lock);
    for (;;) {
        uint64_t now_ns = clock_now_ns();
        bool has_work = tier->asking.count || tier->waiting.count;
        if (tier->stop && (!has_work || tier->counters.state != REDIS_READY || now_ns > tier->end_at_ns))
            break;
        if (!tier->params.on) {
            tier->counters.state = REDIS_OFF;
            turn_away(tier);
            redis_link_close(tier->link);
            thread_cond_wait(tier->work, tier->lock);
        } else if (tier->counters.state == REDIS_OFF) {
            tier->counters.state = REDIS_CONNECTING;
        } else if (tier->counters.state == REDIS_RESTING && now_ns < tier->rest_until_ns) {
            thread_cond_wait_for(tier->work, tier->lock, tier->rest_until_ns - now_ns);
        } else if (!redis_link_is_open(tier->link)) {
            connect_now(tier);
        } else if (tier->late_in_row >= LATE_MAX) {
            fail(tier, "it takes too long to answer");
            rest(tier);
        } else if (has_work) {
            talk(tier);
        } else {
            thread_cond_wait(tier->work, tier->lock);
        }
    }
    turn_away(tier);
    thread_lock_release(tier->lock);
    redis_link_close(tier->link);
}

/* ---- the interface ---- */

struct redis_tier *redis_tier_create(const struct redis_tier_params *params) {
    struct redis_tier *tier = mem_zalloc(sizeof *tier);
    tier->params = *params;
    if (!tier->params.wait_ns) tier->params.wait_ns = WAIT_NS;
    tier->counters.state = params->on ? REDIS_CONNECTING : REDIS_OFF;
    str_init(&tier->packed);
    tier->link = redis_link_create(&params->url, REPLY_BYTES_MAX);
    tier->lock = thread_lock_create();
    tier->work = thread_cond_create();
    tier->done = thread_cond_create();
    tier->thread = thread_create(run, tier);
    return tier;
}

void redis_tier_destroy(struct redis_tier *tier) {
    if (!tier) return;
    thread_lock_acquire(tier->lock);
    bool has_work = tier->waiting.count || tier->sending;
    tier->end_at_ns = clock_now_ns() + (has_work ? END_NS : 0);
    tier->stop = true;
    redis_link_end(tier->link, tier->end_at_ns);
    thread_cond_signal(tier->work);
    thread_lock_release(tier->lock);
    thread_join(tier->thread);
    redis_link_destroy(tier->link);
    vec_finish(&tier->asking);
    vec_finish(&tier->waiting);
    thread_cond_destroy(tier->done);
    thread_cond_destroy(tier->work);
    thread_lock_destroy(tier->lock);
    str_finish(&tier->packed);
    mem_free(tier);
}

void redis_tier_configure(struct redis_tier *tier, const struct redis_tier_params *params) {
    thread_lock_acquire(tier->lock);
    tier->params.on = params->on;
    tier->params.ttl_s = params->ttl_s;
    tier->params.renew = params->renew;
    if (params->on && tier->counters.state == REDIS_OFF) tier->counters.state = REDIS_CONNECTING;
    thread_cond_signal(tier->work);
    thread_lock_release(tier->lock);
}

/* With the lock: whether there is somebody to talk to, as far as is known. */
static bool is_open(const struct redis_tier *tier) {
    return tier->params.on && tier->late_in_row < LATE_MAX &&
           (tier->counters.state == REDIS_READY || tier->counters.state == REDIS_CONNECTING);
}

struct blob *redis_tier_get(struct redis_tier *tier, struct hash128 key, uint32_t *ret_cost_us) {
    uint64_t until_ns = clock_now_ns() + tier->params.wait_ns, now_ns;
    struct blob *blob = NULL;
    thread_lock_acquire(tier->lock);
    if (is_open(tier) && tier->asking.count < ASKING_MAX) {
        struct asking *asking = mem_zalloc(sizeof *asking);
        asking->key = key;
        vec_push(&tier->asking, asking);
        thread_cond_signal(tier->work);
        while (!asking->done && (now_ns = clock_now_ns()) < until_ns)
            thread_cond_wait_for(tier->done, tier->lock, until_ns - now_ns);
        if (asking->done) {
            blob = asking->blob;
            if (blob) *ret_cost_us = asking->cost_us;
            mem_free(asking);
        } else {
            asking->abandoned = true;
            tier->counters.late++;
            tier->late_in_row++;
        }
    }
    tier->counters.hits += blob != NULL;
    tier->counters.misses += blob == NULL;
    thread_lock_release(tier->lock);
    return blob;
}

static void push(struct redis_tier *tier, struct hash128 key, struct blob *blob, uint32_t cost_us) {
    size_t size_bytes = blob ? blob->size_bytes : 0;
    thread_lock_acquire(tier->lock);
    bool keep = is_open(tier) && tier->waiting.count < WAITING_MAX &&
                tier->waiting_bytes + size_bytes <= WAITING_BYTES_MAX;
    if (keep) {
        vec_push(&tier->waiting, (struct waiting){key, blob ? blob_ref(blob) : NULL, cost_us});
        tier->waiting_bytes += size_bytes;
        thread_cond_signal(tier->work);
    } else {
        tier->counters.dropped += blob != NULL;
    }
    thread_lock_release(tier->lock);
}

void redis_tier_put(struct redis_tier *tier, struct hash128 key, struct blob *blob, uint32_t cost_us) {
    push(tier, key, blob, cost_us);
}

void redis_tier_drop(struct redis_tier *tier, struct hash128 key) {
    push(tier, key, NULL, 0);
}

void redis_tier_flush(struct redis_tier *tier) {
    thread_lock_acquire(tier->lock);
    while (tier->params.on &&
           (tier->counters.state == REDIS_CONNECTING || tier->sending || tier->waiting.count))
        thread_cond_wait(tier->done, tier->lock);
    thread_lock_release(tier->lock);
}

struct redis_counters redis_tier_counters(struct redis_tier *tier) {
    thread_lock_acquire(tier->lock);
    struct redis_counters counters = tier->counters;
    thread_lock_release(tier->lock);
    return counters;
}
