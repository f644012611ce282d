// Package main is the plugin as Fluent Bit loads it: the exported callbacks,
// and what turns an [INPUT] section into a running connector. It is the only
// package that knows C.
//
// The host calls callbacks.c first: what must not enter Go stays there.
package main

// #cgo CFLAGS: -std=gnu11 -O2 -Wall
import "C"

import "unsafe"

const (
	pluginName  = "stellar_aws"
	description = "Stellar Cyber's AWS connectors: CloudTrail, VPC flow, WAF and CloudWatch logs"
)

// version is set by the linker.
var version = "unknown"

// What the host takes as success and failure of a callback.
const (
	flbError = 0
	flbOK    = 1
	flbFatal = -1
)

// FLBPluginRegister tells the host which plugin this is. The host calls it
// once when it loads the plugin, and again at every hot reload.
//
//export FLBPluginRegister
func FLBPluginRegister(def unsafe.Pointer) (rc C.int) {
	defer guard("register", func() { rc = flbFatal })
	if err := register(def); err != nil {
		printError(err)
		return flbFatal
	}
	return 0
}

// ssaInit is FLBPluginInit: it starts one instance. The host takes a failure
// as its own, at start and at reload, and ends: only settings that can never
// work fail here.
//
//export ssaInit
func ssaInit(plugin unsafe.Pointer) (rc C.int) {
	defer guard("init", func() { rc = flbError })
	start := connectors.start
	if ask := asked(); ask != nil {
		start = func(plugin unsafe.Pointer) error { return answer(ask, plugin) }
	}
	if err := start(plugin); err != nil {
		printError(err)
		return flbError
	}
	return flbOK
}

// ssaExit is FLBPluginExit: it ends the instances that run in the calling
// thread. The host does not say which one it means, and ends the others right
// after it.
//
//export ssaExit
func ssaExit() (rc C.int) {
	defer guard("exit", func() { rc = flbOK })
	connectors.stop()
	return flbOK
}

func main() {} // never called: the package is built as a C shared library
