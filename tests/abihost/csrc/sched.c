/* The scheduler a plugin reaches by dlsym: timers on its thread's loop. */
#include "host.h"

#include <stdlib.h>

struct flb_sched_timer {
    struct ev ev;
    int type;
    void (*cb)(struct flb_config *, void *);
    void *data;
    struct evloop *loop;
    struct flb_sched_timer *next;
};

static _Thread_local struct flb_sched *current;

void sched_set(struct flb_sched *s)
{
    s->owner = pthread_self();
    current = s;
}

struct flb_sched *flb_sched_ctx_get(void)
{
    return current;
}

int flb_sched_timer_cb_destroy(struct flb_sched_timer *t)
{
    ev_del(t->loop, &t->ev); /* freed with its loop */
    return 0;
}

static void on_timer(struct ev *e)
{
    struct flb_sched_timer *t = e->data;

    ev_drain(e);
    if (t->type == TIMER_ONESHOT)
        ev_del(t->loop, &t->ev);
    t->cb((struct flb_config *)(void *)t->loop, t->data);
}

int flb_sched_timer_cb_create(struct flb_sched *s, int type, int ms, void (*cb)(struct flb_config *, void *),
                              void *data, struct flb_sched_timer **out)
{
    struct flb_sched_timer *t;

    if (s == NULL) {
        violation("flb_sched_timer_cb_create: no scheduler on this thread");
        return -1;
    }
    if (!pthread_equal(s->owner, pthread_self()))
        violation("flb_sched_timer_cb_create: scheduler of another thread");
    if (type != TIMER_ONESHOT && type != TIMER_PERM) {
        host_log(LOG_LVL_ERROR, "[sched] invalid callback timer type %d", type);
        return -1;
    }
    t = calloc(1, sizeof(*t));
    t->type = type;
    t->cb = cb;
    t->data = data;
    t->loop = s->loop;
    if (ev_timer(s->loop, &t->ev, ms > 0 ? (unsigned)ms : 1, on_timer, t) != 0) {
        free(t);
        return -1;
    }
    t->next = s->loop->timers;
    s->loop->timers = t;
    if (out != NULL)
        *out = t;
    return 0;
}

void sched_free_timers(struct evloop *loop)
{
    while (loop->timers != NULL) {
        struct flb_sched_timer *t = loop->timers;
        loop->timers = t->next;
        ev_del(loop, &t->ev);
        free(t);
    }
}
