package source

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// unit is a part of a date.
type unit int

const (
	year unit = iota
	month
	day
	hour
	minute
	noUnit
)

// token is a piece of a pattern: a literal, or a unit in digits.
type token struct {
	literal string
	unit    unit // noUnit for a literal
	padded  bool // always as many digits as the unit can have
}

// pattern is how a date is written in a key, up to and with the slash after
// it. Dates are UTC.
type pattern []token

func lit(s string) token { return token{literal: s, unit: noUnit} }
func num(u unit) token   { return token{unit: u, padded: true} }

// size is how many digits a unit has at most.
func (t token) size() int {
	if t.unit == year {
		return 4
	}
	return 2
}

// standardPatterns are the date folders AWS services write, longest first:
// WAF by minute, flow logs optionally by hour, the rest by day; flow logs also
// in the form Hive reads.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
// https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-path.html
// https://docs.aws.amazon.com/waf/latest/developerguide/logging-s3.html
func standardPatterns() []pattern {
	plainDay := pattern{num(year), lit("/"), num(month), lit("/"), num(day), lit("/")}
	plainHour := slices.Concat(plainDay, pattern{num(hour), lit("/")})
	plainMinute := slices.Concat(plainHour, pattern{num(minute), lit("/")})
	hiveDay := pattern{lit("year="), num(year), lit("/month="), num(month), lit("/day="), num(day), lit("/")}
	hiveHour := slices.Concat(hiveDay, pattern{lit("hour="), num(hour), lit("/")})
	return []pattern{plainMinute, plainHour, plainDay, hiveHour, hiveDay}
}

// finest is the smallest unit of the pattern.
func (p pattern) finest() unit {
	finest := year
	for _, t := range p {
		if t.unit != noUnit {
			finest = max(finest, t.unit)
		}
	}
	return finest
}

// byDay is the pattern up to the slash after its day.
func (p pattern) byDay() pattern {
	n := slices.IndexFunc(p, func(t token) bool { return t.unit == day })
	return slices.Concat(p[:n+1], pattern{lit("/")})
}

// sorted reports whether the written dates sort as the dates do: every unit
// padded, and none before a larger one.
func (p pattern) sorted() bool {
	last := year
	for _, t := range p {
		if t.unit == noUnit {
			continue
		}
		if !t.padded || t.unit < last {
			return false
		}
		last = t.unit
	}
	return true
}

// check refuses patterns that do not give one date, or give it in two ways.
func (p pattern) check() error {
	var seen [noUnit]bool
	for i, t := range p {
		if t.unit == noUnit {
			continue
		}
		seen[t.unit] = true
		if !t.padded && i+1 < len(p) && (p[i+1].unit != noUnit || isDigit(p[i+1].literal[0])) {
			return fmt.Errorf("a one or two digit date variable needs a separator after it, which is no digit")
		}
	}
	for u := year; u <= p.finest(); u++ {
		if !seen[u] {
			return fmt.Errorf("date variables leave out the %s", [...]string{"year", "month", "day", "hour", "minute"}[u])
		}
	}
	return nil
}

// format writes the date of the folder in which t lies.
func (p pattern) format(t time.Time) string {
	t = t.UTC()
	values := [...]int{t.Year(), int(t.Month()), t.Day(), t.Hour(), t.Minute()}
	var b strings.Builder
	for _, k := range p {
		switch {
		case k.unit == noUnit:
			b.WriteString(k.literal)
		case k.padded:
			digits := strconv.Itoa(values[k.unit])
			b.WriteString("0000"[:max(0, k.size()-len(digits))])
			b.WriteString(digits)
		default:
			b.WriteString(strconv.Itoa(values[k.unit]))
		}
	}
	return b.String()
}

// match reads a date at the beginning of s. It returns the length of the text
// and the time the folder stands for, from start until before end. A pattern
// cut off after a larger unit stands for all of that unit.
func (p pattern) match(s string) (n int, start, end time.Time, ok bool) {
	values := [...]int{1, 1, 1, 0, 0}
	var seen [noUnit]bool
	for _, k := range p {
		if k.unit == noUnit {
			if !strings.HasPrefix(s[n:], k.literal) {
				return 0, start, end, false
			}
			n += len(k.literal)
			continue
		}
		v, size := number(s[n:], k)
		if size == 0 || seen[k.unit] && v != values[k.unit] {
			return 0, start, end, false
		}
		values[k.unit], seen[k.unit] = v, true
		n += size
	}
	start = time.Date(values[year], time.Month(values[month]), values[day], values[hour], values[minute], 0, 0, time.UTC)
	// time.Date takes 31 February for 3 March.
	got := [...]int{start.Year(), int(start.Month()), start.Day(), start.Hour(), start.Minute()}
	return n, start, step(start, p.finest()), got == values
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// number reads the digits of one unit.
func number(s string, k token) (v, size int) {
	for size < len(s) && size < k.size() && isDigit(s[size]) {
		v = 10*v + int(s[size]-'0')
		size++
	}
	if k.padded && size < k.size() {
		return 0, 0
	}
	return v, size
}

// step is t moved on by one unit.
func step(t time.Time, u unit) time.Time {
	switch u {
	case year:
		return t.AddDate(1, 0, 0)
	case month:
		return t.AddDate(0, 1, 0)
	case day:
		return t.AddDate(0, 0, 1)
	case hour:
		return t.Add(time.Hour)
	default:
		return t.Add(time.Minute)
	}
}
