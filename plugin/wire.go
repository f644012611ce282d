//go:build !hosttest

package main

import (
	"log/slog"

	"in_stellar_aws/internal/collect"
	"in_stellar_aws/internal/config"
)

// open builds the connector that cfg describes. An error is one of the
// configuration.
func open(cfg config.Config, q *queue, log *slog.Logger, env environment) (runner, error) {
	host := collect.Host{
		Queue:   q,
		Log:     log,
		Status:  env.Status,
		Version: version,
	}
	var connector runner
	switch cfg.Connector {
	case config.CloudWatch:
		connector = collect.NewCloudWatch(cfg, host)
	default: // config knows no other
		var err error
		if connector, err = collect.NewS3(cfg, host); err != nil {
			return nil, err
		}
	}
	switch cfg.Health.TestOnStart {
	case config.TestFail:
		return connector, mustPass(cfg, host.Log)
	case config.TestWarn:
		return &tested{connector, cfg, host.Log}, nil
	}
	return connector, nil
}
