/* abihost CONFIG: runs until SIGTERM or SIGINT; SIGHUP reloads CONFIG. */
#include "host.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The host's exit codes: a configuration it cannot use, and an instance that
 * does not start (-1). */
enum { EXIT_CONFIG = 1, EXIT_FAILED_START = 255 };

static int signal_pipe[2];
static int exit_status; /* that the plugin asked for */

static void signals_install(void);

static void note(const char *text)
{
    ssize_t n = write(STDERR_FILENO, text, strlen(text));
    (void)n;
}

static void on_stop(int sig)
{
    char c = 't';
    ssize_t n = write(signal_pipe[1], &c, 1);

    (void)sig;
    (void)n;
}

int flb_engine_exit_status(struct flb_config *config, int status)
{
    (void)config;
    exit_status = status;
    on_stop(SIGTERM);
    return 0;
}

/* Like the host, this handler installs all of them again and so takes
 * SIGSEGV and SIGFPE away from whoever caught them in between, such as a Go
 * runtime; signal() also drops SA_ONSTACK. */
static void on_signal(int sig)
{
    char c = 'h';
    ssize_t n;

    note("[engine] caught signal\n");
    signals_install();
    switch (sig) {
    case SIGSEGV:
    case SIGFPE:
        note("[abihost] fatal signal\n");
        abort();
    case SIGHUP:
        n = write(signal_pipe[1], &c, 1);
        (void)n;
        break;
    default:
        break;
    }
}

static void signals_install(void)
{
    signal(SIGINT, on_stop);
    signal(SIGQUIT, on_stop);
    signal(SIGTERM, on_stop);
    signal(SIGHUP, on_signal);
    signal(SIGCONT, on_signal);
    signal(SIGSEGV, on_signal);
    signal(SIGFPE, on_signal);
}

/* reload replaces the running generation. The new plugin definitions are
 * registered while the old instances still run; nothing of the old is left
 * when the new ones are initialised. */
static int reload(struct engine **current, const char *path)
{
    struct engine *old = *current, *next;
    struct conf *c, *old_conf = old->conf;

    if (!old_conf->hot_reload) {
        host_log(LOG_LVL_WARN, "[reload] hot reloading is not enabled");
        event("reload-refused");
        return 0;
    }
    event("reload-begin");
    c = conf_read(path);
    next = c != NULL ? engine_new(c, true) : NULL;
    if (next == NULL) {
        host_log(LOG_LVL_ERROR, "[reload] reloaded config is invalid. Reloading is halted");
        event("reload-halted");
        return 0;
    }
    if (old_conf->reload_safety)
        old->grace = -1;
    old->by_reload = true;
    host_log(LOG_LVL_INFO, "[reload] stop everything of the old context");
    engine_request_stop(old);
    engine_join(old);
    engine_free(old);
    conf_free(old_conf);
    host_log(LOG_LVL_INFO, "[reload] start everything");
    *current = next;
    if (engine_start(next) != 0) {
        engine_join(next);
        engine_free(next);
        host_log(LOG_LVL_ERROR, "[reload] loaded configuration contains error(s). Reloading is aborted");
        event("reload-aborted");
        return -1;
    }
    host_log(LOG_LVL_INFO, "[reload] successful reload done.");
    event("reload-done");
    return 0;
}

static int run(struct engine *e, const char *path)
{
    char c;

    for (;;) {
        ssize_t n = read(signal_pipe[0], &c, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n != 1)
            return 1;
        if (c == 't')
            break;
        if (reload(&e, path) != 0)
            return EXIT_FAILED_START;
    }
    engine_request_stop(e);
    engine_join(e);
    engine_free(e);
    return exit_status;
}

int main(int argc, char **argv)
{
    struct conf *c;
    struct engine *e;
    int code;

    if (argc != 2) {
        fprintf(stderr, "usage: abihost CONFIG\n");
        return 2;
    }
    if (pipe(signal_pipe) != 0)
        return 1;
    signals_install();
    signal(SIGPIPE, SIG_IGN);
    c = conf_read(argv[1]);
    if (c == NULL)
        return 1;
    e = engine_new(c, false);
    if (e == NULL) {
        event("config-error");
        return EXIT_CONFIG;
    }
    control_start();
    if (engine_start(e) != 0) {
        engine_join(e);
        engine_free(e);
        event("exit code=%d", EXIT_FAILED_START);
        return EXIT_FAILED_START;
    }
    code = run(e, argv[1]);
    event("exit code=%d", code);
    return code;
}
