package decode_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
)

// TestDrop leaves records out by their events: they keep their ordinals, are
// counted once, and none of an object's may be left.
func TestDrop(t *testing.T) {
	in := `{"Records":[` + rec("a") + "," + rec("drop") + `,{"bad":tru},` + rec("b") + "," + rec("drop") + `]}`
	o := object()
	o.Drop = func(event []byte) bool { return bytes.Contains(event, []byte("\xa4drop")) }
	for from, want := range [][]string{{"a", "b"}, {"b"}, {"b"}, {"b"}, {}, {}} {
		o.From = uint64(from)
		var out output
		stats, err := newDecoder().Decode(t.Context(), strings.NewReader(in), o, &out)
		if err != nil {
			t.Fatal(err)
		}
		if got := out.names(t); !reflect.DeepEqual(got, want) || stats.Records != uint64(len(want)) {
			t.Errorf("from %d: got %v, want %v", from, got, want)
		}
		if dropped := []uint64{2, 2, 1, 1, 1, 0}[from]; stats.Filtered != dropped {
			t.Errorf("from %d: %d dropped, want %d", from, stats.Filtered, dropped)
		}
	}
	o.From, o.Drop = 0, func([]byte) bool { return true }
	var out output
	stats, err := newDecoder().Decode(t.Context(), strings.NewReader(in), o, &out)
	if err != nil || stats.Records != 0 || stats.Filtered != 4 || len(out.next) > 0 {
		t.Errorf("all dropped: %+v, %v, %d batches", stats, err, len(out.next))
	}
}
