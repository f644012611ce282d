/*
 * The host's callbacks, but for FLBPluginRegister. Those for data stay in C:
 * entering Go from the host's thread would wait for a free Go processor, up to
 * 0.2 s while Go is busy.
 */
#include "_cgo_export.h"
#include "process.h"
#include "pump.h"

enum { FLB_ERROR = 0, FLB_OK = 1 };

/* ---- life ---------------------------------------------------------------- */

int FLBPluginInit(void *plugin)
{
    if (ssa_process_forked()) {
        ssa_host_print(SSA_ERROR,
            "[input:stellar_aws] the host has forked after loading the plugin "
            "(daemon on, or -d), which a Go plugin does not survive: run "
            "Fluent Bit in the foreground and leave daemonising to systemd, "
            "Docker or the like");
        return FLB_ERROR;
    }
    return ssaInit(plugin);
}

int FLBPluginExit(void)
{
    return ssa_process_forked() ? FLB_OK : ssaExit();
}

/* After a hot reload this comes when the new instances are about to start: it
 * frees the registration and nothing else. */
void FLBPluginUnregister(void *def)
{
    ssa_layout_unregister(def);
}

/* The host does not say whose pause it is: the pump sees that for itself where
 * it can. */
void FLBPluginInputPause(void)
{
    ssa_pump_paused();
}

void FLBPluginInputResume(void)
{
    ssa_pump_resumed();
}

/* ---- data ---------------------------------------------------------------- */

/* Only for a host without flb_input_log_append: returns the oldest batch as
 * the buffer of the documented callback. The host then says nothing about what
 * became of it. */
static int hand(struct ssa_instance *in, void **data, size_t *size)
{
    struct ssa_item *it;

    if (in == NULL || ssa_host()->log_append ||
        (it = ssa_fifo_peek(&in->batches)) == NULL) {
        return FLB_OK;
    }
    in->handed = it;
    *data = it->data;
    *size = it->len;
    return FLB_OK;
}

static int handed(struct ssa_instance *in)
{
    if (in != NULL && in->handed != NULL) {
        in->handed = NULL;
        ssa_instance_done(in);
        ssa_instance_wake(in);
    }
    return FLB_OK;
}

static int collect(const void *ctx, void **data, size_t *size)
{
    *data = NULL;
    *size = 0;
    ssa_pump_turn_current();
    return hand(ssa_pump_find(ctx), data, size);
}

int FLBPluginInputCallbackCtx(void *ctx, void **data, size_t *size)
{
    return collect(ctx, data, size);
}

/* Hosts before 4.1 do not say for which instance they call. */
int FLBPluginInputCallback(void **data, size_t *size)
{
    return collect(NULL, data, size);
}

int FLBPluginInputCleanupCallbackCtx(void *ctx, void *data)
{
    (void)data;
    return handed(ssa_pump_find(ctx));
}

int FLBPluginInputCleanupCallback(void *data)
{
    (void)data;
    return handed(ssa_pump_find(NULL));
}
