// Command bench measures the whole connector, from the S3 GET to the batches
// handed over, and prints one table. What it measures are processes of their
// own, against a fake AWS in this one. CPU is user and system time of the whole
// process; x gunzip is that time over the one of a process that only inflates
// the same bytes on one core: the median of ratios between runs that follow each
// other, since machines are noisy, with the least and the most.
//
// x one core is how many times as fast everything is on two cores, the fake AWS
// on them too, as on one: see turn and cycle. It is the median of many short
// turns, with the middle half of them.
//
// Peers are measured beside it, over the same data, when their programs are
// named: see peers.go.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"
)

// options are the program's flags. Sizes are in bytes.
type options struct {
	size, object int64 // of each type's log data, of each object; before compression
	huge         int64 // of the one large object, before compression
	profiles     string
	plugin       string
	log          string // beginning of the names of the kinds wanted
	lagFor       time.Duration
}

// A mode is a part of what is measured.
type mode struct {
	name string
	run  func(context.Context, options, *report) error
}

func modes() []mode {
	return []mode{{"compare", compare}, {"memory", memory}, {"lag", lag}}
}

func main() {
	size := flag.Int64("size", 256, "log data of each type, in MB before compression")
	object := flag.Int64("object", 8, "size of each object, in MB before compression")
	huge := flag.Int64("huge", 5000, "size of the one large object whose memory is measured, in MB before compression")
	only := flag.String("only", "", "the parts wanted, comma-separated: compare, memory, lag (all)")
	profiles := flag.String("profiles", "", "folder for the CPU profiles of compare")
	log := flag.String("log", "", "the kinds of log wanted, by the beginning of their names (all)")
	lagFor := flag.Duration("lagfor", 20*time.Second, "how long objects come, of each shape of lag")
	plugin := flag.String("plugin", "build/in_stellar_aws.so", "the plugin, for lag")
	child := flag.String("child", "", "used by the program itself")
	flag.Parse()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	o := options{size: *size << 20, object: *object << 20, huge: *huge << 20, profiles: *profiles, plugin: *plugin, log: *log, lagFor: *lagFor}
	err := run(ctx, *child, *only, o)
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, child, only string, o options) error {
	if child != "" {
		return runChild(ctx, child)
	}
	var errs []error
	var r report
	for _, m := range modes() {
		if only != "" && !strings.Contains(","+only+",", ","+m.name+",") {
			continue
		}
		if err := m.run(ctx, o, &r); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", m.name, err))
		}
	}
	return errors.Join(append(errs, r.print(os.Stdout))...)
}
