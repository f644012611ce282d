/*
 * The shapes of host structs: the only file, with layout.c, that knows any.
 * They are not a published ABI. They were the same in every release from
 * Fluent Bit 2.2 to 5.1, except for the context, which is told apart at run
 * time; whatever is written to is checked first, and left alone in doubt.
 */
#ifndef SSA_LAYOUT_H
#define SSA_LAYOUT_H

#pragma GCC visibility push(hidden)

/* What the host hands to FLBPluginInit. The struct it comes in is one for
 * all instances and overwritten at every Init, so the fields are copied. */
struct ssa_handles {
    void *api;
    void *ins;
    void *context;
};

/* Fills the registration. Returns -1 when out of memory. */
int ssa_layout_register(void *def, const char *name, const char *description);

/* Frees what ssa_layout_register allocated. */
void ssa_layout_unregister(void *def);

void ssa_layout_handles(void *plugin, struct ssa_handles *out);

/* What could be had of the host for an instance. */
enum {
    SSA_CONTEXT = 1, /* the ...Ctx callbacks get remote: hosts from 4.1 on */
    SSA_ISOLATED = 2 /* the host pauses and resumes this instance, and not
                        whichever was initialised last */
};

/* Has the host's callbacks get remote, and gives the instance a copy of its
 * own of the host's proxy. Writes nothing where it does not find what it
 * expects. To be called once, inside FLBPluginInit. */
int ssa_layout_bind(void *plugin, const struct ssa_handles *h, void *remote);

#pragma GCC visibility pop
#endif
