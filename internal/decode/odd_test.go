package decode_test

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"in_stellar_aws/internal/decode"
	"in_stellar_aws/tests/generate"
)

// TestOddFiles reads files with odd frames and damages: every record comes, and
// what is broken is said once.
func TestOddFiles(t *testing.T) {
	for _, f := range generate.New(13, generate.Options{}).OddFiles() {
		t.Run(f.Name, func(t *testing.T) {
			var out output
			stats, err := newDecoder().Decode(t.Context(), bytes.NewReader(f.Body), object(), &out)
			if err != nil && !errors.As(err, new(*decode.StreamError)) {
				t.Fatal(err)
			}
			faults := len(out.bad)
			if err != nil {
				faults++
			}
			if want := map[bool]int{true: 1}[f.Broken]; faults != want {
				t.Errorf("%d faults, want %d: error %v, bad %v", faults, want, err, out.bad)
			}
			// An empty object is a record without fields, too; of a cut file come
			// those before the cut.
			exact := f.Name != "empty object" && f.Name != "gzip cut"
			if n := len(out.decoded(t)); n != f.Records && exact || uint64(n) != stats.Records {
				t.Errorf("%d records, want %d; %+v", n, f.Records, stats)
			}
		})
	}
}

// TestOddRecords has every odd record between two good ones, which always come;
// one that is no object, or no JSON, is said with its number.
func TestOddRecords(t *testing.T) {
	a, c := rec("a"), rec("c")
	for _, o := range generate.New(13, generate.Options{}).Odd() {
		for _, frame := range []string{`{"Records":[%s,%s,%s]}`, "[%s,%s,%s]", "%s\n%s\n%s\n"} {
			if len(o.JSON) == 0 || frame[0] == '%' && o.JSON[0] == '[' {
				continue // nothing, or a list of records there
			}
			var out output
			_, err := newDecoder().Decode(t.Context(), bytes.NewReader(fmt.Appendf(nil, frame, a, o.JSON, c)), object(), &out)
			if err != nil {
				t.Errorf("%s in %s: error %v", o.Name, frame, err)
				continue
			}
			got := out.decoded(t)
			names := []any{got[0]["eventName"], got[len(got)-1]["eventName"]}
			if !reflect.DeepEqual(names, []any{"a", "c"}) {
				t.Errorf("%s in %s: got %v", o.Name, frame, names)
			}
			isRecord := o.Valid && o.JSON[0] == '{'
			switch {
			case !isRecord && (len(got) != 2 || len(out.bad) != 1 || out.bad[0].Ordinal != 1):
				t.Errorf("%s in %s: %d records, bad %v", o.Name, frame, len(got), out.bad)
			case isRecord && (len(got) != 3 || len(out.bad) > 0):
				t.Errorf("%s in %s: %d records, bad %v", o.Name, frame, len(got), out.bad)
			}
		}
	}
}
