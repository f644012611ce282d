package decode_test

import (
	"reflect"
	"strings"
	"testing"
)

// TestRecordsNoList says of a file whose Records hold no records that they are
// left out.
func TestRecordsNoList(t *testing.T) {
	for _, value := range []string{`"text"`, "17", "true"} {
		var out output
		stats, err := newDecoder().Decode(t.Context(), strings.NewReader(`{"Records":`+value+`}`+"\n"+rec("a")), object(), &out)
		if err != nil || len(out.bad) != 1 || out.bad[0].Ordinal != 0 || stats.Bad != 1 {
			t.Errorf("%s: error %v, bad %v", value, err, out.bad)
		}
		if got := out.names(t); !reflect.DeepEqual(got, []string{"a"}) {
			t.Errorf("%s: got %v", value, got)
		}
	}
}

// TestRecordsSubscriptionDamage has messages that are no records between
// others that are.
func TestRecordsSubscriptionDamage(t *testing.T) {
	event := func(message string) string {
		return `{"id":"1","timestamp":1,"message":"` + strings.ReplaceAll(message, `"`, `\"`) + `"}`
	}
	subscription := func(kind, events string) string { return `{"messageType":"` + kind + `","logEvents":[` + events + `]}` }
	for name, broken := range map[string]string{
		"text":       event("hello"),
		"nothing":    event(""),
		"cut":        event(rec("b")[:20]),
		"no message": `{"id":"1"}`,
	} {
		in := subscription("DATA_MESSAGE", event(rec("a"))+","+broken+","+event(rec("c"))) + rec("d")
		var out output
		if _, err := newDecoder().Decode(t.Context(), strings.NewReader(in), object(), &out); err != nil || len(out.bad) != 1 || out.bad[0].Ordinal != 1 {
			t.Errorf("%s: error %v, bad %v", name, err, out.bad)
		}
		if got := out.names(t); !reflect.DeepEqual(got, []string{"a", "c", "d"}) {
			t.Errorf("%s: got %v", name, got)
		}
	}
	var out output
	in := rec("a") + subscription("FUTURE_MESSAGE", event(rec("b"))) + rec("c")
	if _, err := newDecoder().Decode(t.Context(), strings.NewReader(in), object(), &out); err != nil || len(out.bad) != 1 {
		t.Errorf("a message of another type: error %v, bad %v", err, out.bad)
	}
}
