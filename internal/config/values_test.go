package config

import (
	"strconv"
	"testing"
	"time"
)

func TestParseSize(t *testing.T) {
	for s, want := range map[string]int64{
		"0": 0, "1": 1, "64M": 64e6, "64MB": 64e6, "1g": 1e9, "512K": 512e3, "512kb": 512e3, "1.5G": 15e8, "1.9": 1, "9223372036G": 9223372036e9,
	} {
		if got, err := parseSize(s); err != nil || got != want {
			t.Errorf("%s: %d, %v, want %d", s, got, err, want)
		}
	}
	for _, s := range []string{"", "M", "64B", "64T", "64MM", "64 M", "-1", "+1", "1e9", "inf", "0x10", "1.2.3", ".", "false", "9223372037G"} {
		if got, err := parseSize(s); err == nil {
			t.Errorf("%q is taken as %d", s, got)
		}
	}
}

func TestParseDuration(t *testing.T) {
	for s, want := range map[string]time.Duration{
		"0": 0, "0s": 0, "30s": 30 * time.Second, "5m": 5 * time.Minute, "2H": 2 * time.Hour, "7d": 168 * time.Hour, "1h30m": 90 * time.Minute, "1d1s": 24*time.Hour + time.Second,
	} {
		if got, err := parseDuration(s); err != nil || got != want {
			t.Errorf("%s: %v, %v, want %v", s, got, err, want)
		}
	}
	for _, s := range []string{"", "5", "s", "5w", "5ms", "-5s", "1.5h", "5 s", "s5", "106752d", "106751d24h", "99999999999999999999s"} {
		if got, err := parseDuration(s); err == nil {
			t.Errorf("%q is taken as %v", s, got)
		}
	}
	if got, err := parseInterval("90"); err != nil || got != 90*time.Minute {
		t.Errorf("interval 90: %v, %v", got, err)
	}
}

func TestStart(t *testing.T) {
	noon := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	for s, want := range map[string]time.Time{
		"now": noon, "24h": noon.Add(-24 * time.Hour), "beginning": {}, "2026-01-31T01:00:00+01:00": time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC),
	} {
		got, err := ParseStart(s)
		if err != nil || got.IsZero() || !got.At(noon).Equal(want) {
			t.Errorf("%s: %v, %v", s, got.At(noon), err)
		}
		again, err := ParseStart(got.String())
		if err != nil || !again.At(noon).Equal(want) {
			t.Errorf("%s is written %s, which means %v, %v", s, got, again.At(noon), err)
		}
	}
	if s := (Start{}); !s.IsZero() || !s.At(noon).IsZero() || s.String() != "" {
		t.Errorf("unset start is %v", s)
	}
	if !StartTime(noon).At(time.Time{}).Equal(noon) {
		t.Error("StartTime depends on now")
	}
}

func FuzzParseSize(f *testing.F) {
	for _, s := range []string{"64M", "1.5G", "512kb", "9223372036G", "9223372036.9G", "1e5", ".5k", "M"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := parseSize(s)
		if err == nil && n < 0 {
			t.Fatalf("%q is %d", s, n)
		}
		if plain, e := strconv.ParseInt(s, 10, 64); e == nil && plain >= 0 && plain < 1<<53 && s[0] != '+' && s[0] != '-' && n != plain {
			t.Fatalf("%q is %d", s, n)
		}
	})
}

func FuzzParseDuration(f *testing.F) {
	for _, s := range []string{"30s", "7d", "1h30m", "106751d", "106752d", "0", "9223372036s", "1m1m"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := parseDuration(s)
		if err != nil {
			return
		}
		if d < 0 || d%time.Second != 0 {
			t.Fatalf("%q is %v", s, d)
		}
		if again, err := parseDuration(StartBack(d).back.String()); err == nil && again != d {
			t.Fatalf("%q is %v, then %v", s, d, again)
		}
	})
}
