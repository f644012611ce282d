#include "layout.h"

#include <stdlib.h>
#include <string.h>

/* The registration up to its 32nd byte. Newer hosts have more fields behind
 * it; hosts up to 4.2 allocate exactly these, so nothing beyond is touched. */
struct registration {
    int type;
    int proxy;
    int flags;
    char *name;
    char *description;
};

enum { TYPE_INPUT = 1, PROXY_GO = 11 };

/* The head of the struct that FLBPluginInit receives. */
struct plugin {
    char *name;
    void *api;
    void *ins;
    void *context;
};

struct proxy {
    void *def;
    void *api;
    void *instance;
    void *dso;
    void *data;
    void *list[2];
};

/* An instance's context since 4.1.0. Before, it was only {remote, proxy}. */
struct context {
    int collector;
    void *remote;
    struct proxy *proxy;
};

int ssa_layout_register(void *def, const char *name, const char *description)
{
    struct registration *r = def;

    r->type = TYPE_INPUT;
    r->proxy = PROXY_GO;
    r->flags = 0;
    r->name = strdup(name);
    r->description = strdup(description);
    if (!r->name || !r->description) {
        ssa_layout_unregister(def);
        return -1;
    }
    return 0;
}

void ssa_layout_unregister(void *def)
{
    struct registration *r = def;

    free(r->name);
    free(r->description);
    r->name = NULL;
    r->description = NULL;
}

void ssa_layout_handles(void *plugin, struct ssa_handles *out)
{
    const struct plugin *p = plugin;

    out->api = p->api;
    out->ins = p->ins;
    out->context = p->context;
}

static int isolate(void *plugin, const struct ssa_handles *h,
                   struct context *c)
{
    struct proxy *p = c->proxy, *own;

    if (p == NULL || p->api != h->api || p->instance != h->ins ||
        p->data != plugin) {
        return 0;
    }
    own = malloc(sizeof(*own));
    if (own == NULL) {
        return 0;
    }
    memcpy(own, p, sizeof(*own));
    /* Never freed: the host reads it until after Exit and frees only the
     * context that points to it. */
    c->proxy = own;
    return SSA_ISOLATED;
}

int ssa_layout_bind(void *plugin, const struct ssa_handles *h, void *remote)
{
    struct context *c = h->context;

    /* During Init the second word is the still empty remote context on hosts
     * with the three-word context, and the proxy, never NULL, on those with
     * two. */
    if (c == NULL || c->remote != NULL) {
        return 0;
    }
    c->remote = remote;
    return SSA_CONTEXT | isolate(plugin, h, c);
}
