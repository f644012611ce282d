/* The input proxy: loads the plugin, registers it and forwards the host's
 * callbacks, with the same sharing of one struct among instances. */
#include "host.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CANARY = 0xA5, CANARY_BYTES = 64 };

static void *symbol(struct proxy *p, const char *name)
{
    return dlsym(p->dso, name);
}

static struct flb_api *api_new(void)
{
    struct flb_api *a = calloc(1, sizeof(*a));

    a->input_get_property = flb_input_get_property;
    a->input_get_cmt_instance = flb_input_get_cmt_instance;
    a->log_print = flb_log_print;
    a->input_log_check = flb_input_log_check;
    return a;
}

/* def_new gives the plugin def_size bytes as the modelled host would, with a
 * canary behind them. */
static struct proxy_def *def_new(size_t def_size)
{
    unsigned char *m = malloc(sizeof(struct proxy_def) + CANARY_BYTES);

    memset(m, CANARY, sizeof(struct proxy_def) + CANARY_BYTES);
    memset(m, 0, def_size);
    return (struct proxy_def *)m;
}

static void def_check(const struct proxy_def *def, size_t def_size)
{
    const unsigned char *m = (const unsigned char *)def;

    for (size_t i = def_size; i < sizeof(*def) + CANARY_BYTES; i++) {
        if (m[i] != CANARY) {
            violation("FLBPluginRegister wrote byte %zu of a definition of %zu bytes", i, def_size);
            return;
        }
    }
}

static struct go_plugin *go_register(struct proxy *p)
{
    struct go_plugin *g = calloc(1, sizeof(*g));

    g->cb_init = symbol(p, "FLBPluginInit");
    if (g->cb_init == NULL) {
        host_log(LOG_LVL_ERROR, "[go proxy]: could not load FLBPluginInit symbol");
        free(g);
        return NULL;
    }
    g->cb_collect = symbol(p, "FLBPluginInputCallback");
    g->cb_collect_ctx = symbol(p, "FLBPluginInputCallbackCtx");
    g->cb_cleanup = symbol(p, "FLBPluginInputCleanupCallback");
    g->cb_cleanup_ctx = symbol(p, "FLBPluginInputCleanupCallbackCtx");
    g->cb_exit = symbol(p, "FLBPluginExit");
    g->name = strdup(p->def->name);
    return g;
}

static void proxy_register(struct proxy *p, const struct conf *c, bool reloading)
{
    int (*pre_register)(int) = symbol(p, "FLBPluginPreRegister");
    int (*reg)(struct proxy_def *) = symbol(p, "FLBPluginRegister");
    int ret;

    if (pre_register != NULL) {
        event("call fn=PreRegister arg=%d", reloading);
        if (pre_register(reloading) == -1)
            return;
    }
    if (reg == NULL)
        return;
    event("call fn=Register");
    ret = reg(p->def);
    def_check(p->def, c->def_size);
    event("registered ret=%d name=%s", ret, enc(ret == -1 ? "" : p->def->name));
    if (ret != -1 && p->def->type == PROXY_TYPE_INPUT && p->def->proxy == PROXY_LANG_GO && p->def->name != NULL)
        p->data = go_register(p);
}

/* proxy_load opens and registers a plugin. A plugin that refuses to
 * register still yields a proxy, one without a name: the visible error is
 * then that the input's plugin does not exist. */
struct proxy *proxy_load(const char *path, const struct conf *c, bool reloading)
{
    struct proxy *p = calloc(1, sizeof(*p));

    p->dso = dlopen(path, RTLD_LAZY);
    if (p->dso == NULL) {
        host_log(LOG_LVL_ERROR, "[proxy] error opening plugin %s: '%s'", path, dlerror());
        free(p);
        return NULL;
    }
    p->api = api_new();
    p->def = def_new(c->def_size);
    p->head.prev = p->head.next = &p->head;
    proxy_register(p, c, reloading);
    return p;
}

const char *proxy_name(const struct proxy *p)
{
    const struct go_plugin *g = p->data;

    return g == NULL ? "" : g->name;
}

void proxy_unload(struct proxy *p)
{
    struct go_plugin *g = p->data;
    void (*unregister)(struct proxy_def *) = symbol(p, "FLBPluginUnregister");

    if (g != NULL) {
        if (unregister != NULL) {
            event("call fn=Unregister");
            unregister(p->def);
        }
        free(g->name);
        free(g);
    }
    dlclose(p->dso);
    free(p->def);
    free(p->api);
    free(p);
}

void *proxy_context(struct proxy *p, bool old_layout)
{
    if (old_layout) {
        struct proxy_ctx_old *o = calloc(1, sizeof(*o));
        o->proxy = p;
        return o;
    }
    struct proxy_ctx *c = calloc(1, sizeof(*c));
    c->proxy = p;
    return c;
}

