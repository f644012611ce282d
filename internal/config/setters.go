package config

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
)

// errAllowed says no more than that the value is none of the allowed ones: the
// fault then quotes the key's Allowed text.
var errAllowed = errors.New("is not allowed")

// check says what is wrong with a text, or errAllowed.
type check func(string) error

func text(field func(*Config) *string, ok check) setter {
	return func(c *Config, value string) error {
		*field(c) = value
		if ok == nil {
			return nil
		}
		return ok(value)
	}
}

// link is text for a URL that may by mistake hold a password: a fault shows it
// without.
func link(field func(*Config) *string, ok check) setter {
	return func(c *Config, value string) error {
		*field(c) = value
		if err := ok(value); err != nil {
			return &valueError{value: hideUserinfo(value), reason: reasonOf(err)}
		}
		return nil
	}
}

func secret(field func(*Config) *Secret, ok check) setter {
	return func(c *Config, value string) error {
		*field(c) = Secret(value)
		return ok(value)
	}
}

func choice[T ~string](field func(*Config) *T, values ...T) setter {
	return func(c *Config, value string) error {
		v := T(strings.ToLower(value))
		*field(c) = v
		if !slices.Contains(values, v) {
			return errAllowed
		}
		return nil
	}
}

// boolean takes the words that the host itself takes.
func boolean(field func(*Config) *bool) setter {
	return func(c *Config, value string) error {
		switch strings.ToLower(value) {
		case "on", "true", "yes":
			*field(c) = true
		case "off", "false", "no":
			*field(c) = false
		default:
			return errAllowed
		}
		return nil
	}
}

func integer(field func(*Config) *int, least, most int) setter {
	return func(c *Config, value string) error {
		n, err := strconv.Atoi(value)
		if err != nil || n < least || n > most {
			return errAllowed
		}
		*field(c) = n
		return nil
	}
}

func size(field func(*Config) *int64, least int64) setter {
	return func(c *Config, value string) error {
		n, err := parseSize(value)
		if err != nil || n < least {
			return errAllowed
		}
		*field(c) = n
		return nil
	}
}

func duration(field func(*Config) *time.Duration, least, most time.Duration) setter {
	return timeSpan(field, parseDuration, func(d time.Duration) bool { return d >= least && d <= most })
}

func durationOrOff(field func(*Config) *time.Duration) setter {
	return timeSpan(field, parseDuration, func(d time.Duration) bool { return d == 0 || d >= shortest && d <= longest })
}

func interval(field func(*Config) *time.Duration) setter {
	return timeSpan(field, parseInterval, func(d time.Duration) bool { return d >= shortest && d <= longest })
}

func timeSpan(field func(*Config) *time.Duration, parse func(string) (time.Duration, error), within func(time.Duration) bool) setter {
	return func(c *Config, value string) error {
		d, err := parse(value)
		if err != nil || !within(d) {
			return errAllowed
		}
		*field(c) = d
		return nil
	}
}

func start(field func(*Config) *Start) setter {
	return func(c *Config, value string) error {
		s, err := ParseStart(value)
		if err != nil {
			return errAllowed
		}
		*field(c) = s
		return nil
	}
}

// list reads comma-separated values. Where cutBefore is given, a comma separates
// only if it approves of what follows. Every item at fault is named.
func list(value string, cutBefore func(next string) bool, ok check) ([]string, error) {
	var items []string
	var errs []error
	for item := range strings.SplitSeq(value, ",") {
		trimmed := strings.TrimSpace(item)
		if len(items) > 0 && cutBefore != nil && !cutBefore(trimmed) {
			items[len(items)-1] += "," + item
			continue
		}
		items = append(items, trimmed)
	}
	for i, item := range items {
		switch err := ok(item); {
		case item == "":
			errs = append(errs, errors.New("has an empty item: remove a comma"))
		case err != nil:
			errs = append(errs, &valueError{value: item, reason: reasonOf(err)})
		case slices.Contains(items[:i], item):
			errs = append(errs, &valueError{value: item, reason: "is listed twice"})
		}
	}
	return items, errors.Join(errs...)
}

// oldestEvent is how old an event that CloudWatch Logs takes may be
// (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html).
const oldestEvent = 14 * 24 * time.Hour

// sweepAges reads sweep_ages.
func sweepAges(c *Config, value string) error {
	c.Logs.SweepAges = nil
	if value == "0" {
		return nil
	}
	_, err := list(value, nil, func(item string) error {
		age, err := parseDuration(item)
		switch {
		case err != nil, age < time.Minute, age > oldestEvent:
			return errAllowed
		case slices.Contains(c.Logs.SweepAges, age):
			return errors.New("is listed twice")
		}
		c.Logs.SweepAges = append(c.Logs.SweepAges, age)
		return nil
	})
	slices.Sort(c.Logs.SweepAges)
	return err
}

// flowFormat reads vpc_flow_format. Names that are not known are taken too: AWS
// adds fields.
func flowFormat(c *Config, value string) error {
	for _, field := range strings.Fields(value) {
		name := field
		if inner, ok := strings.CutPrefix(field, "${"); ok {
			name = strings.TrimSuffix(inner, "}")
		}
		if !flowField.MatchString(name) {
			return &valueError{value: field, reason: "is no field name: want such as account-id or ${account-id}"}
		}
		if slices.Contains(c.VPCFlowFormat, name) {
			return &valueError{value: field, reason: "is listed twice"}
		}
		c.VPCFlowFormat = append(c.VPCFlowFormat, name)
	}
	return nil
}

// reasonOf is err's text; "" for errAllowed, in whose place the caller puts the
// key's Allowed text.
func reasonOf(err error) string {
	if errors.Is(err, errAllowed) {
		return ""
	}
	return err.Error()
}
