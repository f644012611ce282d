#define _GNU_SOURCE
#include "metrics.h"
#include "host.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NAMESPACE "fluentbit"
#define SUBSYSTEM "input_stellar_aws"

enum { LABELS = 2 }; /* those of struct ssa_labels */

static void create(struct ssa_metric *m, void *ins, const char *name,
                   const char *help)
{
    const struct ssa_host *h = ssa_host();
    char *labels[LABELS] = {"name", "connector"};
    void *registry;
    void *(*make)(void *, char *, char *, char *, char *, int, char **);

    make = m->is_counter ? h->counter_create : h->gauge_create;
    if (!h->metrics_of || !make || !h->counter_set || !h->gauge_set) {
        return;
    }
    registry = h->metrics_of(ins);
    if (registry) {
        m->handle = make(registry, NAMESPACE, SUBSYSTEM, (char *)name,
                         (char *)help, LABELS, labels);
    }
}

static void show(struct ssa_metric *m, const struct ssa_labels *of,
                 uint64_t now)
{
    char *labels[LABELS] = {of->name, of->connector};
    uint64_t bits;
    double v;

    if (!m->handle) {
        return;
    }
    if (m->is_counter) {
        v = (double)__atomic_load_n(&m->count, __ATOMIC_RELAXED);
        ssa_host()->counter_set(m->handle, now, v, LABELS, labels);
        return;
    }
    bits = __atomic_load_n(&m->level, __ATOMIC_RELAXED);
    memcpy(&v, &bits, sizeof(v));
    ssa_host()->gauge_set(m->handle, now, v, LABELS, labels);
}

static uint64_t wall_clock(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

struct ssa_metric *ssa_metric_new(struct ssa_metric **list, void *ins,
                                  const struct ssa_labels *of, int is_counter,
                                  const char *name, const char *help)
{
    struct ssa_metric *m = calloc(1, sizeof(*m));

    if (m == NULL) {
        return NULL;
    }
    m->is_counter = is_counter;
    create(m, ins, name, help);
    show(m, of, wall_clock());
    m->next = *list;
    *list = m;
    return m;
}

void ssa_metric_add(struct ssa_metric *m, int64_t n)
{
    __atomic_fetch_add(&m->count, n, __ATOMIC_RELAXED);
}

void ssa_metric_set(struct ssa_metric *m, double v)
{
    uint64_t bits;

    memcpy(&bits, &v, sizeof(bits));
    __atomic_store_n(&m->level, bits, __ATOMIC_RELAXED);
}

void ssa_metrics_push(struct ssa_metric *list, const struct ssa_labels *of)
{
    uint64_t now = wall_clock();

    for (; list; list = list->next) {
        show(list, of, now);
    }
}

void ssa_metrics_free(struct ssa_metric *list)
{
    struct ssa_metric *next;

    for (; list; list = next) {
        next = list->next;
        free(list);
    }
}
