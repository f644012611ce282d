/* Reads the line configuration written by the Go package: one directive a
 * line, fields separated by one space, values percent-encoded. */
#include "host.h"

#include <stdlib.h>
#include <string.h>

static char *decode(const char *s)
{
    char *out = malloc(strlen(s) + 1), *w = out;

    for (; *s != '\0'; s++) {
        if (*s == '%' && s[1] != '\0' && s[2] != '\0') {
            char hex[3] = {s[1], s[2], '\0'};
            *w++ = (char)strtol(hex, NULL, 16);
            s += 2;
        } else {
            *w++ = *s;
        }
    }
    *w = '\0';
    return out;
}

static struct kv *kv_append(struct kv **list, const char *key, const char *val)
{
    struct kv *k = calloc(1, sizeof(*k));

    k->key = decode(key);
    k->val = decode(val);
    while (*list != NULL)
        list = &(*list)->next;
    return *list = k;
}

static void kv_free(struct kv *k)
{
    while (k != NULL) {
        struct kv *next = k->next;
        free(k->key);
        free(k->val);
        free(k);
        k = next;
    }
}

static void set(struct conf *c, const char *key, const char *val)
{
    long n = strtol(val, NULL, 10);

    if (strcmp(key, "tick_ms") == 0)
        c->tick_ms = n > 0 ? (unsigned)n : 1000;
    else if (strcmp(key, "flush_ms") == 0)
        c->flush_ms = n > 0 ? (unsigned)n : 1000;
    else if (strcmp(key, "grace") == 0)
        c->grace = (int)n;
    else if (strcmp(key, "hot_reload") == 0)
        c->hot_reload = n != 0;
    else if (strcmp(key, "reload_safety") == 0)
        c->reload_safety = n != 0;
    else if (strcmp(key, "old_layout") == 0)
        c->old_layout = n != 0;
    else if (strcmp(key, "def_size") == 0)
        c->def_size = (size_t)n;
    else if (strcmp(key, "init_delay_ms") == 0)
        c->init_delay_ms = (int)n;
    else if (strcmp(key, "log_level") == 0)
        host_log_level = (int)n;
    else if (strcmp(key, "refuse") == 0)
        atomic_store(&faults.refuse, n);
    else if (strcmp(key, "refuse_rate") == 0)
        atomic_store(&faults.refuse_rate, (unsigned)n);
    else if (strcmp(key, "seed") == 0)
        atomic_store(&faults.seed, (unsigned long)n);
    else if (strcmp(key, "stall") == 0)
        atomic_store(&faults.stall, n != 0);
    else if (strcmp(key, "disk_full") == 0)
        atomic_store(&faults.disk_full, n != 0);
    else if (strcmp(key, "storage_path") == 0) {
        free(c->storage_path);
        c->storage_path = decode(val);
    } else {
        host_log(LOG_LVL_WARN, "[abihost] unknown setting %s", key);
    }
}

static void set_input(struct input_conf *in, const char *key, const char *val)
{
    long n = strtol(val, NULL, 10);

    if (strcmp(key, "alias") == 0)
        in->alias = decode(val);
    else if (strcmp(key, "tag") == 0)
        in->tag = decode(val);
    else if (strcmp(key, "threaded") == 0)
        in->threaded = n != 0;
    else if (strcmp(key, "filesystem") == 0)
        in->filesystem = n != 0;
    else if (strcmp(key, "routable") == 0)
        in->routable = n != 0;
    else if (strcmp(key, "mem_buf_limit") == 0)
        in->mem_buf_limit = (size_t)n;
    else if (strcmp(key, "ring_slots") == 0)
        in->ring_slots = (unsigned)n;
    else if (strcmp(key, "log_level") == 0)
        in->log_level = (int)n;
    else
        host_log(LOG_LVL_WARN, "[abihost] unknown input setting %s", key);
}

static void directive(struct conf *c, char *line, struct input_conf **in, struct output_conf **out)
{
    char *save = NULL, *f[3] = {NULL, NULL, NULL};
    static char none[] = "";

    for (int i = 0; i < 3; i++) {
        f[i] = strtok_r(i == 0 ? line : NULL, " ", &save);
        if (f[i] == NULL)
            f[i] = none;
    }
    if (strcmp(f[0], "set") == 0) {
        set(c, f[1], f[2]);
    } else if (strcmp(f[0], "plugin") == 0) {
        kv_append(&c->plugins, f[1], "");
    } else if (strcmp(f[0], "input") == 0) {
        struct input_conf *n = calloc(1, sizeof(*n));
        n->plugin = decode(f[1]);
        n->threaded = true;
        n->routable = true;
        n->ring_slots = 1024;
        n->log_level = host_log_level;
        if (*in == NULL)
            c->inputs = n;
        else
            (*in)->next = n;
        *in = n;
    } else if (strcmp(f[0], "output") == 0) {
        struct output_conf *n = calloc(1, sizeof(*n));
        n->match = decode(f[1]);
        if (*out == NULL)
            c->outputs = n;
        else
            (*out)->next = n;
        *out = n;
    } else if (strcmp(f[0], "in") == 0 && *in != NULL) {
        set_input(*in, f[1], f[2]);
    } else if (strcmp(f[0], "prop") == 0 && *in != NULL) {
        kv_append(&(*in)->props, f[1], f[2]);
    } else if (f[0][0] != '\0') {
        host_log(LOG_LVL_WARN, "[abihost] unknown directive %s", f[0]);
    }
}

struct conf *conf_read(const char *path)
{
    struct conf *c;
    struct input_conf *in = NULL;
    struct output_conf *out = NULL;
    char *line = NULL;
    size_t cap = 0;
    FILE *f = fopen(path, "r");

    if (f == NULL) {
        host_log(LOG_LVL_ERROR, "[abihost] open configuration %s: %m", path);
        return NULL;
    }
    c = calloc(1, sizeof(*c));
    c->tick_ms = c->flush_ms = 1000;
    c->grace = 5;
    c->reload_safety = true;
    c->def_size = 32;
    while (getline(&line, &cap, f) >= 0) {
        line[strcspn(line, "\n")] = '\0';
        directive(c, line, &in, &out);
    }
    free(line);
    fclose(f);
    return c;
}

void conf_free(struct conf *c)
{
    for (struct input_conf *in = c->inputs, *next; in != NULL; in = next) {
        next = in->next;
        free(in->plugin);
        free(in->alias);
        free(in->tag);
        kv_free(in->props);
        free(in);
    }
    for (struct output_conf *o = c->outputs, *next; o != NULL; o = next) {
        next = o->next;
        free(o->match);
        free(o);
    }
    kv_free(c->plugins);
    free(c->storage_path);
    free(c);
}
