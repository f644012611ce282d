package main

// #include <stdlib.h>
// #include "instance.h"
import "C"

import "unsafe"

// metrics makes an instance's metrics in the host's registry, where they are
// fluentbit_input_stellar_aws_NAME{name="INSTANCE",connector="CONNECTOR"}. They can
// be made during FLBPluginInit only; the functions returned may be called at any time after,
// from any goroutine. The host shows a change within a second.
type metrics struct{ c *C.struct_ssa_instance }

// Counter makes a counter and returns what adds to it.
func (m metrics) Counter(name, help string) func(n int64) {
	c := m.create(name, help, 1)
	if c == nil {
		return func(int64) {}
	}
	return func(n int64) { C.ssa_metric_add(c, C.int64_t(n)) }
}

// Gauge makes a gauge and returns what sets it.
func (m metrics) Gauge(name, help string) func(v float64) {
	c := m.create(name, help, 0)
	if c == nil {
		return func(float64) {}
	}
	return func(v float64) { C.ssa_metric_set(c, C.double(v)) }
}

func (m metrics) create(name, help string, isCounter C.int) *C.struct_ssa_metric {
	n, h := C.CString(name), C.CString(help)
	defer C.free(unsafe.Pointer(n))
	defer C.free(unsafe.Pointer(h))
	return C.ssa_instance_metric(m.c, isCounter, n, h)
}
