/*
 * The process that the library was loaded into. Fluent Bit's daemon mode forks
 * after loading plugins; of the Go runtime's threads the child has none, and
 * whatever enters Go there hangs.
 */
#ifndef SSA_PROCESS_H
#define SSA_PROCESS_H

#pragma GCC visibility push(hidden)

/* Remembers the process. Later calls do nothing. */
void ssa_process_note(void);

/* Whether this is another process than the one remembered. */
int ssa_process_forked(void);

#pragma GCC visibility pop
#endif
