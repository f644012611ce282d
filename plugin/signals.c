#define _GNU_SOURCE
#include "signals.h"

#include <signal.h>
#include <stddef.h>

static const int faults[] = {SIGSEGV, SIGFPE};
static const int notices[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGCONT};

enum {
    FAULTS = sizeof(faults) / sizeof(faults[0]),
    NOTICES = sizeof(notices) / sizeof(notices[0])
};

static struct sigaction ours[FAULTS];
static int saved;

void ssa_signals_save(void)
{
    int i;

    if (saved) {
        return;
    }
    for (i = 0; i < FAULTS; i++) {
        if (sigaction(faults[i], NULL, &ours[i]) != 0) {
            return;
        }
    }
    saved = 1;
}

/* The host has one handler for SIGHUP and for faults. Only where that one is
 * installed is a fault's handler replaced: another Go plugin's stays. */
static void restore_faults(void)
{
    int i;
    struct sigaction hup, now;

    if (!saved || sigaction(SIGHUP, NULL, &hup) != 0) {
        return;
    }
    for (i = 0; i < FAULTS; i++) {
        if (sigaction(faults[i], NULL, &now) == 0 &&
            now.sa_handler == hup.sa_handler &&
            now.sa_handler != SIG_DFL && now.sa_handler != SIG_IGN) {
            sigaction(faults[i], &ours[i], NULL);
        }
    }
}

static void use_alternate_stack(void)
{
    int i;
    struct sigaction now;

    for (i = 0; i < NOTICES; i++) {
        if (sigaction(notices[i], NULL, &now) != 0 ||
            now.sa_handler == SIG_DFL || now.sa_handler == SIG_IGN ||
            (now.sa_flags & SA_ONSTACK)) {
            continue;
        }
        now.sa_flags |= SA_ONSTACK;
        sigaction(notices[i], &now, NULL);
    }
}

void ssa_signals_restore(void)
{
    restore_faults();
    use_alternate_stack();
}
