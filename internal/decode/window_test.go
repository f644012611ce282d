package decode_test

import (
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"in_stellar_aws/internal/decode"
)

// window is the decoders' window, in bytes.
const window = 128 << 10

// padded is a record of exactly size bytes.
func padded(name string, size int) string {
	r := rec(name)
	return r[:len(r)-1] + `,"pad":"` + strings.Repeat("p", size-len(r)-len(`,"pad":""`)) + `"}`
}

// TestRecordsAtTheWindowsEnd has records whose last bytes lie on both sides of
// where the window ends.
func TestRecordsAtTheWindowsEnd(t *testing.T) {
	const before = `{"Records":[`
	for _, container := range []struct{ before, between, after string }{{before, ",", "]}"}, {"", "\n", ""}, {"", "", ""}} {
		for shift := -3; shift <= 3; shift++ {
			t.Run(fmt.Sprintf("%q%+d", container.between, shift), func(t *testing.T) {
				size := window - len(container.before) + shift
				in := container.before + padded("a", size) + container.between + padded("b", window+shift) + container.between + rec("c") + container.after
				var out output
				_, err := newDecoder().Decode(t.Context(), strings.NewReader(in), object(), &out)
				if got := out.names(t); err != nil || len(out.bad) > 0 || !reflect.DeepEqual(got, []string{"a", "b", "c"}) {
					t.Errorf("got %v, error %v, bad %v", got, err, out.bad)
				}
			})
		}
	}
}

// TestRecordsLong has records that the window must grow for, and small ones
// after them.
func TestRecordsLong(t *testing.T) {
	d := newDecoder()
	for _, size := range []int{300 << 10, 5 << 20, 16<<20 - 100, 1 << 10} {
		in := `{"Records":[` + rec("a") + "," + padded("b", size) + "," + rec("c") + "," + padded("d", size) + `]}`
		var out output
		_, err := d.Decode(t.Context(), strings.NewReader(in), object(), &out)
		if err != nil || len(out.bad) > 0 {
			t.Fatalf("%d bytes: error %v, bad %v", size, err, out.bad)
		}
		if got := out.names(t); !reflect.DeepEqual(got, []string{"a", "b", "c", "d"}) {
			t.Errorf("%d bytes: got %v", size, got)
		}
	}
}

// TestRecordsDamageAtTheWindowsEnd breaks a record such that the search for
// the next one meets the window's end at every part of a record's beginning.
func TestRecordsDamageAtTheWindowsEnd(t *testing.T) {
	const start = `{"Records":[`
	for shift := -40; shift <= 5; shift++ {
		broken := `{"eventVersion":"1.08","x":{"pad":"`
		broken += strings.Repeat("p", window-len(start)-len(broken)+shift) + `,`
		in := start + broken + rec("b") + "," + rec("c") + "]}"
		var out output
		_, err := newDecoder().Decode(t.Context(), strings.NewReader(in), object(), &out)
		if got := out.names(t); err != nil || len(out.bad) != 1 || !reflect.DeepEqual(got, []string{"b", "c"}) {
			t.Errorf("%+d: got %v, error %v, %d bad", shift, got, err, len(out.bad))
		}
	}
}

// TestRecordsAfterLongDamage breaks a record of more than the longest allowed,
// which is gone through without being kept.
func TestRecordsAfterLongDamage(t *testing.T) {
	for _, tail := range []int{0, 1, 7, 20, 100} {
		in := io.MultiReader(
			strings.NewReader(`{"Records":[`+rec("a")+`,{"eventVersion":"1","x":"`),
			io.LimitReader(filler{}, 17<<20+int64(tail)),
			strings.NewReader(`",`+rec("b")+","+rec("c")+"]}"))
		var out output
		_, err := newDecoder().Decode(t.Context(), in, object(), &out)
		if got := out.names(t); err != nil || len(out.bad) != 1 || !reflect.DeepEqual(got, []string{"a", "b", "c"}) {
			t.Errorf("%d: got %v, error %v, bad %v", tail, got, err, out.bad)
		}
	}
}

// TestFlowAtTheWindowsEnd has line ends on both sides of where the window ends.
func TestFlowAtTheWindowsEnd(t *testing.T) {
	const columns = "interface-id instance-tag\n"
	for _, end := range []string{"\n", "\r\n"} {
		for shift := -3; shift <= 3; shift++ {
			line := func(name string, size int) string { return name + " " + strings.Repeat("t", size-2-len(end)) + end }
			in := columns + line("a", window-len(columns)+shift) + line("b", window+shift) + line("c", 2*window+shift) + "d t"
			var out output
			_, err := newFlowDecoder().Decode(t.Context(), strings.NewReader(in), object(), &out)
			if got := out.natives(t, "interface_id"); err != nil || len(out.bad) > 0 || !reflect.DeepEqual(got, []string{"a", "b", "c", "d"}) {
				t.Errorf("%q %+d: got %v, error %v, bad %v", end, shift, got, err, out.bad)
			}
		}
	}
}

// TestWindowShrinks reads a long record and then a small object: the memory
// for the long one is given back.
func TestWindowShrinks(t *testing.T) {
	d := newDecoder()
	for _, in := range []string{`[` + padded("a", 12<<20) + `]`, `[` + rec("a") + `]`} {
		if _, err := d.Decode(t.Context(), strings.NewReader(in), object(), &output{}); err != nil {
			t.Fatal(err)
		}
	}
	if held := decode.WindowOf(d); held != window {
		t.Errorf("the window holds %d bytes, want %d", held, window)
	}
	if room, usual := decode.BatchOf(d); room != usual {
		t.Errorf("the batch has room for %d bytes, want %d", room, usual)
	}
}
