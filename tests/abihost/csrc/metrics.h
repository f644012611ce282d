/* The cmetrics functions a plugin may call (lib/cmetrics of Fluent Bit 5.1).
 * The handles are opaque to plugins, so all kinds share one type here. */
#ifndef ABIHOST_METRICS_H
#define ABIHOST_METRICS_H

#include <stddef.h>
#include <stdint.h>

struct cmt;
struct cmt_metric;
struct cmt_histogram_buckets;

struct cmt_metric *cmt_counter_create(struct cmt *c, char *ns, char *sub, char *name, char *help, int n, char **keys);
void cmt_counter_allow_reset(struct cmt_metric *m);
int cmt_counter_inc(struct cmt_metric *m, uint64_t ts, int n, char **vals);
int cmt_counter_add(struct cmt_metric *m, uint64_t ts, double v, int n, char **vals);
int cmt_counter_set(struct cmt_metric *m, uint64_t ts, double v, int n, char **vals);
int cmt_counter_get_val(struct cmt_metric *m, int n, char **vals, double *out);

struct cmt_metric *cmt_gauge_create(struct cmt *c, char *ns, char *sub, char *name, char *help, int n, char **keys);
int cmt_gauge_set(struct cmt_metric *m, uint64_t ts, double v, int n, char **vals);
int cmt_gauge_inc(struct cmt_metric *m, uint64_t ts, int n, char **vals);
int cmt_gauge_dec(struct cmt_metric *m, uint64_t ts, int n, char **vals);
int cmt_gauge_add(struct cmt_metric *m, uint64_t ts, double v, int n, char **vals);
int cmt_gauge_sub(struct cmt_metric *m, uint64_t ts, double v, int n, char **vals);
int cmt_gauge_get_val(struct cmt_metric *m, int n, char **vals, double *out);

struct cmt_histogram_buckets *cmt_histogram_buckets_create_size(double *upper, size_t count);
void cmt_histogram_buckets_destroy(struct cmt_histogram_buckets *b);
struct cmt_metric *cmt_histogram_create(struct cmt *c, char *ns, char *sub, char *name, char *help,
                                        struct cmt_histogram_buckets *b, int n, char **keys);
int cmt_histogram_observe(struct cmt_metric *m, uint64_t ts, double v, int n, char **vals);

#endif
