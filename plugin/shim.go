package main

// #include <stdlib.h>
// #include "instance.h"
import "C"

import (
	"errors"
	"log/slog"
	"unsafe"
)

// shim is an instance's C side as queue and lines see it.
type shim struct{ c *C.struct_ssa_instance }

// serve says whose connector the instance is, for its metrics.
func (s shim) serve(connector string) error {
	name := C.CString(connector)
	defer C.free(unsafe.Pointer(name))
	if C.ssa_instance_serve(s.c, name) != 0 {
		return errors.New("name metrics: out of memory")
	}
	return nil
}

func (s shim) push(seq uint64, batch []byte) bool {
	return C.ssa_instance_push_batch(s.c, C.uint64_t(seq),
		unsafe.Pointer(unsafe.SliceData(batch)), C.size_t(len(batch))) == 0
}

func (s shim) progress() (seq, bytes uint64) {
	p := C.ssa_instance_progress(s.c)
	return uint64(p.seq), uint64(p.bytes)
}

func (s shim) pushLine(level slog.Level, line string) bool {
	return C.ssa_instance_push_line(s.c, hostLevel(level),
		unsafe.Pointer(unsafe.StringData(line)), C.size_t(len(line))) == 0
}

func (s shim) printed() uint64 {
	return uint64(C.ssa_instance_progress(s.c).lines)
}

// hostLevel is the host's number for a level.
func hostLevel(l slog.Level) C.int {
	switch {
	case l >= slog.LevelError:
		return C.SSA_ERROR
	case l >= slog.LevelWarn:
		return C.SSA_WARN
	case l >= slog.LevelInfo:
		return C.SSA_INFO
	default:
		return C.SSA_DEBUG
	}
}

// slogLevel is the level for the host's number.
func slogLevel(host C.int) slog.Level {
	switch {
	case host >= C.SSA_DEBUG:
		return slog.LevelDebug
	case host == C.SSA_INFO:
		return slog.LevelInfo
	case host == C.SSA_WARN:
		return slog.LevelWarn
	default:
		return slog.LevelError
	}
}
