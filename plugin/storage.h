/* What can be seen of the host's storage from outside. */
#ifndef SSA_STORAGE_H
#define SSA_STORAGE_H

#pragma GCC visibility push(hidden)

/* Whether the process holds no chunk file open. Asked right after a batch was
 * stored, that means that it is in memory only. The converse does not hold:
 * the file may be another input's. */
int ssa_storage_in_memory(void);

#pragma GCC visibility pop
#endif
