/*
 * A small input plugin for the tests of abihost. It also runs in Fluent Bit.
 *
 * Keys of an input:
 *   id            label in records and trace
 *   mode          pump (timer and append), return (buffer from the collect
 *                 callback), none
 *   count, batch  records in all, records per append
 *   bad           bytes (hex) to put behind the first batch
 *   hex           bytes (hex) to append once instead of records
 *   ignore_pause  on: the pump goes on while paused
 *   proxy_copy    on: a private proxy per instance
 *   misuse        thread, timer, late, metric
 *   fail          on: Init fails
 * The trace of calls goes to the file $TRACE_FILE, the checkpoint (records
 * accepted so far) of an input with key state to that file.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../csrc/abi.h"

typedef int append_fn(void *, const char *, size_t, const void *, size_t);
typedef int running_fn(int, void *);
typedef void *sched_fn(void);
typedef int timer_fn(void *, int, int, void (*)(void *, void *), void *, void **);
typedef void *counter_create_fn(void *, const char *, const char *, const char *, const char *, int, char **);
typedef int counter_add_fn(void *, uint64_t, double, int, char **);

struct state {
    char id[32], mode[16], bad[256], misuse[16], state[512], *hex;
    long next, count, batch;
    int ignore_pause;
    const struct flb_api *api;
    void *ins, *counter;
    struct state *link;
};

static struct state *states;

static void *sym(const char *name)
{
    return dlsym(RTLD_DEFAULT, name);
}

static void trace(const char *fmt, const char *arg, long n)
{
    const char *path = getenv("TRACE_FILE");
    char line[256];
    int fd;

    if (path == NULL)
        return;
    fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (fd < 0)
        return;
    snprintf(line, sizeof(line), fmt, arg, n);
    strncat(line, "\n", sizeof(line) - strlen(line) - 1);
    if (write(fd, line, strlen(line)) < 0)
        abort();
    close(fd);
}

/* ---- msgpack ------------------------------------------------------------- */

struct buf {
    unsigned char *p;
    size_t n;
};

static void put(struct buf *b, const void *data, size_t n)
{
    b->p = realloc(b->p, b->n + n);
    memcpy(b->p + b->n, data, n);
    b->n += n;
}

static void put_record(struct buf *b, const char *id, uint32_t n)
{
    unsigned char head[] = {0x92, 0x92, 0xd7, 0x00, 0x65, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x82};
    unsigned char num[5] = {0xce, n >> 24, n >> 16, n >> 8, n};
    unsigned char len = 0xa0 | strlen(id);

    put(b, head, sizeof(head));
    put(b, "\xa2id", 3);
    put(b, &len, 1);
    put(b, id, strlen(id));
    put(b, "\xa1n", 2);
    put(b, num, sizeof(num));
}

/* ---- pump ------------------------------------------------------------------ */

static void checkpoint(const struct state *s)
{
    char text[32];
    int fd;

    if (s->state[0] == '\0')
        return;
    fd = open(s->state, O_WRONLY | O_CREAT, 0600);
    snprintf(text, sizeof(text), "%-20ld", s->next);
    if (fd < 0 || pwrite(fd, text, strlen(text), 0) < 0)
        abort();
    close(fd);
}

static void put_hex(struct buf *b, const char *hex)
{
    unsigned v;

    for (; sscanf(hex, "%2x", &v) == 1; hex += 2)
        put(b, &(unsigned char){(unsigned char)v}, 1);
}

static struct buf batch(const struct state *s, long *n)
{
    struct buf b = {0};

    if (s->hex != NULL) {
        *n = s->count;
        put_hex(&b, s->hex);
        return b;
    }
    for (*n = 0; *n < s->batch && s->next + *n < s->count; ++*n)
        put_record(&b, s->id, (uint32_t)(s->next + *n));
    if (s->next == 0 && *n > 0)
        put_hex(&b, s->bad);
    return b;
}

static void pump(struct state *s)
{
    append_fn *append = (append_fn *)sym("flb_input_log_append");
    running_fn *running = (running_fn *)sym("flb_input_collector_running");
    counter_add_fn *add = (counter_add_fn *)sym("cmt_counter_add");
    long n;
    struct buf b;

    if (strcmp(s->mode, "pump") != 0 || s->next >= s->count)
        return;
    if (!s->ignore_pause && !running(0, s->ins))
        return;
    b = batch(s, &n);
    if (append(s->ins, NULL, 0, b.p, b.n) == 0) {
        s->next += n;
        checkpoint(s);
        if (s->counter != NULL)
            add(s->counter, 0, (double)n, 1, (char *[]){s->id});
    } else {
        trace("refused %s", s->id, 0);
    }
    free(b.p);
}

static void on_timer(void *config, void *data)
{
    (void)config;
    pump(data);
}

static void *misuse_thread(void *arg)
{
    struct state *s = arg;
    append_fn *append = (append_fn *)sym("flb_input_log_append");
    struct buf b = {0};

    put_record(&b, s->id, 0);
    append(s->ins, NULL, 0, b.p, b.n);
    free(b.p);
    return NULL;
}

/* ---- plugin ------------------------------------------------------------------ */

int FLBPluginPreRegister(int hot)
{
    trace("PreRegister%s %ld", "", hot);
    return 0;
}

int FLBPluginRegister(struct proxy_def *def)
{
    trace("Register%s", "", 0);
    def->type = PROXY_TYPE_INPUT;
    def->proxy = PROXY_LANG_GO;
    def->flags = 0;
    def->name = strdup("abitest");
    def->description = strdup("test input");
#ifdef WRITE_EVENT_TYPE
    def->event_type = 0;
#endif
    return 0;
}

