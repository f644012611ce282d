package jsonscan_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"in_stellar_aws/internal/jsonscan"
	"in_stellar_aws/tests/generate"
)

// seed adds what AWS writes, the odd records known, and pieces of JSON.
func seed(f *testing.F) {
	f.Helper()
	g := generate.New(1, generate.Options{})
	seeds := [][]byte{
		g.AppendCloudTrail(nil), g.AppendWAF(nil), g.AppendInsight(nil), g.AppendAggregated(nil), g.AppendFinding(nil),
		[]byte(`"\ud83d\ude00\ud83dé"`), []byte("\"\xff\xed\xa0\x80\""), []byte(`-12.5e+3 `), []byte(`18446744073709551616,`),
		[]byte(` [ 1 , { "a" : null } , "x y" ] `), []byte(`{"a":[[[[]]]],"b":{"c":{}}}`), []byte(`[1}`), []byte(`tru`),
	}
	for _, o := range g.Odd() {
		if len(o.JSON) < 16<<10 {
			seeds = append(seeds, o.JSON)
		}
	}
	if len(seeds) < 20 {
		f.Fatalf("only %d seeds", len(seeds))
	}
	for _, s := range seeds {
		f.Add(s)
	}
}

// deepest is the nesting up to which encoding/json reads.
const deepest = 10_000

// FuzzSkip compares with encoding/json: the same texts are values, a part of a
// value is Short, and the compact form is the same.
func FuzzSkip(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		if bytes.Count(text, []byte("["))+bytes.Count(text, []byte("{")) > deepest {
			return
		}
		start := jsonscan.Space(text, 0)
		whole := append(bytes.Clone(text), ' ') // ends a number
		end, compact := jsonscan.Skip(whole, start)
		valid := json.Valid(text)
		if end < 0 {
			if valid {
				t.Fatalf("Skip gave %d for what encoding/json reads", end)
			}
			return
		}
		value := whole[start:end]
		if !json.Valid(value) {
			t.Fatalf("Skip read %q, which is no JSON", value)
		}
		if rest := jsonscan.Space(whole, end); valid != (rest == len(whole)) {
			t.Fatalf("Skip ended at %d of %d, encoding/json: %t", end, len(text), valid)
		}
		var want bytes.Buffer
		if err := json.Compact(&want, value); err != nil {
			t.Fatal(err)
		}
		if got := jsonscan.AppendCompact(nil, value); !bytes.Equal(got, want.Bytes()) {
			t.Fatalf("compact: got %q, want %q", got, want.Bytes())
		}
		if compact != (want.Len() == len(value)) {
			t.Fatalf("compact is %t, the text has %d bytes, compact %d", compact, len(value), want.Len())
		}
		if c := value[0]; c == '{' || c == '[' {
			if got := jsonscan.Frame(whole, start); got != end {
				t.Fatalf("Frame ended at %d, Skip at %d", got, end)
			}
			for cut := start; cut < end; cut += 1 + (end-start)/50 {
				if got, _ := jsonscan.Skip(whole[:cut], start); got != jsonscan.Short {
					t.Fatalf("cut at %d: got %d", cut, got)
				}
			}
		}
	})
}

// FuzzString compares a string's end and text with encoding/json's.
func FuzzString(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		text := append(append([]byte{'"'}, body...), '"')
		end, flags := jsonscan.String(text, 0)
		if end < 0 {
			if json.Valid(text) {
				t.Fatalf("String gave %d for what encoding/json reads", end)
			}
			return
		}
		var want string
		if err := json.Unmarshal(text[:end], &want); err != nil {
			t.Fatalf("String read %q: %v", text[:end], err)
		}
		got, _ := jsonscan.AppendUnquoted(nil, text[1:end-1])
		if string(got) != want {
			t.Fatalf("got %q, want %q", got, want)
		}
		if flags == 0 && want != string(text[1:end-1]) {
			t.Fatalf("no flags for %q", text[:end])
		}
		for cut := 1; cut < end; cut += 1 + end/50 {
			if got, _ := jsonscan.String(text[:cut], 0); got != jsonscan.Short {
				t.Fatalf("cut at %d: got %d", cut, got)
			}
		}
	})
}

// FuzzNumber compares with encoding/json.
func FuzzNumber(f *testing.F) {
	for _, s := range []string{"0", "-0", "12", "1.5", "1e5", "-1.25E-7", "01", "1.", "1e", "-", "1e+", "18446744073709551616"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) == 0 || text[0] != '-' && (text[0] < '0' || text[0] > '9') {
			return
		}
		end, integer := jsonscan.Number(append(bytes.Clone(text), ' '), 0)
		valid := json.Valid(text)
		switch {
		case end >= 0 && !json.Valid(text[:end]):
			t.Fatalf("Number read %q", text[:end])
		case end >= 0 && integer == bytes.ContainsAny(text[:end], ".eE"):
			t.Fatalf("%q: integer is %t", text[:end], integer)
		case valid && end != len(bytes.TrimRight(text, " \t\r\n")):
			t.Fatalf("Number gave %d for what encoding/json reads", end)
		}
	})
}
