/*
 * The host's functions that the plugin calls, looked up at run time. Each may
 * be missing; ssa_host_symbol says what is lost then. Levels are the host's:
 * 1 error, 2 warning, 3 info, 4 debug, 5 trace.
 */
#ifndef SSA_HOST_H
#define SSA_HOST_H

#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

enum { SSA_ERROR = 1, SSA_WARN = 2, SSA_INFO = 3, SSA_DEBUG = 4, SSA_TRACE = 5 };

struct ssa_host {
    int (*log_append)(void *ins, const char *tag, size_t tag_len,
                      const void *buf, size_t size);
    void (*log_print)(int level, const char *file, int line,
                      const char *format, ...);
    int (*log_check)(void *ins, int level);
    int (*collector_running)(int id, void *ins);
    void *(*sched_get)(void);
    int (*timer_create)(void *sched, int type, int ms,
                        void (*cb)(void *config, void *data), void *data,
                        void **timer);
    const char *(*input_name)(void *ins);
    void *(*metrics_of)(void *ins);
    void *(*counter_create)(void *cmt, char *ns, char *subsystem, char *name,
                            char *help, int n, char **labels);
    int (*counter_set)(void *counter, uint64_t ts, double v, int n,
                       char **labels);
    void *(*gauge_create)(void *cmt, char *ns, char *subsystem, char *name,
                          char *help, int n, char **labels);
    int (*gauge_set)(void *gauge, uint64_t ts, double v, int n, char **labels);
    int (*exit_status)(void *config, int status);
};

/* The functions, looked up at the first call. */
const struct ssa_host *ssa_host(void);

/* The i-th symbol looked up, whether the host has it, and what is lost where
 * it has not. Returns 0 behind the last. */
int ssa_host_symbol(int i, const char **name, const char **without, int *found);

/* Prints a line through the host's logger, or to stderr. */
void ssa_host_print(int level, const char *line);

/* The most verbose level that the instance logs. */
int ssa_host_level(void *ins);

/* The instance's alias, or the name the host gave it. */
const char *ssa_host_input_name(void *ins);

/* Whether the calling thread is other than the host's engine, that is whether
 * the instance that runs in it has `threaded on`. */
int ssa_host_threaded(void);

#pragma GCC visibility pop
#endif
