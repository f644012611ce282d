/* A small epoll loop with the timer rounding of Fluent Bit's event library. */
#ifndef ABIHOST_EVLOOP_H
#define ABIHOST_EVLOOP_H

#include <stdatomic.h>
#include <stdbool.h>

struct ev {
    atomic_int fd;            /* -1: not in a loop */
    void (*fn)(struct ev *);
    void *data;
};

struct evloop {
    int epfd;
    struct flb_sched_timer *timers;
};

int evloop_init(struct evloop *l);
void evloop_close(struct evloop *l);
/* evloop_once waits for events and runs their callbacks. */
void evloop_once(struct evloop *l);
int ev_add(struct evloop *l, struct ev *e, int fd, void (*fn)(struct ev *), void *data);
/* ev_del removes and closes e's descriptor; safe from any thread and when
 * e is idle. */
void ev_del(struct evloop *l, struct ev *e);
/* ev_tick arms a timer on absolute multiples of period_ms of the monotonic
 * clock: all timers of one period fire together. */
int ev_tick(struct evloop *l, struct ev *e, unsigned period_ms, void (*fn)(struct ev *), void *data);
/* ev_timer arms a timer as the host does for a plugin: the first expiry is
 * cut down to the whole second, so periods below 1 s first fire at once. */
int ev_timer(struct evloop *l, struct ev *e, unsigned ms, void (*fn)(struct ev *), void *data);
/* ev_drain consumes a timer's or eventfd's counter. */
void ev_drain(struct ev *e);

#endif
