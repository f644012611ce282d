/* Commands from the parent: one line each, "SEQ NAME [N]". They are run on
 * the engine thread between callbacks and then acknowledged. */
#include "host.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct faults faults;

struct command {
    unsigned long seq;
    char name[32];
    long arg;
    struct command *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct command *queue;
static struct engine *engine;

/* fault_refuse tells whether the append at hand is refused. */
bool fault_refuse(void)
{
    long n = atomic_load(&faults.refuse);
    unsigned long s;

    if (n < 0)
        return true;
    if (n > 0) {
        atomic_fetch_sub(&faults.refuse, 1);
        return true;
    }
    if (atomic_load(&faults.refuse_rate) == 0)
        return false;
    s = atomic_load(&faults.seed) * 6364136223846793005ul + 1442695040888963407ul;
    atomic_store(&faults.seed, s);
    return (s >> 33) % 1000 < atomic_load(&faults.refuse_rate);
}

static void wake(void)
{
    uint64_t one = 1;

    if (engine != NULL)
        write_all(engine->control_fd, &one, sizeof(one));
}

static struct flb_input_instance *nth(struct engine *e, long n)
{
    struct flb_input_instance *ins = e->inputs;

    while (ins != NULL && n-- > 0)
        ins = ins->next;
    return ins;
}

static void run(struct engine *e, const struct command *c)
{
    struct flb_input_instance *ins;

    if (strcmp(c->name, "stop") == 0) {
        engine_stop(e);
        return; /* internal: nobody waits for it */
    }
    if (strcmp(c->name, "stall") == 0) {
        atomic_store(&faults.stall, c->arg != 0);
        if (c->arg == 0)
            chunks_flush(e);
    } else if (strcmp(c->name, "disk_full") == 0) {
        atomic_store(&faults.disk_full, c->arg != 0);
    } else if (strcmp(c->name, "refuse") == 0) {
        atomic_store(&faults.refuse, c->arg);
    } else if (strcmp(c->name, "report") == 0) {
        for (ins = e->inputs; ins != NULL; ins = ins->next)
            instance_report(ins);
    } else if (strcmp(c->name, "pause") == 0 && (ins = nth(e, c->arg)) != NULL) {
        if (instance_pause(ins) == 0)
            ins->mem_paused = true;
    } else if (strcmp(c->name, "resume") == 0 && (ins = nth(e, c->arg)) != NULL) {
        ins->mem_paused = false;
        instance_resume(ins);
    }
    event("ack seq=%lu", c->seq);
}

void control_run(struct engine *e)
{
    for (;;) {
        struct command *c;
        pthread_mutex_lock(&lock);
        c = queue;
        if (c != NULL)
            queue = c->next;
        pthread_mutex_unlock(&lock);
        if (c == NULL)
            return;
        run(e, c);
        free(c);
    }
}

static void post(unsigned long seq, const char *name, long arg)
{
    struct command *c = calloc(1, sizeof(*c)), **at;

    c->seq = seq;
    c->arg = arg;
    snprintf(c->name, sizeof(c->name), "%s", name);
    pthread_mutex_lock(&lock);
    for (at = &queue; *at != NULL; at = &(*at)->next)
        ;
    *at = c;
    wake();
    pthread_mutex_unlock(&lock);
}

void engine_request_stop(struct engine *e)
{
    (void)e;
    post(0, "stop", 0);
}

void control_attach(struct engine *e)
{
    pthread_mutex_lock(&lock);
    engine = e;
    if (queue != NULL)
        wake();
    pthread_mutex_unlock(&lock);
}

static void *reader(void *arg)
{
    FILE *f = fdopen(FD_CONTROL, "r");
    char line[128], name[32];
    unsigned long seq;
    long n;

    (void)arg;
    while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
        n = 0;
        if (sscanf(line, "%lu %31s %ld", &seq, name, &n) >= 2)
            post(seq, name, n);
    }
    return NULL;
}

void control_start(void)
{
    pthread_t t;

    if (pthread_create(&t, NULL, reader, NULL) == 0)
        pthread_detach(t);
}
