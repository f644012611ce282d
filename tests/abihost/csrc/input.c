/* Input instances: life, collectors, pause and resume, and the functions a
 * plugin reaches through struct flb_api or dlsym. */
#include "host.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static pthread_mutex_t all_lock = PTHREAD_MUTEX_INITIALIZER;
static struct flb_input_instance *all;

struct flb_input_instance *instance_new(struct engine *e, struct input_conf *c, struct proxy *p, int id)
{
    struct flb_input_instance *ins = calloc(1, sizeof(*ins));

    snprintf(ins->name, sizeof(ins->name), "%s.%d", proxy_name(p), id);
    ins->id = id;
    ins->conf = c;
    ins->proxy = p;
    ins->engine = e;
    ins->context = proxy_context(p, e->conf->old_layout);
    ins->alive = true;
    ins->cmt = cmt_create();
    atomic_store(&ins->coll.timer.fd, -1);
    pthread_mutex_init(&ins->lock, NULL);
    if (c->threaded)
        ins->ring = ring_new(c->ring_slots);
    pthread_mutex_lock(&all_lock);
    ins->all = all;
    all = ins;
    pthread_mutex_unlock(&all_lock);
    return ins;
}

/* instance_known catches what would be a use after free in the real host. */
bool instance_known(struct flb_input_instance *ins, const char *what)
{
    struct flb_input_instance *i;

    pthread_mutex_lock(&all_lock);
    for (i = all; i != NULL && i != ins; i = i->all)
        ;
    pthread_mutex_unlock(&all_lock);
    if (i == NULL) {
        violation("%s: not an instance: %p", what, (void *)ins);
        return false;
    }
    if (!i->alive) {
        violation("%s: instance %s is gone", what, i->name);
        return false;
    }
    return true;
}

/* ---- collector -------------------------------------------------------- */

static void on_collect(struct ev *e)
{
    struct flb_input_instance *ins = e->data;

    ev_drain(e);
    proxy_collect(ins);
}

static int collector_arm(struct flb_input_instance *ins)
{
    return ev_tick(ins->coll.loop, &ins->coll.timer, ins->engine->conf->tick_ms, on_collect, ins);
}

void instance_start(struct flb_input_instance *ins)
{
    if (ins->has_collector && collector_arm(ins) == 0)
        atomic_store(&ins->coll.running, true);
}

static bool has_collector(int id, struct flb_input_instance *ins)
{
    return id == 0 && ins->has_collector;
}

int flb_input_collector_running(int id, struct flb_input_instance *ins)
{
    return instance_known(ins, "flb_input_collector_running") && has_collector(id, ins) &&
           atomic_load(&ins->coll.running);
}

/* collector_stop and collector_go are the host's own calls. They accept an
 * instance that is gone: the shared proxy may still point to one while
 * another instance's thread works off its last pause. */
int collector_stop(int id, struct flb_input_instance *ins)
{
    if (!ins->alive || !has_collector(id, ins))
        return -1;
    if (atomic_exchange(&ins->coll.running, false))
        ev_del(ins->coll.loop, &ins->coll.timer);
    return 0;
}

int collector_go(int id, struct flb_input_instance *ins)
{
    if (!ins->alive || !has_collector(id, ins))
        return -1;
    if (atomic_load(&ins->coll.running)) {
        host_log(LOG_LVL_ERROR, "[input] cannot resume collector %s:%d, already running", ins->name, id);
        event("already-running ins=%s", ins->name);
        return -1;
    }
    if (!ins->engine->ingesting)
        return 0;
    if (collector_arm(ins) != 0)
        return -1;
    atomic_store(&ins->coll.running, true);
    return 0;
}

int flb_input_collector_pause(int id, struct flb_input_instance *ins)
{
    return instance_known(ins, "flb_input_collector_pause") ? collector_stop(id, ins) : -1;
}

