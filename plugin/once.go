package main

// #include "once.h"
import "C"

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unsafe"

	"in_stellar_aws/internal/config"
	"in_stellar_aws/internal/policy"
	"in_stellar_aws/internal/probe"
)

// The environment variables that turn a run of the host into the answer to a
// question: no connector is started, each one's answer is printed to standard
// output, and then the host ends.
const (
	testVariable   = "STELLAR_AWS_TEST"
	policyVariable = "STELLAR_AWS_POLICY"
)

// testWithin is how long one connector's test may take: an organisation of
// 50,000 accounts takes about three minutes.
const testWithin = 5 * time.Minute

// question is what the run is to answer for one connector. The answer goes to
// w; failed tells that it is a bad one.
type question func(w io.Writer, c config.Config) (failed bool, err error)

// asked is the question of this run, nil where connectors are to be started.
func asked() question {
	switch {
	case isOn(testVariable):
		return testOnce
	case isOn(policyVariable):
		return printPolicies
	}
	return nil
}

func isOn(variable string) bool {
	value := strings.ToLower(os.Getenv(variable))
	return value != "" && value != "0" && value != "off" && value != "false" && value != "no"
}

// answer answers for the section that the host initialises, and has the host
// end when all have answered. A section at fault is an error, as ever, and so
// is a bad answer where the host cannot be ended in another way.
func answer(ask question, plugin unsafe.Pointer) error {
	C.ssa_once_begin()
	status := C.int(0)
	section := properties{plugin}
	c, err := config.Parse(section)
	if err != nil {
		err = named(section, err)
	} else {
		var failed bool
		if failed, err = ask(os.Stdout, c); failed {
			status = 1
		}
	}
	if C.ssa_once_end(status) != 0 && err == nil {
		err = errors.New("the answer is printed; this Fluent Bit cannot be ended in another way")
	}
	return err
}

// named puts before each fault of a section whose it is: nothing else does, since
// no instance is made.
func named(section config.Getter, err error) error {
	name := section.Get("connector_name")
	if name == "" {
		name = "without connector_name"
	}
	all := faults(err)
	for i, fault := range all {
		all[i] = fmt.Errorf("connector %s: %w", name, fault)
	}
	return errors.Join(all...)
}

func testOnce(w io.Writer, c config.Config) (failed bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), testWithin)
	defer cancel()
	report, err := probe.Run(ctx, c, version)
	if err != nil {
		return false, fmt.Errorf("test connector %s: %w", c.Name, err)
	}
	return report.Failed() > 0, report.Write(w)
}

func printPolicies(w io.Writer, c config.Config) (failed bool, err error) {
	var b strings.Builder
	for _, g := range policy.For(c) {
		fmt.Fprintf(&b, "# connector %s: policy of %s\n", c.Name, g.To)
		for _, note := range g.Notes {
			b.WriteString("# " + note + "\n")
		}
		b.WriteString(g.Document.Text() + "\n")
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return false, fmt.Errorf("print policy: %w", err)
	}
	return false, nil
}
