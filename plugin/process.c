#include "process.h"

#include <sys/types.h>
#include <unistd.h>

static pid_t loaded_in;

void ssa_process_note(void)
{
    if (loaded_in == 0) {
        loaded_in = getpid();
    }
}

int ssa_process_forked(void)
{
    return getpid() != loaded_in;
}