int flb_input_collector_resume(int id, struct flb_input_instance *ins)
{
    return instance_known(ins, "flb_input_collector_resume") ? collector_go(id, ins) : -1;
}

/* ---- life -------------------------------------------------------------- */

int instance_init(struct flb_input_instance *ins)
{
    if (ins->conf->threaded)
        return worker_init(ins);
    ins->sched = &ins->engine->sched;
    ins->coll.loop = &ins->engine->loop;
    return proxy_init(ins);
}

void instance_pre_run(struct flb_input_instance *ins)
{
    if (ins->worker == NULL)
        proxy_pre_run(ins); /* a worker calls it after its collectors start */
}

int instance_pause(struct flb_input_instance *ins)
{
    if (ins->mem_paused)
        return -1;
    if (ins->conf->threaded) {
        if (ins->worker != NULL) /* else its thread never started */
            worker_send(ins, 'p');
        return 0;
    }
    host_log(LOG_LVL_INFO, "[input] pausing %s", flb_input_name(ins));
    proxy_pause(ins);
    return 0;
}

int instance_resume(struct flb_input_instance *ins)
{
    if (ins->worker != NULL) {
        worker_send(ins, 'r');
        return 0;
    }
    host_log(LOG_LVL_INFO, "[input] resume %s", flb_input_name(ins));
    proxy_resume(ins);
    return 0;
}

void instance_exit(struct flb_input_instance *ins)
{
    if (ins->worker != NULL) {
        worker_send(ins, 'x');
        worker_join(ins);
    } else if (!ins->conf->threaded) {
        proxy_exit(ins);
    }
}

void instance_report(struct flb_input_instance *ins)
{
    struct counts n;

    pthread_mutex_lock(&ins->lock);
    n = ins->n;
    pthread_mutex_unlock(&ins->lock);
    event("counts ins=%s alias=%s appends=%lu accepted=%lu rejected=%lu malformed=%lu markers=%lu records=%lu "
          "bytes=%lu collects=%lu pauses=%lu resumes=%lu dropped=%lu unmatched=%lu ring_dropped=%lu ring_lost=%lu "
          "lost_bytes=%lu",
          enc(ins->name), enc(ins->conf->alias), n.appends, n.accepted, n.rejected, n.malformed, n.markers,
          n.records, n.bytes, n.collects, n.pauses, n.resumes, n.dropped, n.unmatched, n.ring_dropped, n.ring_lost,
          n.lost_bytes);
    cmt_report(ins->cmt, ins->name);
}

/* instance_destroy ends the instance's life. Its memory stays, so that a
 * late use by the plugin is reported instead of crashing somewhere else. */
void instance_destroy(struct flb_input_instance *ins)
{
    chunks_drop(ins);
    if (ins->ring != NULL)
        ring_free(ins);
    ev_del(&ins->engine->loop, &ins->coll.timer);
    instance_report(ins);
    cmt_retire(ins->cmt);
    ins->alive = false;
    ins->conf = NULL;
}

/* ---- what the plugin calls ---------------------------------------------- */

const char *flb_input_name(struct flb_input_instance *ins)
{
    if (!instance_known(ins, "flb_input_name"))
        return NULL;
    return ins->conf->alias != NULL ? ins->conf->alias : ins->name;
}

const char *flb_input_get_property(const char *key, struct flb_input_instance *ins)
{
    if (key == NULL || !instance_known(ins, "input_get_property"))
        return NULL;
    for (struct kv *k = ins->conf->props; k != NULL; k = k->next) {
        if (strcasecmp(k->key, key) == 0)
            return k->val[0] != '\0' ? k->val : NULL;
    }
    return NULL;
}

void *flb_input_get_cmt_instance(struct flb_input_instance *ins)
{
    return instance_known(ins, "input_get_cmt_instance") ? ins->cmt : NULL;
}

int flb_input_log_check(struct flb_input_instance *ins, int level)
{
    return instance_known(ins, "input_log_check") && ins->conf->log_level >= level;
}
