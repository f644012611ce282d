package interflow

import (
	"math"
	"time"
)

// parseTime reads a time as AWS writes it and returns nanoseconds of the Unix
// epoch. The common form, YYYY-MM-DDTHH:MM:SSZ
// (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html),
// is read by position; the other forms met in data are left to package time.
func parseTime(text []byte) (nanos int64, ok bool) {
	if sec, ok := parseSeconds(text); ok {
		return sec * 1e9, true
	}
	for _, layout := range []string{
		time.RFC3339Nano,
		"2006-01-02 15:04:05.999999999",
		"2006-01-02T15:04:05.999999999",
		"20060102T150405Z",
	} {
		t, err := time.ParseInLocation(layout, string(text), time.UTC)
		if err == nil && t.Year() >= 1678 && t.Year() < 2262 { // what 64 bits of nanoseconds hold
			return t.UnixNano(), true
		}
	}
	return 0, false
}

// parseEpoch reads a number of seconds, milliseconds, microseconds or
// nanoseconds of the Unix epoch, with or without a fraction, and returns
// nanoseconds. From 1973 on the number's size tells which it is. Databases and
// other programs that hold AWS's records write times so.
func parseEpoch(text []byte) (nanos int64, ok bool) {
	whole, end := leadingDecimal(text, 0)
	if end == 0 || !fits(text[:end]) || whole < 1e8 {
		return 0, false
	}
	unit := uint64(1)
	for limit := uint64(1e17); whole < limit && unit < 1e9; limit /= 1000 {
		unit *= 1000
	}
	if whole > math.MaxInt64/unit-1 {
		return 0, false
	}
	sum := whole * unit
	if end < len(text) && text[end] == '.' {
		for end++; end < len(text) && '0' <= text[end] && text[end] <= '9'; end++ {
			unit /= 10
			sum += unit * uint64(text[end]-'0')
		}
	}
	return int64(sum), end == len(text)
}

// parseSeconds reads YYYY-MM-DDTHH:MM:SSZ.
func parseSeconds(s []byte) (sec int64, ok bool) {
	if len(s) != 20 || s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' || s[16] != ':' || s[19] != 'Z' {
		return 0, false
	}
	year, month, day := number(s[0:4]), number(s[5:7]), number(s[8:10])
	hour, minute, second := number(s[11:13]), number(s[14:16]), number(s[17:19])
	if year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 || hour < 0 || hour > 23 ||
		minute < 0 || minute > 59 || second < 0 || second > 59 || year > 2200 {
		return 0, false
	}
	if day > 28 && day > daysIn(month, year) {
		return 0, false
	}
	return daysSinceEpoch(year, month, day)*86400 + int64(hour*3600+minute*60+second), true
}

// number is the value of the decimal digits s, or -1.
func number(s []byte) int {
	v := 0
	for _, c := range s {
		if c < '0' || c > '9' {
			return -1
		}
		v = v*10 + int(c-'0')
	}
	return v
}

func daysIn(month, year int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// daysSinceEpoch counts the days from 1970-01-01 in the proleptic Gregorian
// calendar, in eras of 400 years whose year begins in March
// (https://howardhinnant.github.io/date_algorithms.html#days_from_civil).
func daysSinceEpoch(year, month, day int) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	era := year / 400
	yearOfEra := year - era*400
	dayOfYear := (153*(month-3)+2)/5 + day - 1
	dayOfEra := yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + dayOfYear
	return int64(era*146097 + dayOfEra - 719468)
}
