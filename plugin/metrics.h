/*
 * One instance's metrics in the host's registry. Values are words of C memory
 * that Go writes atomically at any time; the host's thread shows them.
 */
#ifndef SSA_METRICS_H
#define SSA_METRICS_H

#include <stdint.h>

#pragma GCC visibility push(hidden)

struct ssa_metric {
    struct ssa_metric *next;
    void *handle;   /* the host's counter or gauge, NULL where it has none */
    int is_counter;
    int64_t count;  /* a counter's value */
    uint64_t level; /* a gauge's value, the bits of a double */
};

/* Whose the metrics are: the values of their labels, name and connector. */
struct ssa_labels {
    char *name;      /* the host's name of the instance, or its alias */
    char *connector; /* the section's connector_name */
};

/* Adds a metric to the list, in the host too, at zero. To be called during
 * Init. Returns NULL when out of memory. */
struct ssa_metric *ssa_metric_new(struct ssa_metric **list, void *ins,
                                  const struct ssa_labels *of, int is_counter,
                                  const char *name, const char *help);

void ssa_metric_add(struct ssa_metric *m, int64_t n);
void ssa_metric_set(struct ssa_metric *m, double v);

/* Shows the values of the list. Host's thread only. */
void ssa_metrics_push(struct ssa_metric *list, const struct ssa_labels *of);

void ssa_metrics_free(struct ssa_metric *list);

#pragma GCC visibility pop
#endif
