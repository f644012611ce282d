/*
 * The pump hands batches to the host, on the host's own thread. It never waits
 * for Go, and takes at most 10 ms a turn and half of the thread's time.
 *
 * A pump serves all instances of one generation (of one start or reload) that
 * run in one thread: with `threaded off`, which the plugin wants, these are
 * all; with `threaded on` each instance has a thread and a pump.
 */
#ifndef SSA_PUMP_H
#define SSA_PUMP_H

#include "instance.h"

#pragma GCC visibility push(hidden)

struct ssa_pump;

/* Serves an instance, inside FLBPluginInit, from the calling thread's pump,
 * which is made if there is none. Returns NULL when the instance cannot be
 * served; *why says why. */
struct ssa_pump *ssa_pump_add(struct ssa_instance *in, const char **why);

/* The open pump of the calling thread, or NULL. */
struct ssa_pump *ssa_pump_current(void);

/* Stops a pump for good; when it returns, no batch is given to the host any
 * more. May be called from any thread of the host. */
void ssa_pump_close(struct ssa_pump *p);

/* The instance of the calling thread's pump that the host means by ctx; when
 * it names none (NULL), the only one there is. NULL if there is no such. */
struct ssa_instance *ssa_pump_find(const void *ctx);

/* One turn for the calling thread's instances. */
void ssa_pump_turn_current(void);

/* The host has paused, or resumed, some instance: it does not say which. */
void ssa_pump_paused(void);
void ssa_pump_resumed(void);

#pragma GCC visibility pop
#endif
