package interflow_test

import "testing"

// TestCloudTrailTime has eventTime as AWS writes it, and as it comes out of
// databases and other programs.
func TestCloudTrailTime(t *testing.T) {
	const ms = int64(1714557600000) // 2024-05-01T10:00:00Z
	for text, want := range map[string]int64{
		`"2024-05-01T10:00:00Z"`:          ms,
		`"2024-05-01T10:00:00.123Z"`:      ms + 123,
		`"2024-05-01T12:00:00+02:00"`:     ms,
		`"2024-05-01 10:00:00"`:           ms,
		`"2024-05-01 10:00:00.123456789"`: ms + 123,
		`"20240501T100000Z"`:              ms,
		`1714557600`:                      ms,
		`1714557600123`:                   ms + 123,
		`1714557600123456`:                ms + 123,
		`1714557600123456789`:             ms + 123,
		`1714557600.5`:                    ms + 500,
		`1714557600123.9`:                 ms + 123,
		`"1714557600"`:                    ms,
		`"1714557600123"`:                 ms + 123,
		`100000000`:                       100000000000, // 1973, the first that has a size
		// No time is to be found in these: the object's is taken.
		`99999999`: fallback / 1e6, `0`: fallback / 1e6, `-1`: fallback / 1e6, `1e9`: fallback / 1e6, `true`: fallback / 1e6,
		`18446744073709551615`: fallback / 1e6, `18446744073709551616`: fallback / 1e6, `99999999999.5`: fallback / 1e6,
		`"redacted"`: fallback / 1e6, `"2024-05-01"`: fallback / 1e6, `"1714557600x"`: fallback / 1e6, `{"a":1714557600}`: fallback / 1e6,
		`null`: fallback / 1e6, `""`: fallback / 1e6, `"2024-02-30T00:00:00Z"`: fallback / 1e6,
	} {
		if got := mapOne(t, `{"eventName":"e","eventTime":`+text+`}`)["timestamp"]; got != want {
			t.Errorf("%s: got %v, want %d", text, got, want)
		}
	}
}
