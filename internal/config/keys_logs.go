package config

func logsKeys() []Key {
	return []Key{
		{
			Name: "log_groups", Connector: CloudWatch, Required: true,
			Allowed:     "names or ARNs, comma-separated, * at the end of one for a prefix",
			Description: "the log groups to read; ARNs for those of linked accounts",
			set: func(c *Config, value string) (err error) {
				c.Logs.Groups, err = list(value, nil, validGroup)
				for i, g := range c.Logs.Groups {
					c.Logs.Groups[i] = trimGroupARN(g)
				}
				return err
			},
		}, {
			Name: "log_streams", Default: "all", Connector: CloudWatch,
			Allowed:     "names, comma-separated, * at the end of one for a prefix; only with exactly one log group",
			Description: "the log streams to read",
			set: func(c *Config, value string) (err error) {
				c.Logs.Streams, err = list(value, nil, validStream)
				return err
			},
		}, {
			Name: "sweep_ages", Default: "1h,24h", Connector: CloudWatch,
			Allowed:     "durations from 1m to 14d, comma-separated, such as 1h,24h,14d, or 0 for none",
			Description: "how old events are when everything of their time is read once more, for those that became visible later than lookback",
			set:         sweepAges,
		}, {
			Name: "vpc_flow_logs", Default: "off", Connector: CloudWatch,
			Allowed:     "on or off",
			Description: "the groups hold VPC flow logs",
			set:         boolean(func(c *Config) *bool { return &c.Logs.VPCFlow }),
		}, {
			Name: "parse_json", Default: "off", Connector: CloudWatch,
			Allowed:     "on or off",
			Description: "also parse JSON messages of generic logs",
			set:         boolean(func(c *Config) *bool { return &c.Logs.ParseJSON }),
		},
	}
}
