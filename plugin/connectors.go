package main

// #include "pump.h"
// #include "signals.h"
import "C"

import (
	"context"
	"fmt"
	"sync"
	"time"
	"unsafe"
)

// exitWithin is how long FLBPluginExit holds the host up at the most.
const exitWithin = 1500 * time.Millisecond

// connectors are the instances that run in this process. A hot reload ends
// those of the old configuration before it starts those of the new one, in the
// same Go runtime.
var connectors registry

// registry is the running instances. The host's threads call it, one for each
// instance with `threaded on`.
type registry struct {
	mu   sync.Mutex
	open map[*instance]pump
}

// pump identifies the C pump that serves an instance.
type pump *C.struct_ssa_pump

// start opens the instance that the host initialises.
func (r *registry) start(plugin unsafe.Pointer) error {
	C.ssa_signals_restore()

	r.mu.Lock()
	defer r.mu.Unlock()
	in, err := openInstance(plugin, r.names())
	if err != nil {
		return err
	}
	var why *C.char
	p := C.ssa_pump_add(in.c, &why)
	if p == nil {
		in.discard()
		return fmt.Errorf("start %s: %s", in.name, C.GoString(why))
	}
	if r.open == nil {
		r.open = make(map[*instance]pump)
	}
	r.open[in] = p
	in.run()
	return nil
}

// stop ends the instances of the calling thread's pump: all there are, unless
// some have `threaded on`. It returns within exitWithin.
func (r *registry) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	ending := r.ofThread(C.ssa_pump_current())
	for _, in := range ending {
		C.ssa_pump_close(r.open[in])
		delete(r.open, in)
	}
	for _, in := range ending {
		in.cancel()
	}
	ctx, cancel := context.WithTimeout(context.Background(), exitWithin)
	defer cancel()
	for _, in := range ending {
		in.close(ctx)
	}
}

// ofThread returns the instances that p serves; all, when the thread has no
// pump and so is not the one that any instance was started in.
func (r *registry) ofThread(p pump) []*instance {
	var found []*instance
	for in, served := range r.open {
		if p == nil || p == served {
			found = append(found, in)
		}
	}
	return found
}

// names is which connector names are taken.
func (r *registry) names() map[string]bool {
	taken := make(map[string]bool, len(r.open))
	for in := range r.open {
		taken[in.connector] = true
	}
	return taken
}
