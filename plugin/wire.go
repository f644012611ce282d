//go:build !hosttest

package main

import (
	"log/slog"

	"in_stellar_aws/internal/collect"
	"in_stellar_aws/internal/config"
)

// version is set by the linker.
var version = "unknown"

// open builds the connector that cfg describes. An error is one of the
// configuration.
func open(cfg config.Config, q *queue, log *slog.Logger, m metrics, _ environment) (runner, error) {
	host := collect.Host{
		Queue:   q,
		Log:     log.With("connector", cfg.Name),
		Metrics: m,
		Version: version,
	}
	switch cfg.Connector {
	case config.CloudWatch:
		return collect.NewCloudWatch(cfg, host)
	default: // config knows no other
		return collect.NewS3(cfg, host)
	}
}
