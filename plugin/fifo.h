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
#include <sys/mman.h>

struct ssa_item {
    struct ssa_item *next;
    uint64_t tag; /* a batch's sequence number, a line's level */
    size_t len;
    size_t room; /* bytes at data */
    char *data;
};

/*
 * From first up to, but without, head are items that were consumed: the
 * producer uses them again. Only the producer allocates and frees, and large
 * items are pages of their own: what one thread allocates and another frees
 * stays in the C library's arenas, half as much again as the queue may hold.
 */
struct ssa_fifo {
    struct ssa_item *first; /* the producer's */
    struct ssa_item *head;  /* the consumer's: the item consumed last */
    struct ssa_item *tail;  /* the producer's */
};

static inline int ssa_fifo_init(struct ssa_fifo *f)
{
    f->first = f->head = f->tail = calloc(1, sizeof(struct ssa_item));
    return f->head ? 0 : -1;
}

enum { SSA_PAGE = 4096, SSA_LARGE = 32 * SSA_PAGE }; /* bytes */

static inline void ssa_item_empty(struct ssa_item *it)
{
    if (it->room < SSA_LARGE) {
        free(it->data);
    } else {
        munmap(it->data, it->room);
    }
    it->data = NULL;
    it->room = 0;
}

/* Makes room for len bytes; what is there is lost. Returns -1 when out of
 * memory. */
static inline int ssa_item_room(struct ssa_item *it, size_t len)
{
    if (len <= it->room && it->room / 2 <= len + SSA_PAGE) {
        return 0;
    }
    ssa_item_empty(it);
    if (len < SSA_LARGE) {
        it->data = malloc(len);
    } else {
        len = (len + SSA_PAGE - 1) / SSA_PAGE * SSA_PAGE;
        it->data = mmap(NULL, len, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (it->data == MAP_FAILED) {
            it->data = NULL;
        }
    }
    if (it->data == NULL) {
        return -1;
    }
    it->room = len;
    return 0;
}

static inline void ssa_item_free(struct ssa_item *it)
{
    ssa_item_empty(it);
    free(it);
}

/* Frees half of the consumed items, from the oldest on. */
static inline void ssa_fifo_trim(struct ssa_fifo *f, struct ssa_item *head)
{
    struct ssa_item *it;
    int spare = 0;

    for (it = f->first; it != head; it = it->next) {
        spare++;
    }
    for (spare /= 2; spare > 0; spare--) {
        it = f->first;
        f->first = it->next;
        ssa_item_free(it);
    }
}

/* Takes out a consumed item, or makes one; NULL when out of memory. Each time
 * that nothing waits, half of them are given back. */
static inline struct ssa_item *ssa_fifo_item(struct ssa_fifo *f)
{
    struct ssa_item *head = __atomic_load_n(&f->head, __ATOMIC_ACQUIRE);
    struct ssa_item *it;

    if (head == f->tail) {
        ssa_fifo_trim(f, head);
    }
    it = f->first;
    if (it == head) {
        return calloc(1, sizeof(*it));
    }
    f->first = it->next;
    it->next = NULL;
    return it;
}

/* Appends a copy of data, with a NUL behind it. Returns -1 when out of
 * memory. Producer only. */
static inline int ssa_fifo_push(struct ssa_fifo *f, uint64_t tag,
                                const void *data, size_t len)
{
    struct ssa_item *it = ssa_fifo_item(f);

    if (it == NULL) {
        return -1;
    }
    if (ssa_item_room(it, len + 1) != 0) {
        ssa_item_free(it);
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

/* Drops the item that peek returned, which stays as the list's foot. Consumer
 * only. */
static inline void ssa_fifo_pop(struct ssa_fifo *f)
{
    __atomic_store_n(&f->head, f->head->next, __ATOMIC_RELEASE);
}

/* Frees everything. Nobody may use the queue any more. */
static inline void ssa_fifo_free(struct ssa_fifo *f)
{
    struct ssa_item *it, *next;

    for (it = f->first; it; it = next) {
        next = it->next;
        ssa_item_free(it);
    }
    f->first = f->head = f->tail = NULL;
}

#endif
