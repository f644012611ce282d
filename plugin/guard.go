package main

// #include <stdlib.h>
// #include "host.h"
import "C"

import (
	"fmt"
	"path"
	"runtime"
	"strings"
	"unsafe"
)

// guard recovers a panic at the edge to the host, which would end with it.
// It is to be deferred; failed runs after a panic.
func guard(callback string, failed func()) {
	if v := recover(); v != nil {
		printError(fmt.Errorf("%s: panic: %v, at %s", callback, v, stack()))
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

// stack is where a recovered panic came from, innermost frame first, in one
// line: the host's log has no others.
func stack() string {
	const depth = 16
	pcs := make([]uintptr, depth+8)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	var (
		at       []string
		panicked bool
	)
	for len(at) < depth {
		f, more := frames.Next()
		if panicked && !strings.HasPrefix(f.Function, "runtime.") {
			at = append(at, fmt.Sprintf("%s %s:%d", path.Base(f.Function), path.Base(f.File), f.Line))
		}
		panicked = panicked || f.Function == "runtime.gopanic"
		if !more {
			break
		}
	}
	return strings.Join(at, " < ")
}
