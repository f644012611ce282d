/*
 * Chunk files of storage.type filesystem. Layout: magic "ABIC", u32 tag
 * length, u64 committed payload bytes, tag, payload (host byte order). The
 * committed length is written after the payload, so that an append cut by
 * SIGKILL is dropped whole and an append that returned 0 is kept whole.
 */
#include "host.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct header {
    char magic[4];
    uint32_t tag_len;
    uint64_t committed;
};

static bool put_at(int fd, const void *buf, size_t n, off_t at)
{
    const char *p = buf;

    while (n > 0) {
        ssize_t w = pwrite(fd, p, n, at);
        if (w < 0 && errno == EINTR)
            continue;
        if (w <= 0)
            return false;
        p += w;
        at += w;
        n -= (size_t)w;
    }
    return true;
}

static off_t payload_at(const struct chunk *c)
{
    return (off_t)(sizeof(struct header) + c->tag_len);
}

int storage_open(struct chunk *c, const char *dir)
{
    static atomic_ulong serial;
    struct header h = {{'A', 'B', 'I', 'C'}, (uint32_t)c->tag_len, 0};
    char path[4096];

    /* The name carries the order: backlog chunks are delivered by name. It ends
     * as those of the host do, by which a plugin can tell that there is one. */
    snprintf(path, sizeof(path), "%s/%020lu-%06lu-%s.flb", dir, (unsigned long)now_ns(),
             atomic_fetch_add(&serial, 1), c->source);
    c->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (c->fd < 0 || !put_at(c->fd, c->tag, c->tag_len, sizeof(h)) || !put_at(c->fd, &h, sizeof(h), 0)) {
        host_log(LOG_LVL_ERROR, "[abihost] create chunk %s: %m", path);
        return -1;
    }
    c->path = strdup(path);
    return 0;
}

int storage_write(struct chunk *c, const void *buf, size_t n)
{
    uint64_t committed = c->len + n;

    if (!put_at(c->fd, buf, n, payload_at(c) + (off_t)c->len) ||
        !put_at(c->fd, &committed, sizeof(committed), offsetof(struct header, committed))) {
        host_log(LOG_LVL_ERROR, "[abihost] write chunk %s: %m", c->path);
        return -1;
    }
    c->len = committed;
    return 0;
}

uint8_t *storage_read(struct chunk *c)
{
    uint8_t *m = malloc(c->len + 1);
    size_t got = 0;

    while (got < c->len) {
        ssize_t r = pread(c->fd, m + got, c->len - got, payload_at(c) + (off_t)got);
        if (r < 0 && errno == EINTR)
            continue;
        if (r <= 0) {
            host_log(LOG_LVL_ERROR, "[abihost] read chunk %s: %m", c->path);
            free(m);
            return NULL;
        }
        got += (size_t)r;
    }
    return m;
}

void storage_remove(struct chunk *c)
{
    if (c->path != NULL && unlink(c->path) != 0)
        host_log(LOG_LVL_ERROR, "[abihost] remove chunk %s: %m", c->path);
}

static struct chunk *load(const char *dir, const char *name)
{
    struct chunk *c = calloc(1, sizeof(*c));
    struct header h;
    char path[4096];

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    c->fd = open(path, O_RDWR | O_CLOEXEC);
    if (c->fd < 0 || pread(c->fd, &h, sizeof(h), 0) != sizeof(h) || memcmp(h.magic, "ABIC", 4) != 0) {
        host_log(LOG_LVL_ERROR, "[abihost] chunk %s: format check failed", path);
        chunk_free(c);
        return NULL;
    }
    c->path = strdup(path);
    c->source = strdup("backlog");
    c->tag_len = h.tag_len;
    c->len = h.committed;
    c->closed = true;
    c->tag = calloc(1, c->tag_len + 1);
    if (pread(c->fd, c->tag, c->tag_len, sizeof(h)) != (ssize_t)c->tag_len) {
        host_log(LOG_LVL_ERROR, "[abihost] chunk %s: format check failed", path);
        chunk_free(c);
        return NULL;
    }
    return c;
}

static int is_chunk(const struct dirent *d)
{
    const char *dot = strrchr(d->d_name, '.');

    return dot != NULL && strcmp(dot, ".flb") == 0;
}

struct chunk *storage_backlog(const char *dir)
{
    struct chunk *list = NULL, **end = &list;
    struct dirent **names;
    int n;

    if (dir == NULL)
        return NULL;
    mkdir(dir, 0700);
    n = scandir(dir, &names, is_chunk, alphasort);
    for (int i = 0; i < n; i++) {
        struct chunk *c = load(dir, names[i]->d_name);
        free(names[i]);
        if (c != NULL && c->len == 0) {
            storage_remove(c);
            chunk_free(c);
        } else if (c != NULL) {
            *end = c;
            end = &c->next;
        }
    }
    if (n >= 0)
        free(names);
    return list;
}
