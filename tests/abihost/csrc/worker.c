/* The thread of a threaded instance: all its callbacks run there. */
#include "host.h"

#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

struct worker {
    pthread_t thread;
    struct evloop loop;
    struct flb_sched sched;
    struct ev ops;
    int pipe_w, pipe_r;
    int status; /* 0 starting, 1 ready, -1 failed */
    bool exit;
    pthread_mutex_t lock;
    pthread_cond_t cond;
};

static void set_status(struct worker *w, int status)
{
    pthread_mutex_lock(&w->lock);
    w->status = status;
    pthread_cond_broadcast(&w->cond);
    pthread_mutex_unlock(&w->lock);
}

static void on_op(struct ev *e)
{
    struct flb_input_instance *ins = e->data;
    char op;

    if (read(atomic_load(&e->fd), &op, 1) != 1)
        return;
    if (op == 'p')
        proxy_pause(ins);
    else if (op == 'r')
        proxy_resume(ins);
    else if (op == 'x')
        ins->worker->exit = true;
}

/* start_signal waits for the engine's go. Any other message ends the thread
 * without an Exit, as the host's does when a later instance fails to start. */
static bool start_signal(struct flb_input_instance *ins)
{
    char op;

    if (read(ins->worker->pipe_r, &op, 1) == 1 && op == 's')
        return true;
    host_log(LOG_LVL_ERROR, "[input] %s: wrong event instead of start", ins->name);
    return false;
}

static void *run(void *arg)
{
    struct flb_input_instance *ins = arg;
    struct worker *w = ins->worker;
    char name[16];

    snprintf(name, sizeof(name), "flb-in-%.8s", ins->name);
    prctl(PR_SET_NAME, name);
    sched_set(&w->sched);
    if (proxy_init(ins) == -1) {
        host_log(LOG_LVL_ERROR, "failed initialize input %s", flb_input_name(ins));
        set_status(w, -1);
        return NULL;
    }
    set_status(w, 1);
    if (!start_signal(ins))
        return NULL;
    ev_add(&w->loop, &w->ops, w->pipe_r, on_op, ins);
    instance_start(ins);
    proxy_pre_run(ins);
    while (!w->exit)
        evloop_once(&w->loop);
    proxy_exit(ins);
    return NULL;
}

int worker_init(struct flb_input_instance *ins)
{
    struct worker *w = calloc(1, sizeof(*w));
    int fds[2], status;

    if (evloop_init(&w->loop) != 0 || pipe(fds) != 0) {
        free(w);
        return -1;
    }
    w->pipe_r = fds[0];
    w->pipe_w = fds[1];
    atomic_store(&w->ops.fd, -1);
    w->sched.loop = &w->loop;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->cond, NULL);
    ins->worker = w;
    ins->sched = &w->sched;
    ins->coll.loop = &w->loop;
    if (pthread_create(&w->thread, NULL, run, ins) != 0)
        return -1;
    pthread_mutex_lock(&w->lock);
    while (w->status == 0)
        pthread_cond_wait(&w->cond, &w->lock);
    status = w->status;
    pthread_mutex_unlock(&w->lock);
    if (status < 0) {
        host_log(LOG_LVL_ERROR, "[input] %s: could not initialize threaded plugin instance", ins->name);
        worker_join(ins);
        return -1;
    }
    host_log(LOG_LVL_INFO, "[input:%s] thread instance initialized", ins->name);
    return 0;
}

void worker_send(struct flb_input_instance *ins, char op)
{
    write_all(ins->worker->pipe_w, &op, 1);
}

void worker_join(struct flb_input_instance *ins)
{
    struct worker *w = ins->worker;

    pthread_join(w->thread, NULL);
    ev_del(&w->loop, &ins->coll.timer);
    evloop_close(&w->loop);
    close(w->pipe_w);
    ins->worker = NULL;
    free(w);
}
