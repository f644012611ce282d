/* The engine: one generation of instances and its event loop. */
#include "host.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

/* The host drains rings every 250 ms of its 1000 ms second. */
enum { RING_DIVISOR = 4 };

static void report_state(struct engine *e, int state)
{
    pthread_mutex_lock(&e->lock);
    e->state = state;
    pthread_cond_broadcast(&e->cond);
    pthread_mutex_unlock(&e->lock);
}

/* ---- shutdown -------------------------------------------------------------- */

static void pause_all(struct engine *e)
{
    for (struct flb_input_instance *ins = e->inputs; ins != NULL; ins = ins->next)
        instance_pause(ins);
}

static void exit_reverse(struct engine *e, struct flb_input_instance *ins)
{
    if (ins == NULL)
        return;
    exit_reverse(e, ins->next);
    instance_exit(ins);
    instance_destroy(ins);
}

static void shutdown_engine(struct engine *e)
{
    e->running = false;
    e->ingesting = false;
    pause_all(e);
    e->outputs_gone = true;
    event("outputs-gone");
    exit_reverse(e, e->inputs);
    e->inputs = NULL;
    while (e->backlog != NULL) { /* stays on disk */
        struct chunk *c = e->backlog;
        e->backlog = c->next;
        chunk_free(c);
    }
    event("engine-end");
}

static void on_grace(struct ev *ev)
{
    struct engine *e = ev->data;
    unsigned tasks, chunks;

    ev_drain(ev);
    e->grace_count++;
    chunks = chunks_pending(e, &tasks);
    if (tasks + chunks > 0 && (e->grace < 0 || e->grace_count < e->grace)) {
        host_log(LOG_LVL_INFO, "[engine] pending chunk count: %u; grace_timer=%d", chunks, e->grace_count);
        chunks_flush(e);
        return;
    }
    host_log(LOG_LVL_INFO, "[engine] service has stopped (%u pending tasks)", tasks);
    ev_del(&e->loop, ev);
    shutdown_engine(e);
    e->state = 2;
}

/* engine_stop begins the orderly end: flush, pause, then a tick each host
 * second until nothing is pending or the grace period is over. */
void engine_stop(struct engine *e)
{
    if (!e->ingesting)
        return;
    event("stop grace=%d reload=%d", e->grace, e->by_reload);
    if (e->grace >= 0)
        host_log(LOG_LVL_WARN, "[engine] service will shutdown in max %d seconds", e->grace);
    else
        host_log(LOG_LVL_WARN, "[engine] service will shutdown when all remaining tasks are flushed");
    chunks_flush(e);
    e->ingesting = false;
    pause_all(e);
    ev_tick(&e->loop, &e->grace_timer, e->conf->tick_ms, on_grace, e);
}

/* ---- start ----------------------------------------------------------------- */

static void on_flush(struct ev *ev)
{
    ev_drain(ev);
    chunks_flush(ev->data);
}

static void drain_rings(struct ev *ev)
{
    struct engine *e = ev->data;

    ev_drain(ev);
    for (struct flb_input_instance *ins = e->inputs; ins != NULL; ins = ins->next) {
        if (ins->ring != NULL)
            ring_drain(ins);
    }
}

static void on_control(struct ev *ev)
{
    ev_drain(ev);
    control_run(ev->data);
}

static void unlink_instance(struct engine *e, struct flb_input_instance *gone)
{
    struct flb_input_instance **at = &e->inputs;

    while (*at != NULL && *at != gone)
        at = &(*at)->next;
    if (*at != NULL)
        *at = gone->next;
}

static int init_inputs(struct engine *e)
{
    struct flb_input_instance *ins, *next;

    for (ins = e->inputs; ins != NULL; ins = next) {
        next = ins->next;
        if (instance_init(ins) != 0) {
            host_log(LOG_LVL_ERROR, "[engine] input initialization failed");
            unlink_instance(e, ins);
            instance_destroy(ins);
            return -1;
        }
    }
    return 0;
}

