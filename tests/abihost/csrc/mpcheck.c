#include "mpcheck.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Containers that may be open at once, the record's root array included. */
enum { MAX_OPEN = 64 };

enum kind { K_OTHER, K_ARRAY, K_MAP, K_UINT, K_NEGINT, K_F64, K_EXT };

struct value {
    enum kind kind;
    uint64_t num;        /* K_UINT: value; K_ARRAY, K_MAP: elements */
    double f;            /* K_F64 */
    const uint8_t *body; /* K_EXT: data */
    int ext_type;
    size_t ext_len;
};

static const char truncated[] = "truncated buffer";

static uint64_t be(const uint8_t *p, unsigned n)
{
    uint64_t v = 0;

    while (n-- > 0)
        v = v << 8 | *p++;
    return v;
}

static const char *integer(struct value *v, uint64_t raw, unsigned width, bool is_signed)
{
    int64_t s = (int64_t)(raw << (64 - 8 * width)) >> (64 - 8 * width);

    v->kind = is_signed && s < 0 ? K_NEGINT : K_UINT;
    v->num = raw;
    return NULL;
}

/* head reads one value's header (and a scalar's body) at *p. */
static const char *head(const uint8_t **p, const uint8_t *end, struct value *v)
{
    unsigned len_bytes = 0, fixed = 0, ext = 0;
    uint64_t len;
    const uint8_t *q = *p;

    memset(v, 0, sizeof(*v));
    if (q >= end)
        return truncated;
    uint8_t b = *q++;
    if (b <= 0x7f || b >= 0xe0) {
        *p = q;
        return integer(v, b, 1, true);
    }
    if (b <= 0x9f || (b >= 0xdc && b <= 0xdf)) {
        v->kind = b <= 0x8f || b >= 0xde ? K_MAP : K_ARRAY;
        v->num = b & 0x0f;
        if (b >= 0xdc) {
            len_bytes = b & 1 ? 4 : 2;
            if ((size_t)(end - q) < len_bytes)
                return truncated;
            v->num = be(q, len_bytes);
            q += len_bytes;
        }
        *p = q;
        return NULL;
    }
    if (b <= 0xbf) {
        fixed = b & 0x1f;
    } else if (b == 0xc1) {
        return "byte 0xc1";
    } else if (b >= 0xc4 && b <= 0xc6) {
        len_bytes = 1u << (b - 0xc4);
    } else if (b >= 0xc7 && b <= 0xc9) {
        len_bytes = 1u << (b - 0xc7);
        ext = 1;
    } else if (b == 0xca) {
        fixed = 4;
    } else if (b == 0xcb) {
        fixed = 8;
        v->kind = K_F64;
    } else if (b >= 0xcc && b <= 0xd3) {
        fixed = 1u << ((b - 0xcc) & 3);
    } else if (b >= 0xd4 && b <= 0xd8) {
        fixed = 1u << (b - 0xd4);
        ext = 1;
    } else if (b >= 0xd9) {
        len_bytes = 1u << (b - 0xd9);
    }
    if ((size_t)(end - q) < len_bytes)
        return truncated;
    len = len_bytes > 0 ? be(q, len_bytes) : fixed;
    q += len_bytes;
    if ((uint64_t)(end - q) < len + ext)
        return truncated;
    if (ext) {
        v->kind = K_EXT;
        v->ext_type = (int8_t)*q;
        v->body = q + 1;
        v->ext_len = len;
    } else if (b >= 0xcc && b <= 0xd3) {
        integer(v, be(q, fixed), fixed, b >= 0xd0);
    } else if (v->kind == K_F64) {
        uint64_t bits = be(q, 8);
        memcpy(&v->f, &bits, 8);
    }
    *p = q + len + ext;
    return NULL;
}

/* skip passes one whole value, counting open containers from zero. */
static const char *skip(const uint8_t **p, const uint8_t *end)
{
    uint64_t left[MAX_OPEN];
    unsigned open = 0;

    do {
        struct value v;
        const char *fault = head(p, end, &v);
        if (fault != NULL)
            return fault;
        if (v.kind == K_ARRAY || v.kind == K_MAP) {
            if (open >= MAX_OPEN)
                return "nested deeper than 64 containers";
            if (v.num > 0) {
                left[open++] = v.kind == K_MAP ? 2 * v.num : v.num;
                continue;
            }
        }
        while (open > 0 && --left[open - 1] == 0)
            open--;
    } while (open > 0);
    return NULL;
}

/* timestamp checks a record's time; marker is set where the host takes the
 * record for a group marker or skips it. */
static const char *timestamp(const struct value *t, bool *marker)
{
    uint64_t sec, nsec;

    switch (t->kind) {
    case K_UINT:
        *marker = t->num > INT64_MAX;
        return NULL;
    case K_F64:
        *marker = t->f <= -1.0;
        return NULL;
    case K_EXT:
        if (t->ext_type != 0 || t->ext_len != 8)
            return "timestamp is an extension other than EventTime";
        sec = be(t->body, 4);
        nsec = be(t->body + 4, 4);
        *marker = sec >= UINT32_MAX - 1;
        if (nsec >= 1000000000 || (*marker && nsec != 0))
            return "EventTime nanoseconds out of range";
        return NULL;
    default:
        return "timestamp is neither unsigned, float64 nor EventTime";
    }
}

/* record checks the shape of one complete value at p. */
static const char *record(const uint8_t *p, const uint8_t *end, bool *marker)
{
    struct value v;
    const char *fault;

    head(&p, end, &v);
    if (v.kind != K_ARRAY)
        return "root is not an array";
    if (v.num != 2)
        return "root array does not have 2 elements";
    head(&p, end, &v);
    if (v.kind == K_ARRAY) {
        struct value t, meta;
        const uint8_t *q;
        if (v.num != 2)
            return "header array does not have 2 elements";
        q = p;
        head(&p, end, &t);
        p = q;
        skip(&p, end);
        q = p;
        head(&q, end, &meta);
        fault = timestamp(&t, marker);
        if (fault == NULL && meta.kind != K_MAP)
            fault = "metadata is not a map";
        skip(&p, end);
    } else {
        fault = timestamp(&v, marker);
    }
    if (fault != NULL)
        return fault;
    head(&p, end, &v);
    return v.kind == K_MAP ? NULL : "body is not a map";
}

struct mp_result mp_check(const void *buf, size_t n)
{
    struct mp_result r = {0};
    const uint8_t *start = buf, *p = buf, *end = start + n;

    while (p < end) {
        const uint8_t *at = p;
        bool marker = false;
        r.fault = skip(&p, end);
        if (r.fault == NULL)
            r.fault = record(at, end, &marker);
        if (r.fault != NULL)
            break;
        if (marker)
            r.markers++;
        else
            r.records++;
        r.good = (size_t)(p - start);
    }
    return r;
}
