/*
 * Go's signal handlers, and the host that takes them away: at every SIGHUP
 * and SIGCONT it installs its own SIGSEGV and SIGFPE handlers again. A nil
 * pointer that Go would turn into a panic, and recover, then ends the process.
 */
#ifndef SSA_SIGNALS_H
#define SSA_SIGNALS_H

#pragma GCC visibility push(hidden)

/* Remembers the handlers that the Go runtime has just installed. Later calls
 * do nothing. */
void ssa_signals_save(void);

/* Gives Go back the handlers that the host has taken, and has the host's
 * handlers run on the alternate stack, as Go's threads need. */
void ssa_signals_restore(void);

#pragma GCC visibility pop
#endif
