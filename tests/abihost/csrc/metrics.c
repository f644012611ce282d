/* A minimal cmetrics: counters, gauges and histograms by name and labels.
 * Values are dumped into the report. Misuse is reported, not undefined. */
#include "host.h"
#include "metrics.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_LABELS = 8, MAX_BUCKETS = 64 };
enum type { COUNTER, GAUGE, HISTOGRAM };

struct cmt_histogram_buckets {
    size_t count;
    double upper[MAX_BUCKETS];
};

struct series {
    char *labels[MAX_LABELS];
    double value; /* histogram: sum */
    uint64_t count;
    uint64_t buckets[MAX_BUCKETS + 1];
    struct series *next;
};

struct cmt_metric {
    struct cmt *cmt;
    enum type type;
    char name[256];
    char *keys[MAX_LABELS];
    int n_labels;
    bool may_fall;
    struct cmt_histogram_buckets buckets;
    struct series *series;
    struct cmt_metric *next;
};

struct cmt {
    bool alive;
    struct cmt_metric *metrics;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

struct cmt *cmt_create(void)
{
    struct cmt *c = calloc(1, sizeof(*c));

    c->alive = true;
    return c;
}

/* cmt_retire keeps the memory: a later use is then reported. */
void cmt_retire(struct cmt *c)
{
    pthread_mutex_lock(&lock);
    c->alive = false;
    pthread_mutex_unlock(&lock);
}

static struct cmt_metric *create(struct cmt *c, enum type type, const char *ns, const char *sub, const char *name,
                                 int n_labels, char **keys)
{
    struct cmt_metric *m, **at;

    if (c == NULL || !c->alive) {
        violation("create metric %s: no metrics context", name);
        return NULL;
    }
    if (n_labels < 0 || n_labels > MAX_LABELS) {
        violation("create metric %s: %d labels", name, n_labels);
        return NULL;
    }
    m = calloc(1, sizeof(*m));
    m->cmt = c;
    m->type = type;
    m->n_labels = n_labels;
    snprintf(m->name, sizeof(m->name), "%s%s%s%s%s", ns, *ns ? "_" : "", sub, *sub ? "_" : "", name);
    for (int i = 0; i < n_labels; i++)
        m->keys[i] = strdup(keys[i]);
    pthread_mutex_lock(&lock);
    for (at = &c->metrics; *at != NULL; at = &(*at)->next)
        ;
    *at = m;
    pthread_mutex_unlock(&lock);
    return m;
}

/* find returns the series of these label values, creating it if asked to;
 * called with the lock held. */
static struct series *find(struct cmt_metric *m, int n, char **vals, bool make)
{
    struct series **at;

