#define _GNU_SOURCE
#include "instance.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct ssa_instance *ssa_instance_new(void *plugin)
{
    struct ssa_handles h;
    struct ssa_instance *in = calloc(1, sizeof(*in));
    int bound;

    if (in == NULL) {
        return NULL;
    }
    ssa_layout_handles(plugin, &h);
    in->ins = h.ins;
    in->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    in->labels.name = strdup(ssa_host_input_name(h.ins));
    in->level = ssa_host_level(h.ins);
    in->threaded = ssa_host_threaded();
    if (in->wake == -1 || in->labels.name == NULL ||
        ssa_fifo_init(&in->batches) != 0 || ssa_fifo_init(&in->lines) != 0) {
        ssa_instance_free(in);
        return NULL;
    }
    bound = ssa_layout_bind(plugin, &h, in);
    in->has_context = (bound & SSA_CONTEXT) != 0;
    in->isolated = (bound & SSA_ISOLATED) != 0;
    return in;
}

void ssa_instance_free(struct ssa_instance *in)
{
    ssa_fifo_free(&in->batches);
    ssa_fifo_free(&in->lines);
    ssa_metrics_free(in->metrics);
    if (in->wake != -1) {
        close(in->wake);
    }
    free(in->labels.name);
    free(in->labels.connector);
    free(in);
}

void ssa_instance_detach(struct ssa_instance *in)
{
    struct ssa_metric *m;

    ssa_instance_log(in, -1);
    ssa_metrics_push(in->metrics, &in->labels);
    for (m = in->metrics; m; m = m->next) {
        m->handle = NULL;
    }
    in->ins = NULL;
}

void ssa_instance_log(struct ssa_instance *in, int max)
{
    struct ssa_item *it;
    uint64_t n = in->done_lines;

    while (max-- != 0 && (it = ssa_fifo_peek(&in->lines)) != NULL) {
        ssa_host_print((int)it->tag, it->data);
        ssa_fifo_pop(&in->lines);
        n++;
    }
    __atomic_store_n(&in->done_lines, n, __ATOMIC_RELEASE);
}

void ssa_instance_print(struct ssa_instance *in, int level, const char *msg)
{
    char line[512];

    if (level > in->level) {
        return;
    }
    snprintf(line, sizeof(line), "[input:stellar_aws:%s] %s", in->labels.name,
             msg);
    ssa_host_print(level, line);
}

void ssa_instance_done(struct ssa_instance *in)
{
    struct ssa_item *it = ssa_fifo_peek(&in->batches);
    uint64_t seq = it->tag, bytes = in->done_bytes + it->len;

    ssa_fifo_pop(&in->batches);
    __atomic_store_n(&in->done_bytes, bytes, __ATOMIC_RELEASE);
    __atomic_store_n(&in->done_seq, seq, __ATOMIC_RELEASE);
}

void ssa_instance_count_queue(struct ssa_instance *in)
{
    uint64_t pushed = __atomic_load_n(&in->pushed_bytes, __ATOMIC_ACQUIRE);

    ssa_metric_set(in->queued, (double)(pushed - in->done_bytes));
}

void ssa_instance_wake(struct ssa_instance *in)
{
    uint64_t one = 1;

    /* Fails only when 2^64 - 2 wake-ups are unread, which is a wake-up. */
    if (write(in->wake, &one, sizeof(one)) < 0) {
        return;
    }
}

int ssa_instance_wake_fd(struct ssa_instance *in)
{
    return fcntl(in->wake, F_DUPFD_CLOEXEC, 0);
}

struct ssa_progress ssa_instance_progress(struct ssa_instance *in)
{
    struct ssa_progress p;

    p.seq = __atomic_load_n(&in->done_seq, __ATOMIC_ACQUIRE);
    p.bytes = __atomic_load_n(&in->done_bytes, __ATOMIC_ACQUIRE);
    p.lines = __atomic_load_n(&in->done_lines, __ATOMIC_ACQUIRE);
    return p;
}

int ssa_instance_serve(struct ssa_instance *in, const char *connector)
{
    in->labels.connector = strdup(connector);
    return in->labels.connector ? 0 : -1;
}

struct ssa_metric *ssa_instance_metric(struct ssa_instance *in, int is_counter,
                                       const char *name, const char *help)
{
    return ssa_metric_new(&in->metrics, in->ins, &in->labels, is_counter, name,
                          help);
}

int ssa_instance_push_batch(struct ssa_instance *in, uint64_t seq,
                            const void *data, size_t len)
{
    /* Counted first: the host's thread may take it at once. */
    __atomic_fetch_add(&in->pushed_bytes, len, __ATOMIC_RELEASE);
    if (ssa_fifo_push(&in->batches, seq, data, len) != 0) {
        __atomic_fetch_sub(&in->pushed_bytes, len, __ATOMIC_RELEASE);
        return -1;
    }
    return 0;
}

int ssa_instance_push_line(struct ssa_instance *in, int level,
                           const void *data, size_t len)
{
    return ssa_fifo_push(&in->lines, (uint64_t)level, data, len);
}
