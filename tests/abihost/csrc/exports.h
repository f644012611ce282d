/* The functions a plugin finds by dlsym(RTLD_DEFAULT, name) or through
 * struct flb_api, with the signatures of Fluent Bit 5.1. */
#ifndef ABIHOST_EXPORTS_H
#define ABIHOST_EXPORTS_H

#include "abi.h"

struct cmt;
struct cmt_metric;

int flb_input_log_append(struct flb_input_instance *ins, const char *tag, size_t tag_len, const void *buf,
                         size_t size);
int flb_input_log_append_records(struct flb_input_instance *ins, size_t records, const char *tag, size_t tag_len,
                                 const void *buf, size_t size);
const char *flb_input_name(struct flb_input_instance *ins);
const char *flb_input_get_property(const char *key, struct flb_input_instance *ins);
void *flb_input_get_cmt_instance(struct flb_input_instance *ins);
int flb_input_log_check(struct flb_input_instance *ins, int level);
int flb_input_collector_running(int id, struct flb_input_instance *ins);
int flb_input_collector_pause(int id, struct flb_input_instance *ins);
int flb_input_collector_resume(int id, struct flb_input_instance *ins);
struct flb_sched *flb_sched_ctx_get(void);
int flb_sched_timer_cb_create(struct flb_sched *s, int type, int ms, void (*cb)(struct flb_config *, void *),
                              void *data, struct flb_sched_timer **out);
int flb_sched_timer_cb_destroy(struct flb_sched_timer *t);
int flb_engine_exit_status(struct flb_config *config, int status);
void flb_log_print(int type, const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif
