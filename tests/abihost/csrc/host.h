/*
 * abihost: a stand-in for Fluent Bit that loads a Go-style input plugin and
 * drives it the way the real input proxy does. Shared declarations.
 *
 * The host has one main thread (signals, reload), one control thread, one
 * engine thread per generation and one thread per threaded input instance.
 */
#ifndef ABIHOST_HOST_H
#define ABIHOST_HOST_H

#define _GNU_SOURCE
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "abi.h"
#include "evloop.h"
#include "exports.h"
#include "mpcheck.h"

/* File descriptors the parent process hands over. */
enum { FD_CONTROL = 3, FD_EVENTS = 4, FD_RECORDS = 5 };

/* A chunk that exceeds this many bytes takes no further append. */
#define CHUNK_CLOSE_BYTES 2048000

/* ---- configuration (conf.c) ------------------------------------------ */

struct kv {
    char *key;
    char *val;
    struct kv *next;
};

struct input_conf {
    char *plugin, *alias, *tag;
    bool threaded, filesystem, routable;
    size_t mem_buf_limit; /* bytes, 0 = no limit */
    unsigned ring_slots;
    int log_level;
    struct kv *props;
    struct input_conf *next;
};

struct output_conf {
    char *match;
    struct output_conf *next;
};

struct conf {
    unsigned tick_ms;    /* length of one host second */
    unsigned flush_ms;   /* flush period */
    int grace;           /* host seconds, -1 = wait for ever */
    bool hot_reload;
    bool reload_safety;  /* reload waits for every chunk (grace -1) */
    bool old_layout;     /* contexts as in hosts <= 4.0.14 */
    size_t def_size;     /* bytes given to FLBPluginRegister */
    char *storage_path;
    int init_delay_ms;   /* slow Init: wait before calling it */
    struct kv *plugins;  /* key = path */
    struct input_conf *inputs;
    struct output_conf *outputs;
};

struct conf *conf_read(const char *path);
void conf_free(struct conf *c);

/* ---- faults and control (control.c) ---------------------------------- */

struct faults {
    atomic_bool stall;       /* outputs take nothing */
    atomic_bool disk_full;   /* filesystem appends fail */
    atomic_long refuse;      /* appends still to refuse, -1 = all */
    atomic_uint refuse_rate; /* refused appends per 1000, pseudo-random */
    atomic_ulong seed;
};
extern struct faults faults;
struct engine;
void control_start(void);
void control_attach(struct engine *e);
void control_run(struct engine *e);
bool fault_refuse(void);

/* ---- logging and events (log.c) -------------------------------------- */

