package main

// #include <stdlib.h>
// #include "host.h"
import "C"

import (
	"fmt"
	"strings"
	"unsafe"

	"in_stellar_aws/internal/routine"
)

// guard recovers a panic at the edge to the host, which would end with it.
// It is to be deferred; failed runs after a panic.
func guard(callback string, failed func()) {
	if v := recover(); v != nil {
		printError(fmt.Errorf("%s: %w", callback, routine.NewPanic(v)))
		failed()
	}
}

// printError prints err where no instance's logger is at hand, on the host's
// thread, one line for each line of it.
func printError(err error) {
	for line := range strings.SplitSeq(err.Error(), "\n") {
		hostPrint(C.SSA_ERROR, "[input:"+pluginName+"] "+line)
	}
}

func hostPrint(level C.int, line string) {
	c := C.CString(line)
	defer C.free(unsafe.Pointer(c))
	C.ssa_host_print(level, c)
}
