package golden_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/vmihailenco/msgpack/v5"
)

// reader reads events with a decoder that is not the project's own.
type reader struct{ *msgpack.Decoder }

func newReader(buf []byte) reader {
	d := msgpack.NewDecoder(bytes.NewReader(buf))
	d.UseLooseInterfaceDecoding(true)
	return reader{d}
}

// next returns io.EOF after the last event.
func (r reader) next() (at time.Time, record map[string]any, err error) {
	if _, err := r.PeekCode(); err != nil {
		return at, nil, io.EOF
	}
	for range 2 { // of the event, and of its time and metadata
		if n, err := r.DecodeArrayLen(); err != nil || n != 2 {
			return at, nil, fmt.Errorf("array of %d, want 2: %w", n, err)
		}
	}
	if _, n, err := r.DecodeExtHeader(); err != nil || n != 8 {
		return at, nil, fmt.Errorf("time of %d bytes, want 8: %w", n, err)
	}
	var raw [8]byte
	if err := r.ReadFull(raw[:]); err != nil {
		return at, nil, err
	}
	at = time.Unix(int64(binary.BigEndian.Uint32(raw[:])), int64(binary.BigEndian.Uint32(raw[4:]))).UTC()
	if err := r.Skip(); err != nil {
		return at, nil, err
	}
	v, err := r.DecodeInterfaceLoose()
	if err != nil {
		return at, nil, err
	}
	record, ok := telling(v).(map[string]any)
	if !ok {
		return at, nil, fmt.Errorf("the record is %T", v)
	}
	return at, record, nil
}

// telling makes floats look like floats in JSON, so that a number's type is
// pinned, too.
func telling(v any) any {
	switch v := v.(type) {
	case float64:
		text := strconv.FormatFloat(v, 'g', -1, 64)
		if !strings.ContainsAny(text, ".e") {
			text += ".0"
		}
		return json.Number(text)
	case map[string]any:
		for k := range v {
			v[k] = telling(v[k])
		}
	case []any:
		for k := range v {
			v[k] = telling(v[k])
		}
	}
	return v
}
