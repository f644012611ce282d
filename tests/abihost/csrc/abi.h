/*
 * The binary interface between the host and a Go-style input plugin: struct
 * layouts and constants as of Fluent Bit 5.1
 * (include/fluent-bit/flb_plugin_proxy.h, flb_api.h, src/proxy/go/go.h).
 */
#ifndef ABIHOST_ABI_H
#define ABIHOST_ABI_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

enum { LOG_LVL_OFF = 0, LOG_LVL_ERROR = 1, LOG_LVL_WARN = 2, LOG_LVL_INFO = 3, LOG_LVL_DEBUG = 4, LOG_LVL_TRACE = 5 };
enum { PROXY_TYPE_INPUT = 1, PROXY_LANG_GO = 11 };
enum { TIMER_ONESHOT = 3, TIMER_PERM = 4 };

struct flb_input_instance;
struct flb_config;
struct flb_sched;
struct flb_sched_timer;

/* Given to FLBPluginRegister. Hosts <= 4.2.2 allocate the first 32 bytes
 * only, so the tail must not be touched by a portable plugin. */
struct proxy_def {
    int type;
    int proxy;
    int flags;
    char *name;
    char *description;
    int event_type;
    void *config_map;
};

struct flb_api {
    const char *(*output_get_property)(const char *, void *);
    const char *(*input_get_property)(const char *, struct flb_input_instance *);
    void *(*output_get_cmt_instance)(void *);
    void *(*input_get_cmt_instance)(struct flb_input_instance *);
    void (*log_print)(int, const char *, int, const char *, ...);
    int (*input_log_check)(struct flb_input_instance *, int);
    int (*output_log_check)(void *, int);
    const char *(*custom_get_property)(const char *, void *);
    int (*custom_log_check)(void *, int);
};

struct list_head {
    struct list_head *prev, *next;
};

/* One per shared object; `instance` is overwritten at each init, which is
 * why pause and resume of any instance hit the last initialised one. */
struct proxy {
    struct proxy_def *def;
    struct flb_api *api;
    void *instance;
    void *dso;
    void *data;
    struct list_head head;
};

/* Instance context of hosts >= 4.1. */
struct proxy_ctx {
    int coll_fd;
    void *remote_context;
    struct proxy *proxy;
};

/* Context seen by FLBPluginInit on hosts <= 4.0.14. */
struct proxy_ctx_old {
    void *remote_context;
    struct proxy *proxy;
};

/* One per shared object: given to FLBPluginInit, rewritten for each one. */
struct go_plugin {
    char *name;
    void *api;
    void *i_ins;
    void *context;
    int (*cb_init)(struct go_plugin *);
    int (*cb_collect)(void **, size_t *);
    int (*cb_collect_ctx)(void *, void **, size_t *);
    int (*cb_cleanup)(void *);
    int (*cb_cleanup_ctx)(void *, void *);
    int (*cb_exit)(void);
};

static_assert(offsetof(struct proxy_def, event_type) == 32, "def layout");
static_assert(sizeof(struct proxy) == 56, "proxy layout");
static_assert(sizeof(struct proxy_ctx) == 24, "context layout");
static_assert(offsetof(struct flb_api, log_print) == 32, "api layout");

#endif
