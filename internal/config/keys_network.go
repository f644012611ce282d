package config

func networkKeys() []Key {
	return []Key{
		{
			Name:        "region",
			Allowed:     "an AWS region such as us-east-1",
			Description: "required for cloudwatch; for cloudtrail found from the bucket",
			set:         text(func(c *Config) *string { return &c.Region }, anyRegion),
		}, {
			Name: "proxy_uri", Secret: true, Default: "the HTTP_PROXY and HTTPS_PROXY environment",
			Allowed:     "http(s)://[user:password@]host:port, special characters in user and password percent-encoded",
			Description: "the proxy for every AWS call",
			set:         secret(func(c *Config) *Secret { return &c.Network.ProxyURI }, validProxy),
		}, {
			Name:        "endpoint_url",
			Allowed:     "http(s)://host[:port][/path]",
			Description: "the endpoint of every service, STS included: S3-compatible stores, private endpoints, tests; one of Amazon S3's domains (https://s3.amazonaws.com, https://s3-REGION.amazonaws.com, https://BUCKET.s3.amazonaws.com) is for S3 only",
			set:         link(func(c *Config) *string { return &c.Network.EndpointURL }, validEndpoint),
		}, {
			Name:        "ca_file",
			Allowed:     "a file path",
			Description: "PEM certificates to trust besides the system's",
			set:         text(func(c *Config) *string { return &c.Network.CAFile }, printable),
		}, {
			Name: "use_fips", Default: "off",
			Allowed:     "on or off",
			Description: "use the FIPS 140 endpoints",
			set:         boolean(func(c *Config) *bool { return &c.Network.UseFIPS }),
		}, {
			Name: "use_dualstack", Default: "off",
			Allowed:     "on or off",
			Description: "use the endpoints that have IPv6 addresses",
			set:         boolean(func(c *Config) *bool { return &c.Network.UseDualStack }),
		}, {
			Name: "s3_path_style", Default: "off",
			Allowed:     "on or off",
			Description: "put the bucket into the path instead of the host name, as many S3-compatible stores want",
			set:         boolean(func(c *Config) *bool { return &c.Network.S3PathStyle }),
		},
	}
}
