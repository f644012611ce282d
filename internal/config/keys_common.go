package config

import "time"

// Ranges of the values that several keys share.
const (
	shortest = time.Second
	longest  = 366 * 24 * time.Hour
)

func commonKeys() []Key {
	return []Key{
		{
			Name: "connector", Required: true,
			Allowed:     "cloudtrail or cloudwatch",
			Description: "which of the two connectors this section is: logs from S3, or from CloudWatch Logs",
			set:         choice(func(c *Config) *Kind { return &c.Connector }, CloudTrail, CloudWatch),
		}, {
			Name: "connector_name", Required: true,
			Allowed:     "1 to 128 ASCII characters without control characters, unique in the process",
			Description: "the connector's name in logs, metrics and state",
			set:         text(func(c *Config) *string { return &c.Name }, validName),
		}, {
			Name:        "tenant_name",
			Allowed:     "text without control characters",
			Description: "the tenant's name, put into every record",
			set:         text(func(c *Config) *string { return &c.TenantName }, printable),
		}, {
			Name:        "tenant_id",
			Allowed:     "text without control characters",
			Description: "the tenant's id, put into every record",
			set:         text(func(c *Config) *string { return &c.TenantID }, printable),
		}, {
			Name: "interval", Default: "5",
			Allowed:     "minutes, or a duration such as 30s or 2h, from 1s to 366d",
			Description: "time between pulls; the first one is at once",
			set:         interval(func(c *Config) *time.Duration { return &c.Interval }),
		}, {
			Name: "start_from", Default: "24h",
			Allowed:     "now, beginning, an RFC 3339 time such as 2026-01-31T00:00:00Z, or a duration back such as 24h or 7d",
			Description: "where a connector without saved state begins",
			set:         start(func(c *Config) *Start { return &c.StartFrom }),
		}, {
			Name:        "end_at",
			Allowed:     "an RFC 3339 time or a duration back such as 24h, after start_from",
			Description: "where collection ends: with start_from, a backfill of that range",
			set:         end,
		}, {
			Name:        "db",
			Allowed:     "a file path",
			Description: "the state file, shared by the connectors that name the same path; without it, state is lost when the process ends",
			set:         text(func(c *Config) *string { return &c.DB }, printable),
		}, {
			Name: "workers", Default: "4",
			Allowed:     "a whole number from 1 to 64",
			Description: "objects or log groups fetched at the same time",
			set:         integer(func(c *Config) *int { return &c.Workers }, 1, 64),
		}, {
			Name: "mem_limit", Default: "64M",
			Allowed:     "a size of at least 1M, such as 64M or 1G (powers of 1000, as Fluent Bit counts)",
			Description: "what the connector may hold in flight, whatever the objects' sizes",
			set:         size(func(c *Config) *int64 { return &c.MemLimit }, 1_000_000),
		}, {
			Name:        "lookback",
			Default:     "6h (cloudtrail), 10m (cloudwatch)",
			Allowed:     "a duration from 1s to 366d, such as 6h or 30d",
			Description: "how far behind the newest key late objects are looked for; for cloudwatch, how far back each pull looks again for late events",
			set:         lookback,
		},
	}
}

// lookback sets the window of the connector at hand. The connector key comes
// first in the table; where it was wrong, its fault is enough.
func lookback(c *Config, value string) error {
	target := func(c *Config) *time.Duration { return &c.S3.Lookback }
	if c.Connector == CloudWatch {
		target = func(c *Config) *time.Duration { return &c.Logs.Lookback }
	}
	return duration(target, shortest, longest)(c, value)
}

// end is start without the points that cannot end anything.
func end(c *Config, value string) error {
	s, err := ParseStart(value)
	if err != nil || s.kind == startBeginning || s == StartNow() {
		return errAllowed
	}
	c.EndAt = s
	return nil
}