extern int host_log_level;
void host_log(int level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* event writes one line "name key=value ..." to the parent; values are
 * percent-encoded by the caller through enc(). */
void event(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* enc percent-encodes into a per-thread rotating buffer. */
const char *enc(const char *s);
/* violation reports a breach of the host's contract by the plugin. */
void violation(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void write_all(int fd, const void *buf, size_t n);
uint64_t now_ns(void);

/* ---- instances (input.c, thread.c) ----------------------------------- */

struct counts {
    uint64_t appends, accepted, rejected, malformed, markers, records, bytes;
    uint64_t collects, pauses, resumes, dropped, unmatched, ring_dropped, ring_lost, lost_bytes;
};

struct collector {
    struct ev timer;
    struct evloop *loop;
    atomic_bool running;
};

struct chunk;
struct ring;

struct flb_input_instance {
    char name[32];
    int id;
    struct input_conf *conf;
    struct proxy *proxy;
    void *context;            /* as handed to the plugin */
    struct engine *engine;
    struct collector coll;
    bool has_collector;
    bool mem_paused;          /* engine thread only */
    size_t mem_bytes;
    struct chunk *chunks;
    struct ring *ring;
    struct worker *worker;    /* NULL when threaded is off */
    struct flb_sched *sched;
    pthread_t producer;       /* the one thread seen to append */
    bool has_producer;
    atomic_bool alive;        /* false after Exit: every use is a violation */
    struct cmt *cmt;
    struct counts n;
    pthread_mutex_t lock;     /* counts and producer */
    struct flb_input_instance *next; /* of the generation, in init order */
    struct flb_input_instance *all;  /* of every generation, never freed */
};

struct flb_sched {
    struct evloop *loop;
    pthread_t owner;
};

struct flb_input_instance *instance_new(struct engine *e, struct input_conf *c, struct proxy *p, int id);
bool instance_known(struct flb_input_instance *ins, const char *what);
int instance_init(struct flb_input_instance *ins);
void instance_pre_run(struct flb_input_instance *ins);
void instance_start(struct flb_input_instance *ins);
int instance_pause(struct flb_input_instance *ins);
int instance_resume(struct flb_input_instance *ins);
void instance_exit(struct flb_input_instance *ins);
void instance_destroy(struct flb_input_instance *ins);
void instance_report(struct flb_input_instance *ins);
void sched_set(struct flb_sched *s);
void sched_free_timers(struct evloop *loop);

int worker_init(struct flb_input_instance *ins);
void worker_send(struct flb_input_instance *ins, char op);
void worker_join(struct flb_input_instance *ins);

/* ---- proxy (proxy.c) -------------------------------------------------- */

struct proxy *proxy_load(const char *path, const struct conf *c, bool reloading);
void proxy_unload(struct proxy *p);
const char *proxy_name(const struct proxy *p);
void *proxy_context(struct proxy *p, bool old_layout);
int proxy_init(struct flb_input_instance *ins);
void proxy_collect(struct flb_input_instance *ins);
void proxy_pause(struct flb_input_instance *ins);
void proxy_resume(struct flb_input_instance *ins);
void proxy_pre_run(struct flb_input_instance *ins);
void proxy_exit(struct flb_input_instance *ins);

/* ---- collectors (input.c) --------------------------------------------- */

int collector_stop(int id, struct flb_input_instance *ins);
int collector_go(int id, struct flb_input_instance *ins);

/* ---- chunks (chunk.c, storage.c, append.c) ---------------------------- */

struct chunk {
    struct flb_input_instance *ins; /* NULL: left over from an earlier run */
    char *source;                   /* instance name for reports */
    char *tag;
    size_t tag_len;
    uint8_t *mem;                   /* memory storage */
    size_t len, cap;
    int fd;                         /* filesystem storage, else -1 */
    char *path;
    bool closed;                    /* takes no append */
    bool task;                      /* dispatched, an output holds it */
    struct chunk *next;
};

int chunk_append(struct flb_input_instance *ins, const char *tag, size_t tag_len, const void *buf, size_t n);
void chunks_flush(struct engine *e);
void chunks_drop(struct flb_input_instance *ins);
unsigned chunks_pending(struct engine *e, unsigned *tasks);
void instance_set_limits(struct flb_input_instance *ins);

int storage_open(struct chunk *c, const char *dir);
int storage_write(struct chunk *c, const void *buf, size_t n);
uint8_t *storage_read(struct chunk *c);
void storage_remove(struct chunk *c);
struct chunk *storage_backlog(const char *dir);
void chunk_free(struct chunk *c);

struct ring *ring_new(unsigned slots);
void ring_free(struct flb_input_instance *ins);
void ring_drain(struct flb_input_instance *ins);
int ring_put(struct flb_input_instance *ins, const char *tag, size_t tag_len, const void *buf, size_t n);

/* ---- metrics (metrics.c) ----------------------------------------------- */

struct cmt *cmt_create(void);
void cmt_retire(struct cmt *c);
void cmt_report(struct cmt *c, const char *instance);

/* ---- engine (engine.c) -------------------------------------------------- */

struct engine {
    struct conf *conf;
    struct evloop loop;
    struct flb_sched sched;
    pthread_t thread;
    struct proxy *proxies[16];
    unsigned n_proxies;
    struct flb_input_instance *inputs, *last_input;
    struct chunk *backlog;
    struct ev flush_timer, grace_timer, ring_timer, control_ev, ring_ev;
    int control_fd, ring_fd;
    atomic_bool running;      /* false once shutdown began */
    atomic_bool ingesting;    /* false after STOP */
    atomic_bool outputs_gone;
    bool by_reload;
    int grace, grace_count;
    pthread_mutex_t lock;     /* start handshake */
    pthread_cond_t cond;
    int state;                /* 0 starting, 1 started, -1 failed */
};

struct engine *engine_new(struct conf *c, bool reloading);
int engine_start(struct engine *e);
void engine_request_stop(struct engine *e);
void engine_join(struct engine *e);
void engine_stop(struct engine *e); /* on the engine thread */
void engine_free(struct engine *e);

#endif
