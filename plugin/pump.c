#define _GNU_SOURCE
#include "pump.h"
#include "signals.h"
#include "storage.h"

#include <pthread.h>
#include <time.h>

enum {
    MS = 1000 * 1000,       /* ns */
    TIMER_MS = 20, /* with TURN: half of the host's thread at the most */
    TURN = 10 * MS,         /* ns a turn */
    BACKOFF_MIN = 100 * MS, /* ns */
    BACKOFF_MAX = 1000 * MS,
    LINES = 100,            /* log lines an instance and turn */
    TIMER_PERMANENT = 4     /* the host's timer type */
};

static const int64_t second = 1000LL * MS;

struct ssa_pump {
    pthread_mutex_t turn; /* held during a turn, and by who closes the pump */
    int closed;
    int64_t instances;
    int64_t resumed; /* net resumes of all instances before this pump */
    struct ssa_instance *first; /* who is served first next time */
    int64_t not_before;         /* monotonic ns */
    int64_t next_chores;
};

/* The host's resumes less its pauses, of any instance. */
static int64_t resumed;

/* Dies with its thread, so that a later thread never finds a stale pump. */
static __thread struct ssa_pump *current;

static int64_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * second + t.tv_nsec;
}

/* ---- one instance -------------------------------------------------------- */

static int stopped(struct ssa_instance *in)
{
    return ssa_host()->collector_running &&
           !ssa_host()->collector_running(0, in->ins);
}

/* Where the host confuses the instances of one plugin, a stopped collector
 * may be another's, and refused batches tell of a pause. Only that all are
 * paused, as when the host is about to end, must be known: it waits until
 * nothing comes any more. */
static int all_paused(const struct ssa_pump *p)
{
    struct ssa_instance *in = p->first;

    if (p->resumed - __atomic_load_n(&resumed, __ATOMIC_RELAXED) <
        p->instances) {
        return 0;
    }
    if (!ssa_host()->collector_running) {
        return 1;
    }
    do {
        if (stopped(in)) {
            return 1;
        }
        in = in->next;
    } while (in != p->first);
    return 0;
}

static int paused(const struct ssa_pump *p, struct ssa_instance *in)
{
    int is = in->isolated || p->instances == 1 ? stopped(in) : all_paused(p);

    ssa_metric_set(in->paused, is);
    return is;
}

/* Says what the way the host stores costs. */
static void degraded(struct ssa_instance *in, const char *why)
{
    ssa_metric_set(in->degraded, 1);
    ssa_instance_print(in, SSA_WARN, why);
}

/* A batch leaves no chunk when a filter took all of it, such as rewrite_tag;
 * so many in a row are taken for memory storage. */
enum { PROBES = 3 };

static void taken(struct ssa_instance *in)
{
    ssa_instance_done(in);
    if (in->complained) {
        ssa_instance_print(in, SSA_INFO, "the host takes data again");
    }
    in->backoff = 0;
    in->complained = 0;
    if (in->threaded || in->probes == PROBES) {
        return; /* the first is said already */
    }
    switch (ssa_storage()) {
    case SSA_STORAGE_FILES:
        in->probes = PROBES;
        break;
    case SSA_STORAGE_CHECKSUMS:
        in->probes = PROBES;
        degraded(in, "the host's storage has checksums: it drops what it had "
                     "not finished when it dies; set storage.checksum off in "
                     "the service section");
        break;
    case SSA_STORAGE_NO_FILE:
        if (++in->probes == PROBES) {
            degraded(in, "the host buffers in memory: records that are counted "
                         "as delivered are lost if it dies; set storage.type "
                         "filesystem here and storage.path in the service "
                         "section");
        }
    }
}

static void refused(struct ssa_instance *in, int64_t at)
{
    ssa_metric_add(in->refused, 1);
    if (in->backoff == 0) {
        in->backoff = BACKOFF_MIN;
        in->refused_since = at;
    } else if (in->backoff < BACKOFF_MAX) {
        in->backoff *= 2;
        if (in->backoff > BACKOFF_MAX) {
            in->backoff = BACKOFF_MAX;
        }
    }
    in->retry_at = at + in->backoff;
    if (!in->complained && at - in->refused_since >= 5 * second) {
        in->complained = 1;
        ssa_instance_print(in, SSA_WARN,
            "the host has taken no data for 5 s (paused, disk full, or a "
            "storage error); it is kept and offered again");
    }
}

/* Offers the oldest batch. Returns whether it was taken. */
static int offer(struct ssa_pump *p, struct ssa_instance *in, int64_t at)
{
    struct ssa_item *it = ssa_fifo_peek(&in->batches);

    if (it == NULL || paused(p, in) || (in->backoff && at < in->retry_at)) {
        return 0;
    }
    if (ssa_host()->log_append(in->ins, NULL, 0, it->data, it->len) == 0) {
        taken(in);
        return 1;
    }
    refused(in, now());
    return 0;
}