static const char *get(struct go_plugin *p, const char *key, const char *fallback)
{
    const struct flb_api *api = p->api;
    const char *v = api->input_get_property(key, p->i_ins);

    return v != NULL ? v : fallback;
}

static void set_context(struct go_plugin *p, struct state *s)
{
    void **at = (void **)p->context;

    if (at[1] == NULL) /* hosts >= 4.1: {id, remote context, proxy} */
        at[1] = s;
}

static void copy_proxy(struct go_plugin *p)
{
    struct proxy_ctx *ctx = p->context;
    struct proxy *copy = malloc(sizeof(*copy));

    *copy = *ctx->proxy;
    ctx->proxy = copy;
}

static void on_segv(int sig)
{
    (void)sig;
}

static void segv(void)
{
    struct sigaction now;

    sigaction(SIGSEGV, NULL, &now);
    trace("segv %s", now.sa_handler == on_segv ? "mine" : "host", 0);
    signal(SIGSEGV, on_segv);
}

static void misuse(struct state *s)
{
    timer_fn *timer = (timer_fn *)sym("flb_sched_timer_cb_create");
    pthread_t t;

    if (strcmp(s->misuse, "timer") == 0)
        timer(NULL, TIMER_PERM, 5, on_timer, s, NULL);
    if (strcmp(s->misuse, "thread") == 0 && pthread_create(&t, NULL, misuse_thread, s) == 0)
        pthread_join(t, NULL);
}

int FLBPluginInit(struct go_plugin *p)
{
    timer_fn *timer = (timer_fn *)sym("flb_sched_timer_cb_create");
    sched_fn *sched = (sched_fn *)sym("flb_sched_ctx_get");
    counter_create_fn *create = (counter_create_fn *)sym("cmt_counter_create");
    struct state *s = calloc(1, sizeof(*s));
    FILE *f;

    snprintf(s->id, sizeof(s->id), "%s", get(p, "id", "x"));
    snprintf(s->mode, sizeof(s->mode), "%s", get(p, "mode", "none"));
    snprintf(s->bad, sizeof(s->bad), "%s", get(p, "bad", ""));
    snprintf(s->misuse, sizeof(s->misuse), "%s", get(p, "misuse", ""));
    snprintf(s->state, sizeof(s->state), "%s", get(p, "state", ""));
    if (get(p, "hex", NULL) != NULL)
        s->hex = strdup(get(p, "hex", NULL));
    s->count = atol(get(p, "count", "1000000000"));
    s->batch = atol(get(p, "batch", "10"));
    s->ignore_pause = strcmp(get(p, "ignore_pause", "off"), "on") == 0;
    s->api = p->api;
    s->ins = p->i_ins;
    f = s->state[0] != '\0' ? fopen(s->state, "r") : NULL;
    if (f != NULL) {
        if (fscanf(f, "%ld", &s->next) != 1)
            s->next = 0;
        fclose(f);
    }
    trace("Init %s", s->id, 0);
    segv();
    if (strcmp(get(p, "fail", "off"), "on") == 0)
        return 0;
    s->api->log_print(LOG_LVL_INFO, NULL, 0, "[abitest] %s is up", s->id);
    set_context(p, s);
    if (strcmp(get(p, "proxy_copy", "off"), "on") == 0)
        copy_proxy(p);
    if (strcmp(get(p, "metric", "off"), "on") == 0) {
        s->counter = create(s->api->input_get_cmt_instance(s->ins), "fluentbit", "input_abitest", "records_total",
                            "Records.", 1, (char *[]){"name"});
    }
    timer(sched(), TIMER_PERM, 5, on_timer, s, NULL);
    misuse(s);
    s->link = states;
    states = s;
    return 1;
}

static int give(struct state *s, void **data, size_t *size)
{
    struct buf b;
    long n;

    *data = NULL;
    *size = 0;
    if (strcmp(s->mode, "return") != 0 || s->next >= s->count)
        return 0;
    b = batch(s, &n);
    s->next += n;
    *data = b.p;
    *size = b.n;
    trace("Collect %s", s->id, 0);
    return 0;
}

#ifndef NO_CTX
int FLBPluginInputCallbackCtx(void *ctx, void **data, size_t *size)
{
    return give(ctx, data, size);
}

int FLBPluginInputCleanupCallbackCtx(void *ctx, void *data)
{
    trace("Cleanup %s", ((struct state *)ctx)->id, 0);
    free(data);
    return 0;
}
#endif

int FLBPluginInputCallback(void **data, size_t *size)
{
    return give(states, data, size);
}

int FLBPluginInputCleanupCallback(void *data)
{
    trace("Cleanup%s", "", 0);
    free(data);
    return 0;
}

void FLBPluginInputPause(void)
{
    trace("Pause%s", "", 0);
}

void FLBPluginInputResume(void)
{
    trace("Resume%s", "", 0);
}

int FLBPluginInputPreRun(int hot)
{
    trace("PreRun%s %ld", "", hot);
    return 0;
}

void FLBPluginInputPreExit(int hot)
{
    trace("PreExit%s %ld", "", hot);
}

int FLBPluginExit(void)
{
    trace("Exit%s", "", 0);
    return 0;
}

static void late(void)
{
    counter_add_fn *add = (counter_add_fn *)sym("cmt_counter_add");

    for (struct state *s = states; s != NULL; s = s->link) {
        if (strcmp(s->misuse, "late") == 0)
            misuse_thread(s);
        if (strcmp(s->misuse, "metric") == 0)
            add(s->counter, 0, 1, 1, (char *[]){s->id});
    }
}

void FLBPluginUnregister(struct proxy_def *def)
{
    trace("Unregister%s", "", 0);
    late();
    free(def->name);
    free(def->description);
}
