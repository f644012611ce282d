/*
 * The C side of one connector: its batches on their way to the host, its log
 * lines, its metrics. Go produces, the host's thread consumes.
 */
#ifndef SSA_INSTANCE_H
#define SSA_INSTANCE_H

#include "fifo.h"
#include "host.h"
#include "layout.h"
#include "metrics.h"

#pragma GCC visibility push(hidden)

struct ssa_instance {
    struct ssa_instance *next; /* in its pump */
    void *ins;                 /* the host's instance, NULL after Exit */
    struct ssa_labels labels;
    int level;                 /* most verbose level that is logged */
    int threaded;
    int isolated;              /* the host pauses this very instance */
    int has_context;           /* the host's callbacks say which instance */
    int wake;                  /* eventfd, written when progress was made */

    struct ssa_fifo batches;
    struct ssa_fifo lines;
    struct ssa_metric *metrics;
    struct ssa_metric *refused;  /* counter; these three are made by Go */
    struct ssa_metric *paused;   /* gauge */
    struct ssa_metric *queued;   /* gauge */
    struct ssa_metric *degraded; /* gauge */

    uint64_t pushed_bytes; /* written by Go, read by the host's thread */

    /* Written by the host's thread, read by Go. */
    uint64_t done_seq;
    uint64_t done_bytes;
    uint64_t done_lines;

    /* The host's thread's own. */
    struct ssa_item *handed; /* returned to the host, fallback only */
    int probes; /* of the storage, up to now */
    int complained;
    int64_t retry_at; /* monotonic ns */
    int64_t backoff;  /* ns, 0 while batches are taken */
    int64_t refused_since;
};

/* Sets up an instance inside FLBPluginInit. Returns NULL when out of memory
 * or file descriptors. */
struct ssa_instance *ssa_instance_new(void *plugin);

/* Frees it. No goroutine and no pump may know it any more. */
void ssa_instance_free(struct ssa_instance *in);

/* Tells it that the host's instance ends, on the host's thread: shows the last
 * lines and values. Afterwards it holds nothing of the host's. */
void ssa_instance_detach(struct ssa_instance *in);

/* Prints up to max queued lines. Host's thread only. */
void ssa_instance_log(struct ssa_instance *in, int max);

/* Prints a line with the instance's name. Host's thread only. */
void ssa_instance_print(struct ssa_instance *in, int level, const char *msg);

/* Counts the oldest batch as stored and drops it. Host's thread only. */
void ssa_instance_done(struct ssa_instance *in);

/* Sets the metric of the bytes that wait. Host's thread only. */
void ssa_instance_count_queue(struct ssa_instance *in);

/* Tells Go that there is progress. */
void ssa_instance_wake(struct ssa_instance *in);

/* A descriptor of Go's own for the eventfd, or -1. */
int ssa_instance_wake_fd(struct ssa_instance *in);

struct ssa_progress {
    uint64_t seq;   /* every batch up to this one was stored */
    uint64_t bytes; /* in these */
    uint64_t lines; /* log lines printed */
};

struct ssa_progress ssa_instance_progress(struct ssa_instance *in);

/* Says whose connector it is, before the first metric. Returns -1 when out of
 * memory. */
int ssa_instance_serve(struct ssa_instance *in, const char *connector);

/* Adds a metric. Inside FLBPluginInit only. */
struct ssa_metric *ssa_instance_metric(struct ssa_instance *in, int is_counter,
                                       const char *name, const char *help);

/* Queue a copy of a batch or of a line. One goroutine at a time each. Return
 * -1 when out of memory. */
int ssa_instance_push_batch(struct ssa_instance *in, uint64_t seq,
                            const void *data, size_t len);
int ssa_instance_push_line(struct ssa_instance *in, int level,
                           const void *data, size_t len);

#pragma GCC visibility pop
#endif
