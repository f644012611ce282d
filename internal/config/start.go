package config

import (
	"errors"
	"time"
)

// Start is a point in time from which to begin (or at which to end), either
// fixed or counted from a moment that is known only later. The zero Start is
// unset.
type Start struct {
	kind startKind
	back time.Duration
	time time.Time
}

type startKind uint8

const (
	startUnset startKind = iota
	startBack            // now less back
	startTime            // time
	startBeginning
)

// StartNow is the moment that At is given.
func StartNow() Start { return Start{kind: startBack} }

// StartBack is d before the moment that At is given.
func StartBack(d time.Duration) Start { return Start{kind: startBack, back: d} }

// StartTime is the time t.
func StartTime(t time.Time) Start { return Start{kind: startTime, time: t} }

// StartBeginning is before everything there is.
func StartBeginning() Start { return Start{kind: startBeginning} }

// ParseStart reads "now", "beginning", an RFC 3339 time, or a duration back
// from now such as "24h" or "7d".
func ParseStart(s string) (Start, error) {
	switch s {
	case "now":
		return StartNow(), nil
	case "beginning":
		return StartBeginning(), nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return StartTime(t), nil
	}
	d, err := parseDuration(s)
	if err != nil || s == "0" {
		return Start{}, errors.New("want now, beginning, an RFC 3339 time such as 2026-01-31T00:00:00Z, or a duration back such as 24h or 7d")
	}
	return StartBack(d), nil
}

// IsZero reports whether s is unset.
func (s Start) IsZero() bool { return s.kind == startUnset }

// Moves reports whether s is counted from the moment that At is given.
func (s Start) Moves() bool { return s.kind == startBack }

// At is the point in time that s means when it is now. It is the zero time for
// the beginning and for an unset Start.
func (s Start) At(now time.Time) time.Time {
	switch s.kind {
	case startBack:
		return now.Add(-s.back)
	case startTime:
		return s.time
	default:
		return time.Time{}
	}
}

// String writes s as ParseStart reads it; an unset Start is "".
func (s Start) String() string {
	switch {
	case s.kind == startBack && s.back == 0:
		return "now"
	case s.kind == startBack:
		return s.back.String()
	case s.kind == startTime:
		return s.time.Format(time.RFC3339Nano)
	case s.kind == startBeginning:
		return "beginning"
	default:
		return ""
	}
}
