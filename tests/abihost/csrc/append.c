/* The way of a buffer from the plugin into a chunk. */
#include "host.h"

#include <stdlib.h>
#include <string.h>

static void note_producer(struct flb_input_instance *ins)
{
    pthread_t self = pthread_self();

    if (ins->worker == NULL && !pthread_equal(self, ins->engine->sched.owner))
        violation("append to %s from a thread that is not the engine's", ins->name);
    if (ins->worker != NULL && ins->has_producer && !pthread_equal(self, ins->producer))
        violation("append to %s from a second thread", ins->name);
    ins->producer = self;
    ins->has_producer = true;
}

static size_t inspect(struct flb_input_instance *ins, const void *buf, size_t size)
{
    struct mp_result r = mp_check(buf, size);

    if (r.fault != NULL) {
        ins->n.malformed++;
        host_log(LOG_LVL_ERROR, "[abihost] MALFORMED buffer for %s at byte %zu of %zu: %s", ins->name, r.good, size,
                 r.fault);
        event("malformed ins=%s offset=%zu size=%zu reason=%s", enc(ins->name), r.good, size, enc(r.fault));
    }
    ins->n.markers += r.markers;
    return r.records;
}

static int append(struct flb_input_instance *ins, bool counted, size_t claimed, const char *tag, size_t tag_len,
                  const void *buf, size_t size)
{
    size_t records;
    int ret;

    if (!instance_known(ins, "flb_input_log_append"))
        return -1;
    pthread_mutex_lock(&ins->lock);
    note_producer(ins);
    ins->n.appends++;
    records = inspect(ins, buf, size);
    pthread_mutex_unlock(&ins->lock);
    if (counted && claimed != 0 && claimed != records)
        violation("append to %s claims %zu records and holds %zu", ins->name, claimed, records);
    /* Of a threaded instance that is the host's own race: see ring_lost. */
    if (ins->engine->outputs_gone && ins->worker == NULL)
        violation("append to %s after the outputs have gone: lost unless on disk", ins->name);

    if (size == 0)
        ret = -1;
    else if (ins->worker != NULL)
        ret = ring_put(ins, tag, tag_len, buf, size);
    else
        ret = chunk_append(ins, tag, tag_len, buf, size);

    pthread_mutex_lock(&ins->lock);
    if (ret == 0) {
        ins->n.accepted++;
        ins->n.records += records;
        ins->n.bytes += size;
    } else {
        ins->n.rejected++;
    }
    pthread_mutex_unlock(&ins->lock);
    return ret;
}

int flb_input_log_append(struct flb_input_instance *ins, const char *tag, size_t tag_len, const void *buf,
                         size_t size)
{
    return append(ins, false, 0, tag, tag_len, buf, size);
}

int flb_input_log_append_records(struct flb_input_instance *ins, size_t records, const char *tag, size_t tag_len,
                                 const void *buf, size_t size)
{
    return append(ins, true, records, tag, tag_len, buf, size);
}
