package main

// #include <stdlib.h>
// #include "layout.h"
// #include "process.h"
// #include "signals.h"
import "C"

import (
	"errors"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"unsafe"
)

// maxProcs is as many cores as the plugin's Go code needs to keep the host's
// single engine thread busy; more would only take them from the outputs.
const maxProcs = 8

// loaded is done once, however often the host reloads.
var loaded sync.Once

// register fills the host's registration. fluent-bit-go's function of that
// name is not used: its later versions write a field, event_type, that lies
// behind the end of the struct on hosts up to 4.2.
func register(def unsafe.Pointer) error {
	loaded.Do(func() {
		C.ssa_process_note()
		C.ssa_signals_save()
		limitProcs()
		limitHeap()
	})
	n, d := C.CString(pluginName), C.CString(description)
	defer C.free(unsafe.Pointer(n))
	defer C.free(unsafe.Pointer(d))
	if C.ssa_layout_register(def, n, d) != 0 {
		return errors.New("register plugin: out of memory")
	}
	return nil
}

// limitProcs bounds the cores that Go uses, unless the user has set GOMAXPROCS.
func limitProcs() {
	if os.Getenv("GOMAXPROCS") != "" {
		return
	}
	runtime.GOMAXPROCS(procs(runtime.GOMAXPROCS(0)))
}

// limitHeap has Go collect garbage when its heap has grown by half since the
// last time, instead of doubled, unless the user has set GOGC. Records make
// next to no garbage, so it costs next to nothing, and with 16 workers it saves
// the host 12 MB.
func limitHeap() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50)
	}
}

// procs is how many of the available cores Go may use: one is left to the host
// where there are three or more. On two, decoding needs both, and the kernel
// shares them fairly: the host's thread never waits for Go.
func procs(available int) int {
	return min(available, max(available-1, 2), maxProcs)
}
