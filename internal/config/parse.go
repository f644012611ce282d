package config

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"
)

// Getter gives what the user wrote for a key; "" when nothing.
type Getter interface {
	Get(key string) string
}

// Default is what a connector has where the user sets nothing. It is not valid:
// some keys have no default. Lookback is per connector.
func Default() Config {
	return Config{
		Interval:     5 * time.Minute,
		StartFrom:    StartBack(24 * time.Hour),
		Workers:      4,
		MemLimit:     64_000_000,
		FlattenDepth: 3,
		S3: S3{
			FileType:          FileGzip,
			Lookback:          6 * time.Hour,
			ReconcileInterval: time.Hour,
		},
		Logs:   Logs{Lookback: 10 * time.Minute, SweepAges: []time.Duration{time.Hour, 24 * time.Hour}},
		Health: Health{TestOnStart: TestWarn, StatusInterval: 5 * time.Minute},
	}
}

// Parse reads every key, sets the defaults and checks the whole. Its error is
// an Errors with all faults; the Config is then empty. No fault shows a secret.
func Parse(g Getter) (Config, error) { return parseAt(g, time.Now()) }

// parseAt is Parse at a given time, which decides whether a time comes after a
// duration back.
func parseAt(g Getter, now time.Time) (Config, error) {
	p := parser{config: Default(), given: map[string]bool{}, bad: map[string]bool{}, now: now}
	keys := Keys()
	order := make(map[string]int, len(keys))
	for i, k := range keys {
		order[k.Name] = i
		p.read(k, strings.TrimSpace(g.Get(k.Name)))
	}
	p.checkNames(g, keys, order)
	p.checkTogether()
	if len(p.faults) > 0 {
		slices.SortStableFunc(p.faults, func(a, b *Error) int { return cmp.Compare(order[a.Key], order[b.Key]) })
		return Config{}, p.faults
	}
	return p.config, nil
}

// parser is one Parse under way.
type parser struct {
	config Config
	given  map[string]bool // keys that have a value, be it at fault
	bad    map[string]bool // keys whose own value is at fault
	faults Errors
	now    time.Time
}

// read reads one key and notes its faults.
func (p *parser) read(k Key, value string) {
	known := k.Connector == "" || k.Connector == p.config.Connector
	switch {
	case value == "":
		if k.Required && known {
			p.fault(k.Name, "", "is missing: want "+k.Allowed)
		}
		return
	case !known && p.knowsConnector():
		p.fault(k.Name, shown(k, value), "is a key of connector "+string(k.Connector)+", this section's is "+string(p.config.Connector))
		return
	}
	p.given[k.Name] = true
	if err := k.set(&p.config, value); err != nil {
		p.note(k, value, err)
	}
}

func (p *parser) knowsConnector() bool {
	return p.config.Connector == CloudTrail || p.config.Connector == CloudWatch
}

// note turns a setter's error into faults, one for each error joined in it.
func (p *parser) note(k Key, value string, err error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			p.note(k, value, e)
		}
		return
	}
	reason := reasonOf(err)
	if part := (*valueError)(nil); errors.As(err, &part) {
		value, reason = part.value, part.reason
	}
	if reason == "" {
		reason = "want " + k.Allowed
	}
	p.fault(k.Name, shown(k, value), reason)
}

func (p *parser) fault(key, value, reason string) {
	p.bad[key] = true
	p.faults = append(p.faults, &Error{Key: key, Value: value, Reason: reason})
}

// shown is the value as a fault may show it.
func shown(k Key, value string) string {
	if k.Secret {
		return redacted
	}
	return value
}
