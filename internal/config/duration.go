package config

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// durationUnits are what a duration may be written in.
var durationUnits = map[byte]time.Duration{
	's': time.Second,
	'm': time.Minute,
	'h': time.Hour,
	'd': 24 * time.Hour,
}

var errDuration = errors.New("want whole numbers with a unit each, such as 30s, 5m, 2h, 7d or 1h30m")

// parseDuration reads a duration such as "30s", "7d" or "1h30m": whole numbers
// of s, m, h and d (24 hours). A plain "0" is zero; any other number without a
// unit is refused, since its reader may take it for another unit.
func parseDuration(s string) (time.Duration, error) {
	if s == "0" {
		return 0, nil
	}
	if s == "" {
		return 0, errDuration
	}
	var total time.Duration
	for rest := s; rest != ""; {
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		if digits == 0 || digits == len(rest) {
			return 0, errDuration
		}
		unit, ok := durationUnits[rest[digits]|0x20] // lower case
		if !ok {
			return 0, errDuration
		}
		n, err := strconv.ParseInt(rest[:digits], 10, 64)
		if err != nil || n > int64((math.MaxInt64-total)/unit) {
			return 0, errors.New("is longer than 292 years")
		}
		total += time.Duration(n) * unit
		rest = rest[digits+1:]
	}
	return total, nil
}

// parseInterval is parseDuration, where a plain number means minutes: so do the
// AWS connectors this plugin stands in for.
func parseInterval(s string) (time.Duration, error) {
	if s != "" && strings.Trim(s, "0123456789") == "" {
		s += "m"
	}
	return parseDuration(s)
}
