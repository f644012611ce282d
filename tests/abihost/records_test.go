package abihost

import (
	"bytes"
	"encoding/binary"
	"reflect"
	"testing"
	"time"

	"github.com/vmihailenco/msgpack/v5"
)

func TestDecodeRecord(t *testing.T) {
	t.Parallel()
	stamp := time.Unix(0x65000000, 7).UTC()
	ext := []byte{0xd7, 0, 0x65, 0, 0, 0, 0, 0, 0, 7}
	body := []byte{0x83, 0xa1, 'a', 0x92, 0xc0, 0xc4, 1, 'x', 0xa1, 'b', 0x81, 0x01, 0xc3, 0xa1, 'c', 0xd4, 5, 9}
	want := map[string]any{
		"a": []any{nil, []byte("x")},
		"b": map[string]any{"1": true},
		"c": ext5(9),
	}
	for name, raw := range map[string][]byte{
		"with metadata": append(append(append([]byte{0x92, 0x92}, ext...), 0x81, 0xa1, 'm', 0x01), body...),
		"legacy":        append(append([]byte{0x92}, ext...), body...),
	} {
		rec, err := decodeRecord(msgpack.NewDecoder(bytes.NewReader(raw)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !rec.Time.Equal(stamp) || !reflect.DeepEqual(rec.Body, want) {
			t.Errorf("%s: %v %#v", name, rec.Time, rec.Body)
		}
		if j, err := bodyJSON(raw); err != nil || string(j) != `{"a":[null,"x"],"b":{"1":true},"c":"09"}` {
			t.Errorf("%s: JSON %s, %v", name, j, err)
		}
	}
	marker := []byte{0x92, 0xd7, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0x80}
	if rec, err := decodeRecord(msgpack.NewDecoder(bytes.NewReader(marker))); rec != nil || err != nil {
		t.Errorf("group marker: %v, %v", rec, err)
	}
}

func ext5(b byte) any { return ext{Type: 5, Data: []byte{b}} }

func TestReadFrameRefusesGarbage(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := binary.Write(&b, binary.NativeEndian, frame{Magic: [4]byte{'A', 'B', 'I', 'R'}, TagLen: 1 << 30}); err != nil {
		t.Fatal(err)
	}
	r := &Run{changed: make(chan struct{})}
	if err := r.readFrame(&b); err == nil {
		t.Error("a frame with a tag of 1 GiB was accepted")
	}
}

func FuzzDecodeRecord(f *testing.F) {
	f.Add([]byte{0x92, 0x92, 0xd7, 0, 0x65, 0, 0, 0, 0, 0, 0, 7, 0x80, 0x81, 0xa1, 'a', 0x01})
	f.Add([]byte{0x92, 0xcb, 0x41, 0xd9, 0x40, 0, 0, 0, 0, 0, 0x80})
	f.Fuzz(func(t *testing.T, raw []byte) {
		rec, err := decodeRecord(msgpack.NewDecoder(bytes.NewReader(raw)))
		if err == nil && rec != nil && rec.Body == nil {
			t.Error("a record without a body")
		}
		if err == nil {
			if _, err := bodyJSON(raw); err != nil {
				t.Errorf("decodes but does not render: %v", err)
			}
		}
	})
}
