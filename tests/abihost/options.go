package abihost

import (
	"os"
	"strings"
	"time"
)

// Options tell how one run of the host is set up. The zero value of every
// field but ConfigFile models Fluent Bit 5.1 as it is.
type Options struct {
	// ConfigFile is a classic (.conf) or YAML configuration as the real host
	// would get with -c. It is read again at each reload.
	ConfigFile string
	// Plugin is the path of a plugin .so to load beside those the
	// configuration names, as with -e.
	Plugin string
	// Env is added to the process environment, NAME=value; it also serves
	// ${NAME} in the configuration.
	Env []string
	// Dir is the working directory; relative storage and output paths start
	// there. Empty means the test's own.
	Dir string

	// Tick is the length of the host's second: collectors, grace period and
	// flush are counted in it. 0 means one second. Timers that the plugin
	// creates keep their own period.
	Tick time.Duration
	// OldLayout gives contexts as hosts up to 4.0.14 do, which have no
	// callback with a context.
	OldLayout bool
	// DefSize is the number of bytes that FLBPluginRegister may write: 32
	// up to 4.2.2, 40 up to 5.0, 48 from 5.1. 0 means 32, the strictest.
	DefSize int

	// Faults are in force from the start; see also the methods of Run.
	Faults Faults

	// OnRecord, where set, gets every record instead of Run.Records, on one
	// goroutine and in the order of delivery. It must not block.
	OnRecord func(Record)
}

// Faults are failures that the host produces on request.
type Faults struct {
	// Stall makes the outputs take nothing.
	Stall bool
	// DiskFull makes appends to filesystem storage fail.
	DiskFull bool
	// Refuse makes the next n appends return -1; below 0, all of them.
	Refuse int
	// RefuseRate refuses that share of the appends (0 to 1), pseudo-randomly
	// from Seed.
	RefuseRate float64
	Seed       uint64
	// InitDelay holds up each FLBPluginInit.
	InitDelay time.Duration
}

func (o Options) environ() []string {
	return append(os.Environ(), o.Env...)
}

func (o Options) lookup(name string) (string, bool) {
	env := o.environ()
	for i := len(env) - 1; i >= 0; i-- {
		if k, v, ok := strings.Cut(env[i], "="); ok && k == name {
			return v, true
		}
	}
	return "", false
}
