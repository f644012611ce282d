package config

func authKeys() []Key {
	return []Key{
		{
			Name: "auth_method", Default: "by what is set",
			Allowed:     "access_key, iam_role or default",
			Description: "access_key: the two keys; iam_role: assume role_arn with the keys or, without keys, the default chain; default: the SDK's chain of environment, shared files, web identity, ECS and EC2",
			set:         choice(func(c *Config) *AuthMethod { return &c.Auth.Method }, AuthAccessKey, AuthIAMRole, AuthDefault),
		}, {
			Name: "access_key", Secret: true,
			Allowed:     "an access key id, without spaces",
			Description: "the connector's access key, or the source account's for iam_role",
			set:         secret(func(c *Config) *Secret { return &c.Auth.AccessKey }, graphic),
		}, {
			Name: "secret_key", Secret: true,
			Allowed:     "a secret access key, without spaces",
			Description: "the secret of access_key",
			set:         secret(func(c *Config) *Secret { return &c.Auth.SecretKey }, graphic),
		}, {
			Name: "session_token", Secret: true,
			Allowed:     "a session token, without spaces",
			Description: "the session token of temporary keys",
			set:         secret(func(c *Config) *Secret { return &c.Auth.SessionToken }, graphic),
		}, {
			Name:        "access_key_file",
			Allowed:     "a file path",
			Description: "a file that holds the access key; read again when it changes",
			set:         text(func(c *Config) *string { return &c.Auth.AccessKeyFile }, printable),
		}, {
			Name:        "secret_key_file",
			Allowed:     "a file path",
			Description: "a file that holds the secret key; read again when it changes",
			set:         text(func(c *Config) *string { return &c.Auth.SecretKeyFile }, printable),
		}, {
			Name:        "role_arn",
			Allowed:     "role ARNs such as arn:aws:iam::123456789012:role/NAME, comma-separated",
			Description: "the role to assume, in the same or another account; several are assumed one after the other",
			set:         roleARNs,
		}, {
			Name:        "external_id",
			Allowed:     "2 to 1224 letters, digits and characters of _+=,.@:/-",
			Description: "the external id that the last role of role_arn asks for",
			set:         text(func(c *Config) *string { return &c.Auth.ExternalID }, validExternalID),
		}, {
			Name: "role_session_name", Default: "in_stellar_aws-<connector_name>",
			Allowed:     "2 to 64 letters, digits and characters of _+=,.@-",
			Description: "the session name that CloudTrail shows for the assumed role",
			set:         text(func(c *Config) *string { return &c.Auth.RoleSessionName }, validSessionName),
		},
	}
}

// roleARNs reads role_arn. A role's name may hold commas, so the list is cut
// before each "arn:" only.
func roleARNs(c *Config, value string) error {
	arns, err := list(value, func(next string) bool { return len(next) >= 4 && next[:4] == "arn:" }, validRoleARN)
	c.Auth.RoleARNs = arns
	return err
}
