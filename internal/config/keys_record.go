package config

import "time"

func recordKeys() []Key {
	return []Key{
		{
			Name:        "log_filter",
			Allowed:     "up to 10 conditions FIELD OP VALUE separated by ; or line ends, OP one of " + opList(),
			Description: "drop the records for which all conditions hold",
			set: func(c *Config, value string) (err error) {
				c.LogFilter, err = ParseFilter(value)
				return err
			},
		}, {
			Name:        "index_key",
			Allowed:     "a key name of 1 to 128 ASCII characters without spaces",
			Description: "the key to write the record's index family under",
			set:         text(func(c *Config) *string { return &c.IndexKey }, validKeyName),
		}, {
			Name:        "vendor_key",
			Allowed:     "a key name of 1 to 128 ASCII characters without spaces",
			Description: "the key to write the vendor under",
			set:         text(func(c *Config) *string { return &c.VendorKey }, validKeyName),
		}, {
			Name: "vpc_flow_format", Default: "the default format of version 2",
			Allowed:     "field names separated by spaces, such as version account-id srcaddr, or AWS's ${version} ${account-id} ${srcaddr}; with sub_type vpcflow or vpc_flow_logs on",
			Description: "the order of the fields where no header tells it; plain names, since the host replaces ${...} by environment variables",
			set:         flowFormat,
		}, {
			Name: "flatten_depth", Default: "3",
			Allowed:     "a whole number from 1 to 32",
			Description: "how many levels below CloudTrail's requestParameters and responseElements become fields of their own",
			set:         integer(func(c *Config) *int { return &c.FlattenDepth }, 1, 32),
		},
	}
}

func healthKeys() []Key {
	return []Key{
		{
			Name: "test_on_start", Default: string(TestWarn),
			Allowed:     "off, warn or fail",
			Description: "test authentication and connectivity at start; fail refuses to start",
			set:         choice(func(c *Config) *TestMode { return &c.Health.TestOnStart }, TestOff, TestWarn, TestFail),
		}, {
			Name: "status_interval", Default: "5m",
			Allowed:     "a duration from 1s to 366d, or 0 for off",
			Description: "time between status lines",
			set:         durationOrOff(func(c *Config) *time.Duration { return &c.Health.StatusInterval }),
		},
	}
}
