/* What can be seen of the host's storage from outside. */
#ifndef SSA_STORAGE_H
#define SSA_STORAGE_H

#pragma GCC visibility push(hidden)

enum ssa_storage {
    /* The process holds no chunk file open. Asked right after a batch was
     * stored, that means that it is in memory only. The converse does not hold:
     * the file may be another input's. */
    SSA_STORAGE_NO_FILE,
    SSA_STORAGE_FILES, /* also where it cannot be seen */
    SSA_STORAGE_CHECKSUMS
};

enum ssa_storage ssa_storage(void);

#pragma GCC visibility pop
#endif
