package interflow_test

import (
	"bytes"
	"math"
	"testing"

	"github.com/vmihailenco/msgpack/v5"

	"in_stellar_aws/tests/eventcheck"
)

// decodeEvent reads one event as the host does and returns its time and body.
func decodeEvent(t testing.TB, event []byte) (sec, nsec uint32, body map[string]any) {
	t.Helper()
	if n, err := eventcheck.Check(event); err != nil || n != 1 {
		t.Fatalf("%d events, want 1; error %v", n, err)
	}
	dec := msgpack.NewDecoder(bytes.NewReader(event))
	must := func(n, want int, err error) {
		t.Helper()
		if err != nil || n != want {
			t.Fatalf("event: length %d, want %d, error %v", n, want, err)
		}
	}
	n, err := dec.DecodeArrayLen()
	must(n, 2, err)
	n, err = dec.DecodeArrayLen()
	must(n, 2, err)
	id, n, err := dec.DecodeExtHeader()
	must(n, 8, err)
	var raw [8]byte
	if err := dec.ReadFull(raw[:]); err != nil || id != 0 {
		t.Fatalf("event time: ext type %d, error %v", id, err)
	}
	n, err = dec.DecodeMapLen()
	must(n, 0, err)
	dec.UseLooseInterfaceDecoding(true) // integers as int64 or uint64
	v, err := dec.DecodeInterfaceLoose()
	if err != nil {
		t.Fatalf("body: %v", err)
	}
	body, ok := v.(map[string]any)
	if !ok {
		t.Fatalf("body is %T", v)
	}
	if rest, err := dec.PeekCode(); err == nil {
		t.Fatalf("bytes after the event, the first %#x", rest)
	}
	be := func(b []byte) uint32 {
		return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	}
	return be(raw[:4]), be(raw[4:]), signed(body).(map[string]any)
}

// signed turns every unsigned integer that fits into a signed one: msgpack
// does not keep them apart.
func signed(v any) any {
	switch v := v.(type) {
	case uint64:
		if v <= math.MaxInt64 {
			return int64(v)
		}
	case map[string]any:
		for k := range v {
			v[k] = signed(v[k])
		}
	case []any:
		for i := range v {
			v[i] = signed(v[i])
		}
	}
	return v
}