    if (m == NULL)
        return NULL;
    if (!m->cmt->alive) {
        violation("metric %s used after its instance ended", m->name);
        return NULL;
    }
    if (n != m->n_labels) {
        violation("metric %s has %d labels, %d given", m->name, m->n_labels, n);
        return NULL;
    }
    for (at = &m->series; *at != NULL; at = &(*at)->next) {
        int i = 0;
        while (i < n && strcmp((*at)->labels[i], vals[i] != NULL ? vals[i] : "") == 0)
            i++;
        if (i == n)
            return *at;
    }
    if (!make)
        return NULL;
    *at = calloc(1, sizeof(**at));
    for (int i = 0; i < n; i++)
        (*at)->labels[i] = strdup(vals[i] != NULL ? vals[i] : "");
    return *at;
}

static int change(struct cmt_metric *m, bool absolute, double v, int n, char **vals)
{
    struct series *s;
    double next;
    int ret = -1;

    pthread_mutex_lock(&lock);
    s = find(m, n, vals, true);
    if (s != NULL) {
        next = absolute ? v : s->value + v;
        /* A counter that falls is refused, as cmetrics does. */
        if (m->type != COUNTER || m->may_fall || next >= s->value) {
            s->value = next;
            ret = 0;
        }
    }
    pthread_mutex_unlock(&lock);
    return ret;
}

static int get(struct cmt_metric *m, int n, char **vals, double *out)
{
    struct series *s;

    pthread_mutex_lock(&lock);
    s = find(m, n, vals, false);
    if (s != NULL)
        *out = s->value;
    pthread_mutex_unlock(&lock);
    return s != NULL ? 0 : -1;
}

/* ---- exported ---------------------------------------------------------- */

struct cmt_metric *cmt_counter_create(struct cmt *c, char *ns, char *sub, char *name, char *help, int n, char **keys)
{
    (void)help;
    return create(c, COUNTER, ns, sub, name, n, keys);
}

void cmt_counter_allow_reset(struct cmt_metric *m)
{
    m->may_fall = true;
}

int cmt_counter_inc(struct cmt_metric *m, uint64_t ts, int n, char **vals)
{
    (void)ts;
    return change(m, false, 1, n, vals);
}

int cmt_counter_add(struct cmt_metric *m, uint64_t ts, double v, int n, char **vals)
{
    (void)ts;
    return change(m, false, v, n, vals);
}

int cmt_counter_set(struct cmt_metric *m, uint64_t ts, double v, int n, char **vals)
{
    (void)ts;
    return change(m, true, v, n, vals);
}

int cmt_counter_get_val(struct cmt_metric *m, int n, char **vals, double *out)
{
    return get(m, n, vals, out);
}

struct cmt_metric *cmt_gauge_create(struct cmt *c, char *ns, char *sub, char *name, char *help, int n, char **keys)
{
    (void)help;
    return create(c, GAUGE, ns, sub, name, n, keys);
}

int cmt_gauge_set(struct cmt_metric *m, uint64_t ts, double v, int n, char **vals)
{
    (void)ts;
    return change(m, true, v, n, vals);
}

int cmt_gauge_inc(struct cmt_metric *m, uint64_t ts, int n, char **vals)
{
    (void)ts;
    return change(m, false, 1, n, vals);
}

int cmt_gauge_dec(struct cmt_metric *m, uint64_t ts, int n, char **vals)
{
    (void)ts;
    return change(m, false, -1, n, vals);
}

int cmt_gauge_add(struct cmt_metric *m, uint64_t ts, double v, int n, char **vals)
{
    (void)ts;
    return change(m, false, v, n, vals);
}

int cmt_gauge_sub(struct cmt_metric *m, uint64_t ts, double v, int n, char **vals)
{
    (void)ts;
    return change(m, false, -v, n, vals);
}

int cmt_gauge_get_val(struct cmt_metric *m, int n, char **vals, double *out)
{
    return get(m, n, vals, out);
}

struct cmt_histogram_buckets *cmt_histogram_buckets_create_size(double *upper, size_t count)
{
    struct cmt_histogram_buckets *b;

    if (count > MAX_BUCKETS) {
        violation("histogram with %zu buckets", count);
        return NULL;
    }
    b = calloc(1, sizeof(*b));
    b->count = count;
    memcpy(b->upper, upper, count * sizeof(*upper));
    return b;
}

void cmt_histogram_buckets_destroy(struct cmt_histogram_buckets *b)
{
    free(b);
}

struct cmt_metric *cmt_histogram_create(struct cmt *c, char *ns, char *sub, char *name, char *help,
                                        struct cmt_histogram_buckets *b, int n, char **keys)
{
    struct cmt_metric *m = create(c, HISTOGRAM, ns, sub, name, n, keys);

    (void)help;
    if (m != NULL && b != NULL) {
        m->buckets = *b;
        free(b); /* the metric owns its buckets */
    }
    return m;
}

int cmt_histogram_observe(struct cmt_metric *m, uint64_t ts, double v, int n, char **vals)
{
    struct series *s;
    size_t i = 0;

    (void)ts;
    pthread_mutex_lock(&lock);
    s = find(m, n, vals, true);
    if (s != NULL) {
        while (i < m->buckets.count && v > m->buckets.upper[i])
            i++;
        s->buckets[i]++;
        s->count++;
        s->value += v;
    }
    pthread_mutex_unlock(&lock);
    return s != NULL ? 0 : -1;
}

static void report_series(const struct cmt_metric *m, const struct series *s, const char *instance)
{
    char labels[1024] = "";
    size_t n = 0;

    for (int i = 0; i < m->n_labels && n < sizeof(labels); i++)
        n += (size_t)snprintf(labels + n, sizeof(labels) - n, "%s%s=\"%s\"", i > 0 ? "," : "", m->keys[i],
                              s->labels[i]);
    event("metric ins=%s name=%s labels=%s value=%.17g count=%lu", enc(instance), enc(m->name), enc(labels),
          s->value, m->type == HISTOGRAM ? s->count : 0);
}

void cmt_report(struct cmt *c, const char *instance)
{
    pthread_mutex_lock(&lock);
    for (struct cmt_metric *m = c->metrics; m != NULL; m = m->next) {
        for (struct series *s = m->series; s != NULL; s = s->next)
            report_series(m, s, instance);
    }
    pthread_mutex_unlock(&lock);
}
