package interflow

import (
	"bytes"
	"encoding/hex"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"in_stellar_aws/internal/jsonscan"
)

// TestAppendNumber pins the forms: what a number of the input is in msgpack.
func TestAppendNumber(t *testing.T) {
	float := func(v float64) string { return hex.EncodeToString(appendFloat(nil, v)) }
	text := func(s string) string { return hex.EncodeToString(appendStr(nil, s)) }
	tests := map[string]string{
		"0": "00", "-0": "00", "127": "7f", "128": "cc80", "255": "ccff", "256": "cd0100", "65535": "cdffff", "65536": "ce00010000",
		"4294967295": "ceffffffff", "4294967296": "cf0000000100000000",
		"9223372036854775807": "cf7fffffffffffffff", "9223372036854775808": "cf8000000000000000",
		"18446744073709551615": "cfffffffffffffffff", "18446744073709551616": text("18446744073709551616"),
		"99999999999999999999": text("99999999999999999999"), "123456789012345678901": text("123456789012345678901"),
		"-1": "ff", "-32": "e0", "-33": "d0df", "-128": "d080", "-129": "d1ff7f", "-32768": "d18000", "-32769": "d2ffff7fff",
		"-2147483648": "d280000000", "-2147483649": "d3ffffffff7fffffff",
		"-9223372036854775808": "d38000000000000000", "-9223372036854775809": text("-9223372036854775809"),
		"0.0": float(0), "-0.0": float(math.Copysign(0, -1)), "1.5": float(1.5), "1e3": float(1000), "1E+3": float(1000), "8.82145E-5": float(8.82145e-5),
		"0.1": float(0.1), "0.1000": float(0.1), "1513612691.551": float(1513612691.551), "123456789012345.6": float(123456789012345.6),
		"1.7976931348623157e308": float(math.MaxFloat64), "5e-324": float(5e-324), "0e999999": float(0),
		"1e309": text("1e309"), "-1e309": text("-1e309"), "1e-400": text("1e-400"), "3e-324": text("3e-324"),
		"0.12345678901234567890": text("0.12345678901234567890"), "9007199254740993.0": text("9007199254740993.0"),
		"1e99999999999999999999": text("1e99999999999999999999"),
	}
	for in, want := range tests {
		end, integer := jsonscan.Number([]byte(in+" "), 0)
		if end != len(in) {
			t.Fatalf("%s: Number ended at %d", in, end)
		}
		if got := hex.EncodeToString(appendNumber(nil, []byte(in), integer)); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

func TestAppendStr(t *testing.T) {
	for n, head := range map[int]string{0: "a0", 31: "bf", 32: "d920", 255: "d9ff", 256: "da0100", 65535: "daffff", 65536: "db00010000"} {
		s := strings.Repeat("x", n)
		got := appendStr([]byte("kept"), s)
		if want := "kept" + unhex(t, head) + s; string(got) != want {
			t.Errorf("%d bytes: got % x…", n, got[:min(len(got), 12)])
		}
		if at := strAt(got, 4); string(at) != s {
			t.Errorf("%d bytes: read back %d", n, len(at))
		}
	}
}

func TestAppendLower(t *testing.T) {
	if got := string(appendLower(nil, []byte("BLOCK_Z@[É"))); got != "\xabblock_z@[É" {
		t.Errorf("got %q", got)
	}
}

func unhex(t *testing.T, s string) string {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestCloseContainer has counts on both sides of what 16 bits hold.
func TestCloseContainer(t *testing.T) {
	for _, test := range []struct {
		header byte
		count  int
		want   string
	}{
		{mpMap16, 0, "de0000"}, {mpMap16, 65535, "deffff"}, {mpMap16, 65536, "df00010000"},
		{mpArray16, 1, "dc0001"}, {mpArray16, 65535, "dcffff"}, {mpArray16, 70000, "dd00011170"},
	} {
		dst, at := openContainer([]byte("kept"), test.header)
		dst = closeContainer(append(dst, "members"...), at, test.count)
		if want := "kept" + unhex(t, test.want) + "members"; string(dst) != want {
			t.Errorf("%d: got %q, want %q", test.count, dst, want)
		}
	}
}

func TestParseTime(t *testing.T) {
	const base = 1714557600 // 2024-05-01T10:00:00Z
	tests := map[string]int64{
		"2024-05-01T10:00:00Z":          base * 1e9,
		"2024-05-01T10:00:00.5Z":        base*1e9 + 5e8,
		"2024-05-01T12:00:00+02:00":     base * 1e9,
		"2024-05-01 10:00:00":           base * 1e9,
		"2024-05-01 10:00:00.123456789": base*1e9 + 123456789,
		"2024-05-01T10:00:00":           base * 1e9,
		"20240501T100000Z":              base * 1e9,
		"1970-01-01T00:00:00Z":          0,
		"1969-12-31T23:59:59Z":          -1e9,
		"2024-02-29T00:00:00Z":          1709164800e9,
		"2023-02-29T00:00:00Z":          -1,
		"2024-13-01T00:00:00Z":          -1,
		"2024-00-01T00:00:00Z":          -1,
		"2024-04-31T00:00:00Z":          -1,
		"2024-05-01T24:00:00Z":          -1,
		"2024-05-01T10:60:00Z":          -1,
		"2024-05-01T1x:00:00Z":          -1,
		"9999-05-01T10:00:00Z":          -1,
		"0001-01-01T00:00:00Z":          -1,
		"":                              -1,
		"redacted":                      -1,
		"...":                           -1,
	}
	for in, want := range tests {
		got, ok := parseTime([]byte(in))
		if wantOK := want != -1; ok != wantOK || ok && got != want {
			t.Errorf("%q: got %d, %t, want %d", in, got, ok, want)
		}
	}
}

// TestEventTime gives events times that the host takes for a time, and those
// that it does not: these get the time of writing, the field keeps its own.
func TestEventTime(t *testing.T) {
	const writeMillis = 1_795_000_000_123
	written := "6afd86c00754d4c0"
	for name, test := range map[string]struct {
		nanos  int64
		event  string // seconds and nanoseconds
		millis int64
	}{
		"usual":            {1_714_557_600_123_456_789, "663212a0075bcd15", 1_714_557_600_123},
		"epoch":            {0, "0000000000000000", 0},
		"negative":         {-1, written, -1},
		"long before":      {math.MinInt64, written, -9_223_372_036_855},
		"largest":          {4_294_967_293e9 + 999_999_999, "fffffffd3b9ac9ff", 4_294_967_293_999},
		"end of a group":   {4_294_967_294e9, written, 4_294_967_294_000},
		"start of a group": {4_294_967_295e9, written, 4_294_967_295_000},
		"too late":         {4_294_967_296e9, written, 4_294_967_296_000},
		"as late as it is": {math.MaxInt64, written, 9_223_372_036_854},
	} {
		t.Run(name, func(t *testing.T) {
			env := NewEnvelope(WAFProfile, Settings{})
			dst, ev := env.begin([]byte("kept"))
			dst = ev.end(dst, 0, test.nanos, writeMillis)
			if got := hex.EncodeToString(dst[4+eventTimeAt : 4+eventTimeAt+8]); got != test.event {
				t.Errorf("event time: got %s, want %s", got, test.event)
			}
			at := 4 + env.timestampAt
			got := int64(0)
			for _, c := range dst[at : at+8] {
				got = got<<8 | int64(c)
			}
			if got != test.millis {
				t.Errorf("timestamp: got %d, want %d", got, test.millis)
			}
		})
	}
}

// TestNameSet fills the set: every name is new once.
func TestNameSet(t *testing.T) {
	s := newNameSet()
	for _, n := range []int{0, 1, 3, 200, 5} {
		s.reset(n)
		for round, want := range []bool{true, false} {
			for k := range n {
				if got := s.add([]byte(strings.Repeat("k", k))); got != want {
					t.Fatalf("%d names, round %d, name %d: got %t", n, round, k, got)
				}
			}
		}
	}
}

// TestLeadingDecimal compares it with a loop over digits, whatever follows
// them.
func TestLeadingDecimal(t *testing.T) {
	slow := func(text []byte, i int) (v uint64, end int) {
		for end = i; end < len(text) && text[end] >= '0' && text[end] <= '9'; end++ {
			v = v*10 + uint64(text[end]-'0')
		}
		return v, end
	}
	check := func(text []byte, i int) {
		t.Helper()
		v, end := leadingDecimal(text, i)
		if want, wantEnd := slow(text, i); v != want || end != wantEnd {
			t.Errorf("%q from %d: %d to %d, want %d to %d", text, i, v, end, want, wantEnd)
		}
	}
	for digits := range 22 {
		number := []byte("9081726354918273645546")[:digits]
		for c := range 256 {
			for rest := range 10 {
				check(append(append([]byte("x "), number...), bytes.Repeat([]byte{byte(c)}, rest)...), 2)
			}
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		text := make([]byte, random.IntN(24))
		for i := range text {
			text[i] = byte('/' + random.IntN(12)) // digits, and what stands beside them
		}
		check(text, 0)
	}
}
