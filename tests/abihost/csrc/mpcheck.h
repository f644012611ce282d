/*
 * Checks msgpack log records as strictly as the host's decoder
 * (src/flb_log_event_decoder.c on msgpack-c built with a stack of 64).
 */
#ifndef ABIHOST_MPCHECK_H
#define ABIHOST_MPCHECK_H

#include <stddef.h>

struct mp_result {
    size_t records;   /* normal records before the first fault */
    size_t markers;   /* group markers and records the host skips */
    size_t good;      /* bytes before the first fault */
    const char *fault; /* NULL when the whole buffer is good */
};

struct mp_result mp_check(const void *buf, size_t n);

#endif
