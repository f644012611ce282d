#define _GNU_SOURCE
#include "storage.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int is_chunk(int dir, const char *fd)
{
    static const char suffix[] = ".flb";
    char path[4096];
    ssize_t n = readlinkat(dir, fd, path, sizeof(path));
    size_t s = sizeof(suffix) - 1;

    return n > (ssize_t)s && memcmp(path + n - s, suffix, s) == 0;
}

/* A chunk file begins with an identification and the CRC of what follows its
 * header, which is zero without checksums (cio_file_st.h and write_init_header
 * of cio_file.c, chunkio). */
static int is_checksummed(const char *fd)
{
    static const unsigned char identification[] = {0xc1, 0x00};
    static const unsigned char no_crc[4];
    unsigned char head[sizeof(identification) + sizeof(no_crc)];

    return pread(atoi(fd), head, sizeof(head), 0) == sizeof(head) &&
           memcmp(head, identification, sizeof(identification)) == 0 &&
           memcmp(head + sizeof(identification), no_crc, sizeof(no_crc)) != 0;
}

enum ssa_storage ssa_storage(void)
{
    DIR *fds = opendir("/proc/self/fd");
    struct dirent *e;
    enum ssa_storage found = SSA_STORAGE_NO_FILE;

    if (fds == NULL) {
        return SSA_STORAGE_FILES;
    }
    while (found == SSA_STORAGE_NO_FILE && (e = readdir(fds)) != NULL) {
        if (is_chunk(dirfd(fds), e->d_name)) {
            found = is_checksummed(e->d_name) ? SSA_STORAGE_CHECKSUMS
                                              : SSA_STORAGE_FILES;
        }
    }
    closedir(fds);
    return found;
}
