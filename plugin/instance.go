package main

// #include "instance.h"
import "C"

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
	"unsafe"

	"in_stellar_aws/internal/config"
	"in_stellar_aws/internal/health"
	"in_stellar_aws/internal/routine"
)

// A runner is a connector at work. Run returns nil or ctx's error once ctx has
// ended, and any other error when it can never go on. It leaves no goroutine
// behind.
type runner interface {
	Run(ctx context.Context) error
}

// environment is what a connector may know about where it runs.
type environment struct {
	Instance string        // the host's name of the instance, or its alias
	Keys     config.Getter // every key of the section; during open only
	Metrics  metrics       // makes more metrics; during open only
	Status   *health.Status
}

// instance is one [INPUT] section: one connector running.
type instance struct {
	name      string // the host's
	connector string // the connector_name of its section
	c         *C.struct_ssa_instance
	log       *slog.Logger
	lines     *lines
	queue     *queue
	runner    runner
	status    *health.Status
	every     time.Duration // between two status lines
	wake      *os.File

	ctx    context.Context
	cancel context.CancelFunc
	ended  chan struct{} // closed when no goroutine is left
}

// openInstance builds an instance inside FLBPluginInit. taken are the names
// that other connectors have. What is wrong with the section is logged line by
// line, and returned in short.
func openInstance(plugin unsafe.Pointer, taken map[string]bool) (*instance, error) {
	c := C.ssa_instance_new(plugin)
	if c == nil {
		return nil, errors.New("open instance: out of memory or file descriptors")
	}
	in := &instance{name: C.GoString(c.labels.name), c: c}
	in.log, in.lines = newLogger(in.name, slogLevel(c.level), shim{c})
	in.ctx, in.cancel = context.WithCancel(context.Background())
	if err := in.wire(properties{plugin}, taken); err != nil {
		for _, fault := range faults(err) {
			in.log.Error(fault.Error())
		}
		in.discard()
		return nil, fmt.Errorf("%s does not start: its configuration is wrong, see above", in.name)
	}
	in.warn()
	C.ssa_instance_log(c, -1)
	return in, nil
}

// wire reads the section and opens its connector.
func (in *instance) wire(keys config.Getter, taken map[string]bool) error {
	cfg, err := config.Parse(keys)
	if err != nil {
		return err
	}
	if taken[cfg.Name] {
		return fmt.Errorf("connector_name %q: another connector has this name; it must be unique", cfg.Name)
	}
	in.connector = cfg.Name
	if err := (shim{in.c}).serve(cfg.Name); err != nil {
		return err
	}
	m := metrics{in.c}
	if err := in.ownMetrics(m); err != nil {
		return err
	}
	in.wake = os.NewFile(uintptr(C.ssa_instance_wake_fd(in.c)), "eventfd")
	if in.wake == nil {
		return errors.New("duplicate eventfd: no file descriptor left")
	}
	log := in.log.With("connector", cfg.Name)
	in.status, in.every = health.NewStatus(log, m, time.Now), cfg.Health.StatusInterval
	// The other half is for what is being fetched and decoded.
	in.queue = newQueue(shim{in.c}, uint64(cfg.MemLimit)/2)
	in.runner, err = open(cfg, in.queue, log, environment{Instance: in.name, Keys: keys, Metrics: m, Status: in.status})
	return err
}

// ownMetrics makes the metrics that the C side sets.
func (in *instance) ownMetrics(m metrics) error {
	for metric, at := range map[health.Metric]**C.struct_ssa_metric{
		health.AppendRefused:      &in.c.refused,
		health.Paused:             &in.c.paused,
		health.QueueBytes:         &in.c.queued,
		health.DurabilityDegraded: &in.c.degraded,
	} {
		d := metric.Definition()
		isCounter := C.int(1)
		if d.Gauge {
			isCounter = 0
		}
		if *at = m.create(d.Name, d.Help, isCounter); *at == nil {
			return errors.New("make metrics: out of memory")
		}
	}
	return nil
}

// faults splits what errors.Join has joined.
func faults(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}

// warn says, once a start, what the way the host runs the instance costs.
func (in *instance) warn() {
	for _, m := range missingSymbols() {
		in.log.Warn("this Fluent Bit lacks a function: "+m.without, "function", m.symbol)
	}
	if in.c.isolated == 0 {
		in.log.Warn("this Fluent Bit confuses the pauses of several stellar_aws inputs; use 4.1 or newer")
	}
	if in.c.threaded != 0 {
		C.ssa_metric_set(in.c.degraded, 1)
		in.log.Warn("this input does not run in the engine's thread: records that are counted as delivered are lost " +
			"when Fluent Bit dies, its disk is full, or it stops while paused; set threaded off")
	}
}

// run starts the connector.
func (in *instance) run() {
	var work sync.WaitGroup
	work.Go(func() {
		defer in.recovered()
		in.queue.watch(in.wake)
	})
	work.Go(func() {
		defer in.recovered()
		in.status.Run(in.ctx, in.every)
	})
	work.Go(func() {
		defer in.wake.Close() // ends watch
		in.guarded()
	})
	in.ended = make(chan struct{})
	go func() {
		defer in.recovered()
		work.Wait()
		close(in.ended)
	}()
}

// guarded runs the connector; neither its error nor its panic goes further.
func (in *instance) guarded() {
	defer in.recovered()
	if err := in.runner.Run(in.ctx); err != nil && in.ctx.Err() == nil {
		in.status.Report(stopped, err)
	}
}

// stopped is what is reported of a connector that has ended for good. Its
// status says so until the host ends.
const stopped = "connector stopped"

// recovered is to be deferred.
func (in *instance) recovered() {
	if v := recover(); v != nil {
		in.status.Report(stopped, routine.NewPanic(v))
	}
}

// discard frees an instance that was never run.
func (in *instance) discard() {
	in.cancel()
	in.leaveHost()
	in.free()
}

// close ends an instance whose pump is closed and whose context is cancelled,
// on the host's thread. It waits for the connector until ctx ends.
func (in *instance) close(ctx context.Context) {
	in.queue.close()
	select {
	case <-in.ended:
	case <-ctx.Done():
	}
	select {
	case <-in.ended:
		in.leaveHost()
		in.free()
	default:
		in.log.Warn("connector has not ended in time; what it has not committed is collected again")
		in.leaveHost()
		go func() {
			defer in.recovered()
			<-in.ended
			in.free()
		}()
	}
}

// leaveHost gives back all that is the host's, on the host's thread.
func (in *instance) leaveHost() {
	in.lines.detach()
	C.ssa_instance_detach(in.c)
}

// free releases the rest, which the connector must not use any more.
func (in *instance) free() {
	if in.wake != nil {
		_ = in.wake.Close() // closed already where the connector has run
	}
	C.ssa_instance_free(in.c)
}
