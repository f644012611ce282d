#include "host.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

int evloop_init(struct evloop *l)
{
    l->timers = NULL;
    l->epfd = epoll_create1(EPOLL_CLOEXEC);
    return l->epfd < 0 ? -1 : 0;
}

void evloop_close(struct evloop *l)
{
    sched_free_timers(l);
    close(l->epfd);
}

void evloop_once(struct evloop *l)
{
    struct epoll_event got[64];
    int n = epoll_wait(l->epfd, got, 64, -1);

    for (int i = 0; i < n; i++) {
        struct ev *e = got[i].data.ptr;
        /* A callback earlier in this batch may have removed it. */
        if (atomic_load(&e->fd) >= 0)
            e->fn(e);
    }
}

int ev_add(struct evloop *l, struct ev *e, int fd, void (*fn)(struct ev *), void *data)
{
    struct epoll_event want = {.events = EPOLLIN, .data.ptr = e};

    e->fn = fn;
    e->data = data;
    atomic_store(&e->fd, fd);
    if (epoll_ctl(l->epfd, EPOLL_CTL_ADD, fd, &want) != 0) {
        atomic_store(&e->fd, -1);
        return -1;
    }
    return 0;
}

void ev_del(struct evloop *l, struct ev *e)
{
    int fd = atomic_exchange(&e->fd, -1);

    if (fd >= 0) {
        epoll_ctl(l->epfd, EPOLL_CTL_DEL, fd, NULL);
        close(fd);
    }
}

static int arm(struct evloop *l, struct ev *e, struct itimerspec *its, void (*fn)(struct ev *), void *data)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);

    if (fd < 0)
        return -1;
    if (timerfd_settime(fd, TFD_TIMER_ABSTIME, its, NULL) != 0 || ev_add(l, e, fd, fn, data) != 0) {
        close(fd);
        return -1;
    }
    return 0;
}

static struct timespec from_ms(uint64_t ms)
{
    struct timespec t = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
    return t;
}

int ev_tick(struct evloop *l, struct ev *e, unsigned period_ms, void (*fn)(struct ev *), void *data)
{
    uint64_t ms = now_ns() / 1000000;
    struct itimerspec its = {
        .it_value = from_ms((ms / period_ms + 1) * period_ms),
        .it_interval = from_ms(period_ms),
    };
    return arm(l, e, &its, fn, data);
}

int ev_timer(struct evloop *l, struct ev *e, unsigned ms, void (*fn)(struct ev *), void *data)
{
    struct itimerspec its = {
        .it_value = {.tv_sec = (time_t)(now_ns() / 1000000000 + ms / 1000)},
        .it_interval = from_ms(ms),
    };
    return arm(l, e, &its, fn, data);
}

void ev_drain(struct ev *e)
{
    uint64_t n;
    int fd = atomic_load(&e->fd);

    if (fd >= 0 && read(fd, &n, sizeof(n)) < 0 && errno != EAGAIN)
        host_log(LOG_LVL_ERROR, "[abihost] read event counter: errno %d", errno);
}
