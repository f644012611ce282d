/* Chunks: one open per (instance, tag), handed to the outputs at each flush. */
#include "host.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct chunk *open_chunk(struct flb_input_instance *ins, const char *tag, size_t tag_len)
{
    struct chunk **at = &ins->chunks, *c;

    for (; *at != NULL; at = &(*at)->next) {
        c = *at;
        if (!c->closed && !c->task && c->tag_len == tag_len && memcmp(c->tag, tag, tag_len) == 0)
            return c;
    }
    c = calloc(1, sizeof(*c));
    c->ins = ins;
    c->fd = -1;
    c->source = strdup(ins->name);
    c->tag = calloc(1, tag_len + 1);
    memcpy(c->tag, tag, tag_len);
    c->tag_len = tag_len;
    if (ins->conf->filesystem && storage_open(c, ins->engine->conf->storage_path) != 0) {
        storage_remove(c);
        chunk_free(c);
        return NULL;
    }
    return *at = c;
}

void chunk_free(struct chunk *c)
{
    if (c->fd >= 0)
        close(c->fd);
    free(c->mem);
    free(c->path);
    free(c->tag);
    free(c->source);
    free(c);
}

static int chunk_write(struct chunk *c, const void *buf, size_t n)
{
    if (c->fd >= 0)
        return storage_write(c, buf, n);
    if (c->len + n > c->cap) {
        size_t cap = 2 * (c->len + n);
        uint8_t *m = realloc(c->mem, cap);
        if (m == NULL)
            return -1;
        c->mem = m;
        c->cap = cap;
    }
    memcpy(c->mem + c->len, buf, n);
    c->len += n;
    return 0;
}

static size_t memory_used(struct flb_input_instance *ins)
{
    size_t n = 0;

    for (struct chunk *c = ins->chunks; c != NULL; c = c->next)
        n += c->fd < 0 ? c->len : 0;
    return n;
}

static bool over_limit(struct flb_input_instance *ins)
{
    return ins->conf->mem_buf_limit > 0 && ins->mem_bytes >= ins->conf->mem_buf_limit;
}

/* instance_set_limits resumes an instance whose memory is free again. */
void instance_set_limits(struct flb_input_instance *ins)
{
    ins->mem_bytes = memory_used(ins);
    if (ins->mem_paused && ins->conf->mem_buf_limit > 0 && !over_limit(ins) && ins->engine->running &&
        ins->engine->ingesting) {
        ins->mem_paused = false;
        instance_resume(ins);
        host_log(LOG_LVL_INFO, "[input] %s resume (mem buf overlimit - buf size %zuB now below limit %zuB)",
                 flb_input_name(ins), ins->mem_bytes, ins->conf->mem_buf_limit);
    }
}

/* chunk_append stores a buffer, on the engine thread. -1 means not stored. */
int chunk_append(struct flb_input_instance *ins, const char *tag, size_t tag_len, const void *buf, size_t n)
{
    struct chunk *c;

    if (ins->mem_paused)
        return -1;
    if (fault_refuse()) {
        host_log(LOG_LVL_ERROR, "[input chunk] no available chunk");
        return -1;
    }
    if (ins->conf->filesystem && atomic_load(&faults.disk_full)) {
        host_log(LOG_LVL_ERROR, "[input chunk] error writing data from %s instance", flb_input_name(ins));
        return -1;
    }
    if (tag == NULL || tag_len == 0) {
        tag = ins->conf->tag != NULL ? ins->conf->tag : ins->name;
        tag_len = strlen(tag);
    }
    c = open_chunk(ins, tag, tag_len);
    if (c == NULL || chunk_write(c, buf, n) != 0)
        return -1;
    if (c->len > CHUNK_CLOSE_BYTES)
        c->closed = true;
    instance_set_limits(ins);
    if (!ins->conf->filesystem && over_limit(ins)) {
        host_log(LOG_LVL_WARN, "[input] %s paused (mem buf overlimit - event of size %zuB exceeded limit %zu to %zuB)",
                 flb_input_name(ins), n, ins->conf->mem_buf_limit, ins->mem_bytes);
        instance_pause(ins);
        ins->mem_paused = true;
    }
    return 0;
}

/* ---- delivery ------------------------------------------------------------ */

