#define _GNU_SOURCE
#include "host.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

static struct ssa_host host;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static const char no_metrics[] = "the plugin's metrics are not shown";
static const char no_timer[] =
    "data is handed over once a second, at the host's own pace";

static const struct {
    const char *name;
    void *slot;
    const char *without;
} symbols[] = {
    {"flb_input_log_append", &host.log_append,
     "batches are handed over without an answer: what the host drops is lost"},
    {"flb_log_print", &host.log_print, "log lines go to stderr"},
    {"flb_input_log_check", &host.log_check, "the log level is info"},
    {"flb_input_collector_running", &host.collector_running,
     "a pause is noticed by refused batches only"},
    {"flb_sched_ctx_get", &host.sched_get, no_timer},
    {"flb_sched_timer_cb_create", &host.timer_create, no_timer},
    {"flb_input_name", &host.input_name, "log lines do not name the instance"},
    {"flb_input_get_cmt_instance", &host.metrics_of, no_metrics},
    {"cmt_counter_create", &host.counter_create, no_metrics},
    {"cmt_counter_set", &host.counter_set, no_metrics},
    {"cmt_gauge_create", &host.gauge_create, no_metrics},
    {"cmt_gauge_set", &host.gauge_set, no_metrics},
    {"flb_engine_exit_status", &host.exit_status,
     "a test's or policy's run ends with the status 255 or by SIGTERM"},
};

enum { SYMBOLS = sizeof(symbols) / sizeof(symbols[0]) };

static void look_up(void)
{
    int i;
    void *found;

    for (i = 0; i < SYMBOLS; i++) {
        found = dlsym(RTLD_DEFAULT, symbols[i].name);
        memcpy(symbols[i].slot, &found, sizeof(found));
    }
}

const struct ssa_host *ssa_host(void)
{
    pthread_once(&once, look_up);
    return &host;
}

int ssa_host_symbol(int i, const char **name, const char **without, int *found)
{
    void *f;

    ssa_host();
    if (i < 0 || i >= SYMBOLS) {
        return 0;
    }
    memcpy(&f, symbols[i].slot, sizeof(f));
    *name = symbols[i].name;
    *without = symbols[i].without;
    *found = f != NULL;
    return 1;
}

void ssa_host_print(int level, const char *line)
{
    if (ssa_host()->log_print) {
        host.log_print(level, NULL, 0, "%s", line);
        return;
    }
    fprintf(stderr, "%s\n", line);
}

int ssa_host_level(void *ins)
{
    int level;

    if (!ssa_host()->log_check) {
        return SSA_INFO;
    }
    for (level = SSA_TRACE; level > SSA_ERROR; level--) {
        if (host.log_check(ins, level)) {
            break;
        }
    }
    return level;
}

const char *ssa_host_input_name(void *ins)
{
    const char *name = NULL;

    if (ssa_host()->input_name) {
        name = host.input_name(ins);
    }
    return name ? name : "?";
}

int ssa_host_threaded(void)
{
    char name[16] = "";

    prctl(PR_GET_NAME, name);
    return strcmp(name, "flb-pipeline") != 0;
}
