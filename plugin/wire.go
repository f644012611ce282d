//go:build !hosttest

package main

import (
	"log/slog"

	"in_stellar_aws/internal/collect"
	"in_stellar_aws/internal/config"
)

// open builds the connector that cfg describes. An error is one of the
// configuration.
func open(cfg config.Config, q *queue, log *slog.Logger, m metrics, _ environment) (runner, error) {
	host := collect.Host{
		Queue:   q,
		Log:     log.With("connector", cfg.Name),
		Metrics: m,
		Version: version,
	}
	var connector runner
	var err error
	switch cfg.Connector {
	case config.CloudWatch:
		connector, err = collect.NewCloudWatch(cfg, host)
	default: // config knows no other
		connector, err = collect.NewS3(cfg, host)
	}
	if err != nil {
		return nil, err
	}
	switch cfg.Health.TestOnStart {
	case config.TestFail:
		return connector, mustPass(cfg, host.Log)
	case config.TestWarn:
		return &tested{connector, cfg, host.Log}, nil
	}
	return connector, nil
}
