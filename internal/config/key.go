package config

import "slices"

// Key is one key of a connector's section. The table of all keys is what Parse
// reads by and what the reference documentation is made from.
type Key struct {
	Name        string
	Default     string // as a user would write it; "" for none
	Allowed     string // what the value may be, in words that follow "want"
	Description string
	Connector   Kind // the only connector that knows the key; "" for both
	Required    bool // by the connectors that know it
	Secret      bool // its value is never shown

	set setter
}

// setter reads a key's value into the Config. Its error is the reason why the
// value is not allowed; errAllowed stands for the key's Allowed text.
type setter func(c *Config, value string) error

// Keys are all keys, in the order of the reference documentation; connector
// comes first, since others depend on it.
func Keys() []Key {
	return slices.Concat(commonKeys(), authKeys(), networkKeys(), s3Keys(), logsKeys(), recordKeys(), healthKeys())
}
