//go:build !hosttest

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"in_stellar_aws/internal/config"
	"in_stellar_aws/internal/probe"
	"in_stellar_aws/internal/routine"
)

// startWithin is how long a test may hold the host's start up.
const startWithin = 30 * time.Second

// tested is a connector that is tested beside its first work: what fails is a
// warning.
type tested struct {
	runner
	cfg config.Config
	log *slog.Logger
}

// Run implements runner.
func (t *tested) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	var testing sync.WaitGroup
	defer testing.Wait()
	defer cancel()
	testing.Go(func() {
		defer func() {
			if v := recover(); v != nil {
				t.log.Error("test", "error", routine.NewPanic(v))
			}
		}()
		t.test(ctx)
	})
	return t.runner.Run(ctx)
}

func (t *tested) test(ctx context.Context) {
	within, cancel := context.WithTimeout(ctx, testWithin)
	defer cancel()
	report, err := probe.Run(within, t.cfg, version)
	switch {
	case ctx.Err() != nil: // the connector ends
	case errors.Is(err, probe.ErrRunning):
		t.log.Info("no test: one of the configuration before is still running")
	case err != nil:
		t.log.Error("test", "error", err)
	case report.Failed() > 0:
		t.log.Warn("test: "+report.Summary(), "details", "run Fluent Bit with "+testVariable+"=1")
	default:
		t.log.Info("test: " + report.Summary())
	}
}

// mustPass tests a connector before it starts. What fails is logged, with what
// to do about it, and keeps the host from starting.
func mustPass(cfg config.Config, log *slog.Logger) error {
	ctx, cancel := context.WithTimeout(context.Background(), startWithin)
	defer cancel()
	report, err := probe.Run(ctx, cfg, version)
	if err != nil {
		return fmt.Errorf("test connector %s: %w", cfg.Name, err)
	}
	const most = 10
	said := 0
	for _, r := range report.Results {
		if r.Err == nil {
			continue
		}
		if said++; said > most {
			break
		}
		attrs := r.Attrs()
		if r.Missing != nil {
			attrs = append(attrs, "missing", r.Missing.String())
		}
		log.Error("test failed: "+r.What+": "+r.Err.Error(), attrs...)
	}
	if report.Failed() > 0 {
		return fmt.Errorf("test_on_start fail: %s", report.Summary())
	}
	log.Info("test: " + report.Summary())
	return nil
}