static int go_init(struct proxy *p, struct flb_input_instance *ins)
{
    struct go_plugin *g = p->data;
    int ret;

    p->instance = ins;
    g->api = p->api;
    g->i_ins = ins;
    g->context = ins->context;
    if (ins->engine->conf->init_delay_ms > 0) {
        struct timespec t = {ins->engine->conf->init_delay_ms / 1000,
                             (long)(ins->engine->conf->init_delay_ms % 1000) * 1000000};
        nanosleep(&t, NULL);
    }
    event("call fn=Init ins=%s", enc(ins->name));
    ret = g->cb_init(g);
    event("init ins=%s ret=%d", enc(ins->name), ret);
    if (ret <= 0) {
        host_log(LOG_LVL_ERROR, "[go proxy]: plugin '%s' failed to initialize", g->name);
        return -1;
    }
    return 0;
}

int proxy_init(struct flb_input_instance *ins)
{
    /* Hosts <= 4.0.14 take the proxy before Init and drop that context
     * afterwards; newer ones follow whatever Init left in it. */
    if (go_init(ins->proxy, ins) != 0)
        return -1;
    if (ins->engine->conf->old_layout) {
        struct proxy_ctx *c = calloc(1, sizeof(*c));
        c->proxy = ins->proxy;
        ins->context = c;
    }
    ((struct proxy_ctx *)ins->context)->coll_fd = 0; /* the collector's id */
    ins->has_collector = true;
    return 0;
}

static struct proxy *bound(struct flb_input_instance *ins)
{
    if (ins->engine->conf->old_layout)
        return ins->proxy;
    return ((struct proxy_ctx *)ins->context)->proxy;
}

static void note_call(struct flb_input_instance *ins, const char *fn, uint64_t *count)
{
    uint64_t n = 0;

    if (count != NULL) {
        pthread_mutex_lock(&ins->lock);
        n = ++*count;
        pthread_mutex_unlock(&ins->lock);
    }
    event("call fn=%s ins=%s n=%lu", fn, enc(ins->name), n);
}

void proxy_collect(struct flb_input_instance *ins)
{
    struct proxy_ctx *ctx = ins->context;
    struct go_plugin *g = bound(ins)->data;
    void *data = NULL;
    size_t len = 0;
    int ret;

    if (g->cb_collect_ctx != NULL && !ins->engine->conf->old_layout) {
        note_call(ins, "InputCallbackCtx", &ins->n.collects);
        ret = g->cb_collect_ctx(ctx->remote_context, &data, &len);
    } else if (g->cb_collect != NULL) {
        note_call(ins, "InputCallback", &ins->n.collects);
        ret = g->cb_collect(&data, &len);
    } else {
        violation("plugin has no collect callback: the host calls NULL");
        return;
    }
    if (len == 0) {
        if (data != NULL)
            violation("collect returned a buffer with length 0: it leaks");
        return;
    }
    if (ret == -1) {
        violation("collect returned -1 with a buffer: it leaks");
        return;
    }
    /* As in the host, the result is ignored: a refused buffer is lost. */
    flb_input_log_append(ins, NULL, 0, data, len);
    if (g->cb_cleanup_ctx != NULL && !ins->engine->conf->old_layout)
        g->cb_cleanup_ctx(ctx->remote_context, data);
    else if (g->cb_cleanup != NULL)
        g->cb_cleanup(data);
    else
        free(data);
}

void proxy_pause(struct flb_input_instance *ins)
{
    struct proxy *p = bound(ins);
    void (*fn)(void) = symbol(p, "FLBPluginInputPause");
    struct proxy_ctx *ctx = ins->context;

    note_call(ins, "InputPause", &ins->n.pauses);
    if (fn != NULL)
        fn();
    collector_stop(ins->has_collector ? ctx->coll_fd : 0, p->instance);
}

void proxy_resume(struct flb_input_instance *ins)
{
    struct proxy *p = bound(ins);
    void (*fn)(void) = symbol(p, "FLBPluginInputResume");
    struct proxy_ctx *ctx = ins->context;

    note_call(ins, "InputResume", &ins->n.resumes);
    if (fn != NULL)
        fn();
    collector_go(ctx->coll_fd, p->instance);
}

void proxy_pre_run(struct flb_input_instance *ins)
{
    int (*fn)(int) = symbol(bound(ins), "FLBPluginInputPreRun");

    if (fn != NULL) {
        note_call(ins, "InputPreRun", NULL);
        fn(ins->engine->conf->hot_reload);
    }
}

void proxy_exit(struct flb_input_instance *ins)
{
    struct proxy *p = bound(ins);
    struct go_plugin *g = p->data;
    void (*pre_exit)(int) = symbol(p, "FLBPluginInputPreExit");

    if (pre_exit != NULL) {
        note_call(ins, "InputPreExit", NULL);
        pre_exit(ins->engine->by_reload);
    }
    if (g->cb_exit != NULL) {
        note_call(ins, "Exit", NULL);
        g->cb_exit();
    }
    free(ins->context);
    ins->context = NULL;
}
