/*
 * The end of a run that only answers a question (see once.go): the host is
 * ended, in order and with a status, when every instance has answered.
 */
#ifndef SSA_ONCE_H
#define SSA_ONCE_H

#pragma GCC visibility push(hidden)

/* Says that an instance begins to answer. Host's thread, during Init. */
void ssa_once_begin(void);

/* Says that it has, and how: the largest status of all is the host's. Returns
 * 0, or -1 where the host cannot be ended later. */
int ssa_once_end(int status);

#pragma GCC visibility pop
#endif
