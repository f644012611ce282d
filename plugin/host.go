package main

// #include "host.h"
import "C"

import (
	"unsafe"

	"github.com/fluent/fluent-bit-go/input"
)

// properties reads an instance's section of the host's configuration. It is
// valid during FLBPluginInit only: the host overwrites what plugin points to
// when it starts the next instance.
type properties struct{ plugin unsafe.Pointer }

// Get returns the value of key, in any case of letters, or "" where it is not
// set. Of a key that is set twice the host shows the first.
func (p properties) Get(key string) string {
	return input.FLBPluginConfigKey(p.plugin, key)
}

// missing is a function that the host lacks, and what is lost without it.
type missing struct{ symbol, without string }

func missingSymbols() []missing {
	var all []missing
	for i := C.int(0); ; i++ {
		var (
			symbol, without *C.char
			found           C.int
		)
		if C.ssa_host_symbol(i, &symbol, &without, &found) == 0 {
			return all
		}
		if found == 0 {
			all = append(all, missing{C.GoString(symbol), C.GoString(without)})
		}
	}
}
