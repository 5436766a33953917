/* faulty_device.h: a device that computes as another one does, until it is told to fail: at creation, at some
 * run, at random, with numbers that are wrong, or by not coming back.
 *
 * Owns    the device it wraps. Faults are the test's, and outlive it.
 * Threads as device.h says; faults may be changed from any thread.
 * Errors  those that were asked for. */
#ifndef NOODLE_FAULTY_DEVICE_H
#define NOODLE_FAULTY_DEVICE_H

#include "base/thread.h"
#include "compute/device.h"
#include "compute/kernel.h"

#include <stdatomic.h>

enum wrong_numbers { WRONG_NONE, WRONG_ZEROS, WRONG_NANS, WRONG_REVERSED /* sums of rows stay right */ };

struct faults {
    const struct kernel_set *kernels; /* of the CPU that computes */
    atomic_uint opens;                /* how often it was opened */
    atomic_uint failing_opens;        /* so many of the next fail */
    atomic_uint runs;                 /* how often it ran */
    atomic_uint fail_at;              /* this run fails, counted from 1; 0: none */
    atomic_uint fail_one_in;          /* at random; 0: never */
    atomic_uint wrong_one_in;
    atomic_uint wrong;       /* enum wrong_numbers: for wrong_one_in; with that 0, in every run */
    atomic_uint wrong_from;  /* only in passes of so many windows and more */
    atomic_uint buffers_max; /* rows of a buffer without contents; more is out of memory; 0: any number */
    atomic_uint refused;     /* enum precision that matrices are not made in */
    atomic_uint dies;        /* after a failure every run fails, until it is opened anew */
    struct thread_lock *lock;
    struct thread_cond *opened_gate, *arrived;
    bool gate_closed; /* runs wait until it is opened */
    unsigned waiting; /* at the gate */
    uint64_t seed;
};

void faults_init(struct faults *faults, const struct kernel_set *kernels);
void faults_finish(struct faults *faults);

void faults_close_gate(struct faults *faults);
void faults_await_run(struct faults *faults); /* until a run waits at the gate */
void faults_open_gate(struct faults *faults);

/* As struct batcher_device wants it: payload is the faults. */
enum status faulty_device_open(void *payload, struct device **ret_device, struct error *error);

#endif