static bool matches(const char *pattern, const char *tag)
{
    if (*pattern == '*')
        return matches(pattern + 1, tag) || (*tag != '\0' && matches(pattern, tag + 1));
    if (*pattern == '\0' || *tag == '\0')
        return *pattern == *tag;
    return *pattern == *tag && matches(pattern + 1, tag + 1);
}

struct frame {
    char magic[4];
    uint32_t output, source_len, tag_len;
    uint64_t len;
};

static void deliver(struct chunk *c, unsigned output, const uint8_t *data, size_t good)
{
    struct frame f = {{'A', 'B', 'I', 'R'}, output, (uint32_t)strlen(c->source), (uint32_t)c->tag_len, good};

    write_all(FD_RECORDS, &f, sizeof(f));
    write_all(FD_RECORDS, c->source, f.source_len);
    write_all(FD_RECORDS, c->tag, c->tag_len);
    write_all(FD_RECORDS, data, good);
}

static void note_loss(struct chunk *c, const struct mp_result *r)
{
    if (r->fault == NULL)
        return;
    if (c->ins != NULL) {
        pthread_mutex_lock(&c->ins->lock);
        c->ins->n.lost_bytes += c->len - r->good;
        pthread_mutex_unlock(&c->ins->lock);
    }
    event("poisoned ins=%s tag=%s good=%zu lost=%zu reason=%s", enc(c->source), enc(c->tag), r->good,
          c->len - r->good, enc(r->fault));
}

/* dispatch offers a chunk to every output that matches its tag and tells
 * whether the chunk is done with. Outputs decode up to the first fault. */
static bool dispatch(struct engine *e, struct chunk *c)
{
    unsigned routes = 0, index = 0;
    bool routable = c->ins == NULL || c->ins->conf->routable;
    struct mp_result r;
    uint8_t *data;

    for (struct output_conf *o = e->conf->outputs; o != NULL; o = o->next)
        routes += matches(o->match, c->tag);
    if (routes == 0 || !routable) {
        if (c->ins != NULL && routes == 0) {
            pthread_mutex_lock(&c->ins->lock);
            c->ins->n.unmatched++;
            pthread_mutex_unlock(&c->ins->lock);
        }
        event("unrouted ins=%s tag=%s size=%zu", enc(c->source), enc(c->tag), c->len);
        return true;
    }
    c->task = true;
    if (atomic_load(&faults.stall))
        return false;
    data = c->fd >= 0 ? storage_read(c) : c->mem;
    if (data == NULL)
        return false;
    r = mp_check(data, c->len);
    note_loss(c, &r);
    for (struct output_conf *o = e->conf->outputs; o != NULL; o = o->next, index++) {
        if (matches(o->match, c->tag))
            deliver(c, index, data, r.good);
    }
    if (c->fd >= 0)
        free(data);
    return true;
}

static void flush_list(struct engine *e, struct chunk **at)
{
    while (*at != NULL) {
        struct chunk *c = *at;
        if (!dispatch(e, c)) {
            at = &c->next;
            continue;
        }
        *at = c->next;
        storage_remove(c);
        chunk_free(c);
    }
}

void chunks_flush(struct engine *e)
{
    flush_list(e, &e->backlog);
    for (struct flb_input_instance *ins = e->inputs; ins != NULL; ins = ins->next) {
        flush_list(e, &ins->chunks);
        instance_set_limits(ins);
    }
}

unsigned chunks_pending(struct engine *e, unsigned *tasks)
{
    unsigned n = 0;

    *tasks = 0;
    for (struct chunk *c = e->backlog; c != NULL; c = c->next, n++)
        *tasks += c->task;
    for (struct flb_input_instance *ins = e->inputs; ins != NULL; ins = ins->next) {
        for (struct chunk *c = ins->chunks; c != NULL; c = c->next, n++)
            *tasks += c->task;
    }
    return n;
}

/* chunks_drop forgets an instance's chunks at its end: those in memory are
 * lost, those on disk wait for the next start. */
void chunks_drop(struct flb_input_instance *ins)
{
    while (ins->chunks != NULL) {
        struct chunk *c = ins->chunks;
        ins->chunks = c->next;
        if (c->fd < 0) {
            ins->n.dropped++;
            event("memory-lost ins=%s tag=%s size=%zu", enc(ins->name), enc(c->tag), c->len);
        }
        chunk_free(c);
    }
}
