#define _GNU_SOURCE
#include "once.h"
#include "host.h"

#include <signal.h>
#include <stdint.h>
#include <time.h>

enum {
    TICK_MS = 100,
    /* With `threaded on`, the timer of an instance runs while the host still
     * starts the others, one right after the other. */
    QUIET_MS = 500,
    TIMER_PERMANENT = 4 /* the host's timer type */
};

static int answering;
static int worst;
static int ended;
static int64_t last; /* monotonic ms of the last answer */

static int64_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void tick(void *config, void *data)
{
    (void)data;
    if (__atomic_load_n(&answering, __ATOMIC_ACQUIRE) > 0 ||
        now() - __atomic_load_n(&last, __ATOMIC_ACQUIRE) < QUIET_MS ||
        __atomic_exchange_n(&ended, 1, __ATOMIC_ACQ_REL)) {
        return;
    }
    if (ssa_host()->exit_status) {
        ssa_host()->exit_status(config, __atomic_load_n(&worst, __ATOMIC_ACQUIRE));
        return;
    }
    raise(SIGTERM);
}

void ssa_once_begin(void)
{
    __atomic_add_fetch(&answering, 1, __ATOMIC_ACQ_REL);
}

int ssa_once_end(int status)
{
    const struct ssa_host *h = ssa_host();
    void *timer, *sched;

    if (status > __atomic_load_n(&worst, __ATOMIC_ACQUIRE)) {
        __atomic_store_n(&worst, status, __ATOMIC_RELEASE);
    }
    __atomic_store_n(&last, now(), __ATOMIC_RELEASE);
    __atomic_sub_fetch(&answering, 1, __ATOMIC_ACQ_REL);
    if (!h->sched_get || !h->timer_create || (status && !h->exit_status)) {
        return -1;
    }
    sched = h->sched_get();
    return sched && h->timer_create(sched, TIMER_PERMANENT, TICK_MS, tick, NULL,
                                    &timer) == 0 ? 0 : -1;
}
