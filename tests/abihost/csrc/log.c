#include "host.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int host_log_level = LOG_LVL_INFO;

static pthread_mutex_t event_lock = PTHREAD_MUTEX_INITIALIZER;

uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void write_all(int fd, const void *buf, size_t n)
{
    const char *p = buf;

    while (n > 0) {
        ssize_t w = write(fd, p, n);
        if (w < 0) {
            if (errno == EINTR)
                continue;
            return; /* the parent is gone: nobody is left to tell */
        }
        p += w;
        n -= (size_t)w;
    }
}

static void print(int level, const char *fmt, va_list ap)
{
    static const char *names[] = {"off", "error", " warn", " info", "debug", "trace"};
    char line[4096], stamp[32];
    struct timespec t;
    struct tm tm;
    int n, m;

    clock_gettime(CLOCK_REALTIME, &t);
    gmtime_r(&t.tv_sec, &tm);
    strftime(stamp, sizeof(stamp), "%Y/%m/%d %H:%M:%S", &tm);
    n = snprintf(line, sizeof(line), "[%s.%09ld] [%s] ", stamp, t.tv_nsec,
                 level >= 1 && level <= 5 ? names[level] : "?");
    m = vsnprintf(line + n, sizeof(line) - (size_t)n - 1, fmt, ap);
    n = m < 0 ? n : n + m;
    if (n > (int)sizeof(line) - 2)
        n = (int)sizeof(line) - 2;
    line[n] = '\n';
    write_all(STDERR_FILENO, line, (size_t)n + 1);
}

void host_log(int level, const char *fmt, ...)
{
    va_list ap;

    if (level > host_log_level)
        return;
    va_start(ap, fmt);
    print(level, fmt, ap);
    va_end(ap);
}

/* Exported: the plugin's logging. The host applies no level check here; a
 * plugin gates with input_log_check. */
void flb_log_print(int type, const char *file, int line, const char *fmt, ...)
{
    va_list ap;

    (void)file;
    (void)line;
    va_start(ap, fmt);
    print(type, fmt, ap);
    va_end(ap);
}

const char *enc(const char *s)
{
    static _Thread_local char bufs[6][2048];
    static _Thread_local unsigned turn;
    char *out = bufs[turn++ % 6];
    size_t n = 0;

    for (; s != NULL && *s != '\0' && n + 4 < sizeof(bufs[0]); s++) {
        unsigned char c = (unsigned char)*s;
        if (c <= ' ' || c == '%' || c == '=' || c >= 0x7f)
            n += (size_t)sprintf(out + n, "%%%02X", c);
        else
            out[n++] = (char)c;
    }
    out[n] = '\0';
    return out;
}

void event(const char *fmt, ...)
{
    char line[8192];
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(line, sizeof(line) - 1, fmt, ap);
    va_end(ap);
    if (n < 0)
        return;
    if (n > (int)sizeof(line) - 2)
        n = (int)sizeof(line) - 2;
    line[n] = '\n';
    pthread_mutex_lock(&event_lock);
    write_all(FD_EVENTS, line, (size_t)n + 1);
    pthread_mutex_unlock(&event_lock);
}

void violation(const char *fmt, ...)
{
    char text[1024];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    host_log(LOG_LVL_ERROR, "[abihost] VIOLATION: %s", text);
    event("violation text=%s", enc(text));
}