static int begin(struct engine *e)
{
    struct conf *c = e->conf;
    struct flb_input_instance *ins;

    if (init_inputs(e) != 0)
        return -1;
    for (ins = e->inputs; ins != NULL; ins = ins->next)
        instance_pre_run(ins);
    for (ins = e->inputs; ins != NULL; ins = ins->next) {
        if (ins->worker != NULL)
            worker_send(ins, 's');
        else
            instance_start(ins);
    }
    e->backlog = storage_backlog(c->storage_path);
    ev_tick(&e->loop, &e->flush_timer, c->flush_ms, on_flush, e);
    ev_tick(&e->loop, &e->ring_timer, c->tick_ms >= RING_DIVISOR ? c->tick_ms / RING_DIVISOR : 1, drain_rings, e);
    ev_add(&e->loop, &e->ring_ev, e->ring_fd, drain_rings, e);
    ev_add(&e->loop, &e->control_ev, e->control_fd, on_control, e);
    control_attach(e);
    return 0;
}

static void *engine_main(void *arg)
{
    struct engine *e = arg;

    prctl(PR_SET_NAME, "flb-pipeline");
    sched_set(&e->sched);
    if (begin(e) != 0) {
        shutdown_engine(e);
        report_state(e, -1);
        return NULL;
    }
    event("started");
    report_state(e, 1);
    while (e->state != 2)
        evloop_once(&e->loop);
    control_attach(NULL);
    return NULL;
}

static struct proxy *find_proxy(struct engine *e, const char *name)
{
    for (unsigned i = 0; i < e->n_proxies; i++) {
        if (strcasecmp(proxy_name(e->proxies[i]), name) == 0)
            return e->proxies[i];
    }
    return NULL;
}

/* engine_new loads the plugins and creates the instances, without running
 * anything yet: on a reload the old generation is still at work. */
struct engine *engine_new(struct conf *c, bool reloading)
{
    struct engine *e = calloc(1, sizeof(*e));
    struct flb_input_instance **end = &e->inputs;
    int id[16] = {0};

    e->conf = c;
    e->grace = c->grace;
    e->running = e->ingesting = true;
    pthread_mutex_init(&e->lock, NULL);
    pthread_cond_init(&e->cond, NULL);
    evloop_init(&e->loop);
    e->sched.loop = &e->loop;
    e->control_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    e->ring_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    atomic_store(&e->grace_timer.fd, -1);
    for (struct kv *p = c->plugins; p != NULL && e->n_proxies < 16; p = p->next) {
        struct proxy *x = proxy_load(p->key, c, reloading);
        if (x == NULL)
            return NULL;
        e->proxies[e->n_proxies++] = x;
    }
    for (struct input_conf *in = c->inputs; in != NULL; in = in->next) {
        struct proxy *p = find_proxy(e, in->plugin);
        unsigned i = 0;
        if (p == NULL) {
            host_log(LOG_LVL_ERROR, "[config] tried to instance a plugin name that doesn't exist: '%s'", in->plugin);
            return NULL;
        }
        while (e->proxies[i] != p)
            i++;
        *end = instance_new(e, in, p, id[i]++);
        end = &(*end)->next;
    }
    return e;
}

int engine_start(struct engine *e)
{
    int state;

    if (pthread_create(&e->thread, NULL, engine_main, e) != 0)
        return -1;
    pthread_mutex_lock(&e->lock);
    while (e->state == 0)
        pthread_cond_wait(&e->cond, &e->lock);
    state = e->state;
    pthread_mutex_unlock(&e->lock);
    return state < 0 ? -1 : 0;
}

void engine_join(struct engine *e)
{
    pthread_join(e->thread, NULL);
}

/* engine_free unregisters the plugins. The struct itself stays: instances
 * of this generation still point to it when a late call must be reported. */
void engine_free(struct engine *e)
{
    evloop_close(&e->loop);
    close(e->control_fd);
    close(e->ring_fd);
    for (unsigned i = 0; i < e->n_proxies; i++)
        proxy_unload(e->proxies[i]);
    e->n_proxies = 0;
}
