//go:build !hosttest

package main

import (
	"log/slog"

	"in_stellar_aws/internal/config"
	"in_stellar_aws/internal/connector"
)

// open builds the connector that cfg describes. An error is one of the
// configuration.
func open(cfg config.Config, q *queue, log *slog.Logger, env environment) (runner, error) {
	host := connector.Host{
		Queue:   q,
		Log:     log,
		Status:  env.Status,
		Version: version,
	}
	var run runner
	switch cfg.Connector {
	case config.CloudWatch:
		run = connector.NewCloudWatch(cfg, host)
	default: // config knows no other
		var err error
		if run, err = connector.NewS3(cfg, host); err != nil {
			return nil, err
		}
	}
	switch cfg.Health.TestOnStart {
	case config.TestFail:
		return run, mustPass(cfg, host.Log)
	case config.TestWarn:
		return &tested{run, cfg, host.Log}, nil
	}
	return run, nil
}
