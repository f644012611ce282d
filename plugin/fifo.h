/*
 * A queue between one producer and one consumer, without a lock: neither ever
 * waits for the other. The producer is Go (one goroutine at a time), the
 * consumer the host's thread.
 */
#ifndef SSA_FIFO_H
#define SSA_FIFO_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct ssa_item {
    struct ssa_item *next;
    uint64_t tag; /* a batch's sequence number, a line's level */
    size_t len;
    char *data;   /* NULL once consumed */
};

struct ssa_fifo {
    struct ssa_item *head; /* the consumer's: the item consumed last */
    struct ssa_item *tail; /* the producer's */
};

static inline int ssa_fifo_init(struct ssa_fifo *f)
{
    f->head = f->tail = calloc(1, sizeof(struct ssa_item));
    return f->head ? 0 : -1;
}

/* Appends a copy of data, with a NUL behind it. Returns -1 when out of
 * memory. Producer only. */
static inline int ssa_fifo_push(struct ssa_fifo *f, uint64_t tag,
                                const void *data, size_t len)
{
    struct ssa_item *it = calloc(1, sizeof(*it));

    if (it == NULL) {
        return -1;
    }
    it->data = malloc(len + 1);
    if (it->data == NULL) {
        free(it);
        return -1;
    }
    memcpy(it->data, data, len);
    it->data[len] = '\0';
    it->tag = tag;
    it->len = len;
    __atomic_store_n(&f->tail->next, it, __ATOMIC_RELEASE);
    f->tail = it;
    return 0;
}

/* The oldest item, or NULL. Consumer only. */
static inline struct ssa_item *ssa_fifo_peek(struct ssa_fifo *f)
{
    return __atomic_load_n(&f->head->next, __ATOMIC_ACQUIRE);
}

/* Drops the item that peek returned. Consumer only. */
static inline void ssa_fifo_pop(struct ssa_fifo *f)
{
    struct ssa_item *old = f->head;

    f->head = old->next;
    free(old);
    /* The item stays as the list's foot; its bytes need not. */
    free(f->head->data);
    f->head->data = NULL;
}

/* Frees everything. Nobody may use the queue any more. */
static inline void ssa_fifo_free(struct ssa_fifo *f)
{
    struct ssa_item *it, *next;

    for (it = f->head; it; it = next) {
        next = it->next;
        free(it->data);
        free(it);
    }
    f->head = f->tail = NULL;
}

#endif
