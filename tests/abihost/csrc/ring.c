/* The ring between a threaded instance and the engine: slots, not bytes. An
 * append that returned 0 is only a pointer in memory here. */
#include "host.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RETRIES = 10, RETRY_US = 100000, WAKE_PERCENT = 5 };

struct slot {
    char *tag;
    size_t tag_len, size;
    void *buf;
};

struct ring {
    pthread_mutex_t lock;
    unsigned slots, head, used;
    struct slot *at;
};

struct ring *ring_new(unsigned slots)
{
    struct ring *r = calloc(1, sizeof(*r));

    r->slots = slots > 0 ? slots : 1;
    r->at = calloc(r->slots, sizeof(*r->at));
    pthread_mutex_init(&r->lock, NULL);
    return r;
}

static void slot_free(struct slot *s)
{
    free(s->tag);
    free(s->buf);
}

static bool put(struct flb_input_instance *ins, const struct slot *s)
{
    struct ring *r = ins->ring;
    bool ok, wake;
    uint64_t one = 1;

    pthread_mutex_lock(&r->lock);
    ok = r->used < r->slots;
    if (ok)
        r->at[(r->head + r->used++) % r->slots] = *s;
    wake = ok && r->used * 100 >= r->slots * WAKE_PERCENT;
    pthread_mutex_unlock(&r->lock);
    if (wake)
        write_all(ins->engine->ring_fd, &one, sizeof(one));
    return ok;
}

/* ring_put enqueues a copy. A full ring is retried for a second, as in the
 * host; the retry period shrinks with the host's second. */
int ring_put(struct flb_input_instance *ins, const char *tag, size_t tag_len, const void *buf, size_t size)
{
    struct slot s = {.tag_len = tag != NULL ? tag_len : 0, .size = size, .buf = malloc(size)};

    memcpy(s.buf, buf, size);
    if (s.tag_len > 0) {
        s.tag = malloc(tag_len);
        memcpy(s.tag, tag, tag_len);
    }
    for (int i = 0; i < RETRIES; i++) {
        if (put(ins, &s))
            return 0;
        usleep(RETRY_US * ins->engine->conf->tick_ms / 1000);
    }
    host_log(LOG_LVL_ERROR, "[input:%s] could not enqueue records into the ring buffer", ins->name);
    slot_free(&s);
    pthread_mutex_lock(&ins->lock);
    ins->n.ring_dropped++;
    pthread_mutex_unlock(&ins->lock);
    return -1;
}

static bool take(struct ring *r, struct slot *s)
{
    bool ok;

    pthread_mutex_lock(&r->lock);
    ok = r->used > 0;
    if (ok) {
        *s = r->at[r->head];
        r->head = (r->head + 1) % r->slots;
        r->used--;
    }
    pthread_mutex_unlock(&r->lock);
    return ok;
}

/* ring_drain moves buffers into chunks on the engine thread. A paused
 * instance is left alone; a buffer that no chunk takes is dropped. */
void ring_drain(struct flb_input_instance *ins)
{
    struct slot s;

    while (!ins->mem_paused && take(ins->ring, &s)) {
        if (chunk_append(ins, s.tag, s.tag_len, s.buf, s.size) != 0) {
            pthread_mutex_lock(&ins->lock);
            ins->n.ring_lost++;
            pthread_mutex_unlock(&ins->lock);
            event("ring-lost ins=%s size=%zu", enc(ins->name), s.size);
        }
        slot_free(&s);
    }
}

void ring_free(struct flb_input_instance *ins)
{
    struct slot s;

    while (take(ins->ring, &s)) {
        ins->n.ring_lost++;
        slot_free(&s);
    }
    free(ins->ring->at);
    free(ins->ring);
    ins->ring = NULL;
}