/* ---- all instances ------------------------------------------------------- */

static void append(struct ssa_pump *p, int64_t start)
{
    struct ssa_instance *in = p->first;
    struct ssa_instance *idle = NULL; /* the first of those that had nothing */
    int64_t t = start;

    if (!ssa_host()->log_append) {
        return; /* callbacks.c returns the batches instead */
    }
    while (t - start < TURN) {
        if (offer(p, in, t)) {
            ssa_instance_wake(in);
            idle = NULL;
            t = now();
        } else if (idle == NULL) {
            idle = in;
        }
        in = in->next;
        if (in == idle) {
            break;
        }
    }
    p->first = in;
}

static void chores(struct ssa_pump *p, int64_t at)
{
    struct ssa_instance *in = p->first;
    int push = at >= p->next_chores;

    if (push) {
        p->next_chores = at + second;
        ssa_signals_restore();
    }
    do {
        ssa_instance_log(in, LINES);
        if (push) {
            paused(p, in);
            ssa_instance_count_queue(in);
            ssa_metrics_push(in->metrics, &in->labels);
        }
        in = in->next;
    } while (in != p->first);
}

static void turn(struct ssa_pump *p)
{
    int64_t start = now(), end;

    if (start < p->not_before || pthread_mutex_trylock(&p->turn) != 0) {
        return;
    }
    if (!p->closed && p->first != NULL) {
        chores(p, start);
        append(p, start);
        end = now();
        /* As long a rest as the work was: half of the thread's time. */
        p->not_before = end + (end - start);
    }
    pthread_mutex_unlock(&p->turn);
}

static void on_timer(void *config, void *data)
{
    (void)config;
    turn(data);
}

/* ---- life ---------------------------------------------------------------- */

static struct ssa_pump *pump_new(void)
{
    const struct ssa_host *h = ssa_host();
    struct ssa_pump *p = calloc(1, sizeof(*p));
    void *sched, *timer;

    if (p == NULL) {
        return NULL;
    }
    pthread_mutex_init(&p->turn, NULL);
    p->resumed = __atomic_load_n(&resumed, __ATOMIC_RELAXED);
    sched = h->sched_get ? h->sched_get() : NULL;
    if (sched && h->timer_create) {
        /* Without a timer the host's callback turns the pump once a second. */
        h->timer_create(sched, TIMER_PERMANENT, TIMER_MS, on_timer, p, &timer);
    }
    return p;
}

struct ssa_pump *ssa_pump_add(struct ssa_instance *in, const char **why)
{
    struct ssa_pump *p = ssa_pump_current();

    if (!ssa_host()->log_append && !in->has_context && p != NULL) {
        *why = "this host cannot tell two instances of a plugin apart";
        return NULL;
    }
    if (p == NULL) {
        p = pump_new();
        if (p == NULL) {
            *why = "out of memory";
            return NULL;
        }
        current = p;
    }
    pthread_mutex_lock(&p->turn);
    if (p->first == NULL) {
        in->next = in;
        p->first = in;
    } else {
        in->next = p->first->next;
        p->first->next = in;
    }
    p->instances++;
    pthread_mutex_unlock(&p->turn);
    return p;
}

struct ssa_pump *ssa_pump_current(void)
{
    if (current != NULL && current->closed) {
        current = NULL;
    }
    return current;
}

struct ssa_instance *ssa_pump_find(const void *ctx)
{
    struct ssa_pump *p = ssa_pump_current();
    struct ssa_instance *in;

    if (p == NULL || p->first == NULL) {
        return NULL;
    }
    in = p->first;
    if (ctx == NULL) {
        return in->next == in ? in : NULL;
    }
    do {
        if (in == ctx) {
            return in;
        }
        in = in->next;
    } while (in != p->first);
    return NULL;
}

void ssa_pump_close(struct ssa_pump *p)
{
    /* The pump itself is never freed: its timer belongs to the host, which
     * may fire it until its event loop ends. */
    pthread_mutex_lock(&p->turn);
    p->closed = 1;
    p->first = NULL;
    pthread_mutex_unlock(&p->turn);
}

void ssa_pump_turn_current(void)
{
    struct ssa_pump *p = ssa_pump_current();

    if (p != NULL) {
        turn(p);
    }
}

void ssa_pump_paused(void)
{
    __atomic_fetch_sub(&resumed, 1, __ATOMIC_RELAXED);
}

void ssa_pump_resumed(void)
{
    __atomic_fetch_add(&resumed, 1, __ATOMIC_RELAXED);
}
