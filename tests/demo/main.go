// Command demo shows in_stellar_aws at work without an AWS account: it starts a
// fake AWS with logs in three buckets, runs Fluent Bit (or, without one, the
// small host of the tests) with three connectors, and prints what came out.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"in_stellar_aws/tests/abihost"
	"in_stellar_aws/tests/harness"
)

// deadline is how long collecting may take.
const deadline = 60 * time.Second

func main() {
	plugin := flag.String("plugin", "build/in_stellar_aws.so", "the plugin's shared library")
	serve := flag.String("serve", "", "only serve the fake AWS at this address, such as :4566")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	var err error
	if *serve != "" {
		err = serveAWS(ctx, *serve)
	} else {
		err = run(ctx, *plugin)
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// serveAWS serves the sample logs until ctx ends, for a Fluent Bit elsewhere.
func serveAWS(ctx context.Context, address string) (err error) {
	world, err := harness.ServeWorld(address)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, world.Close()) }()
	samples, err := fill(world)
	if err != nil {
		return err
	}
	fmt.Printf("A fake AWS runs at %s with %d buckets of sample logs.\n", world.URL, len(samples))
	<-ctx.Done()
	return nil
}

// run is the whole demo.
func run(ctx context.Context, plugin string) (err error) {
	if _, err := os.Stat(plugin); err != nil {
		return fmt.Errorf("find plugin: %w (build it with: make build)", err)
	}
	world, err := harness.NewWorld()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, world.Close()) }()
	samples, err := fill(world)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "in_stellar_aws-demo-*")
	if err != nil {
		return fmt.Errorf("create directory: %w", err)
	}
	config := harness.Config{Dir: dir, Plugin: plugin}
	for _, s := range samples {
		config.Connectors = append(config.Connectors, s.connector)
	}

	kind := host()
	fmt.Printf("A fake AWS runs at %s; %s collects from it with %d connectors.\n", world.URL, describe(kind), len(samples))
	if err := collect(ctx, kind, config, samples); err != nil {
		return err
	}
	for _, s := range samples {
		if err := s.printFirst(os.Stdout); err != nil {
			return err
		}
	}
	printTable(os.Stdout, samples)
	printNext(os.Stdout, config)
	return check(samples)
}

// host is the best host of this machine.
func host() harness.Kind {
	if _, ok := abihost.RealFluentBit(); ok {
		return harness.FluentBit
	}
	return harness.ABIHost
}

func describe(kind harness.Kind) string {
	if path, ok := abihost.RealFluentBit(); ok && kind == harness.FluentBit {
		return "Fluent Bit (" + path + ")"
	}
	if path := os.Getenv("FLUENT_BIT"); path != "" {
		return "the test host ($FLUENT_BIT, " + path + ", is no program)"
	}
	return "the test host (there is no Fluent Bit here, $FLUENT_BIT can name one)"
}

// collect runs the host until every record of the samples came out. Where one
// is missing, that is check's to tell; the host's log is shown.
func collect(ctx context.Context, kind harness.Kind, config harness.Config, samples []*sample) error {
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	process, err := harness.Start(ctx, kind, config)
	if err != nil {
		return err
	}
	for _, s := range samples {
		if s.records, err = process.WaitRecords(ctx, s.connector.Tag(), s.want); err != nil {
			process.Kill()
			_, waiting := process.Wait(context.Background())
			return errors.Join(err, waiting, fmt.Errorf("the host's log:\n%s", process.Log()))
		}
	}
	exit, err := process.Stop(ctx)
	if err == nil && exit != (abihost.Exit{}) {
		err = fmt.Errorf("stop host: it ended with %+v", exit)
	}
	return err
}
