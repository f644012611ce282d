// Package eventcheck checks that bytes are Fluent Bit events which the host
// takes as they are: what it would drop, cut off or choke on is an error here.
// It reads msgpack on its own, so that the encoder under test cannot vouch for
// itself.
package eventcheck

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"unicode/utf8"
)

// Limits of the host.
const (
	// MaxDepth is how many containers an event may nest, its outer array
	// counted as the first. The host's decoder stops at 64.
	MaxDepth = 60
	// firstMarker is the first of the seconds that mark the beginning and the
	// end of a group of events instead of a time.
	firstMarker = math.MaxUint32 - 1
)

// Check reads events up to the end of buf and returns how many there are. Each
// is [[EventTime, {}], {body}]
// (https://github.com/fluent/fluentd/wiki/Forward-Protocol-Specification-v1#eventtime-ext-format)
// with names that are strings, each once in its map: Elasticsearch and OpenSearch
// refuse a document that has one twice. The error says where the first fault is.
func Check(buf []byte) (events int, err error) {
	r := &reader{b: buf}
	for r.i < len(buf) {
		start := r.i
		if err := r.event(); err != nil {
			return events, fmt.Errorf("event %d from byte %d, at byte %d: %w", events, start, r.i, err)
		}
		events++
	}
	return events, nil
}

// reader reads msgpack (https://github.com/msgpack/msgpack/blob/master/spec.md).
type reader struct {
	b []byte
	i int
}

var errCut = errors.New("the bytes end inside a value")

// take returns the next n bytes.
func (r *reader) take(n int) ([]byte, error) {
	if n > len(r.b)-r.i {
		return nil, errCut
	}
	r.i += n
	return r.b[r.i-n : r.i], nil
}

func (r *reader) expect(what string, want ...byte) error {
	got, err := r.take(len(want))
	if err == nil && string(got) != string(want) {
		err = fmt.Errorf("%s begins with % x, want % x", what, got, want)
	}
	return err
}

func (r *reader) event() error {
	if err := r.expect("event", 0x92, 0x92, 0xd7, 0x00); err != nil {
		return err
	}
	at, err := r.take(8)
	if err != nil {
		return err
	}
	if sec := binary.BigEndian.Uint32(at); sec >= firstMarker {
		return fmt.Errorf("the time's seconds, %d, mark a group", sec)
	}
	if nsec := binary.BigEndian.Uint32(at[4:]); nsec >= 1e9 {
		return fmt.Errorf("the time has %d nanoseconds", nsec)
	}
	if err := r.expect("metadata", 0x80); err != nil {
		return err
	}
	if r.i < len(r.b) && !isMap(r.b[r.i]) {
		return errors.New("the body is no map")
	}
	return r.value(1)
}

func (r *reader) name() (string, error) {
	h, err := r.header()
	if err != nil {
		return "", err
	}
	if h.kind != kindString {
		return "", errors.New("a name is no string")
	}
	return r.text(h.count)
}

func (r *reader) text(n int) (string, error) {
	text, err := r.take(n)
	if err == nil && !utf8.Valid(text) {
		err = fmt.Errorf("%q is not UTF-8", text)
	}
	return string(text), err
}

// value reads a value that stands inside depth containers.
func (r *reader) value(depth int) error {
	h, err := r.header()
	if err != nil {
		return err
	}
	switch h.kind {
	case kindString:
		_, err = r.text(h.count)
		return err
	case kindScalar:
		return nil
	}
	if depth++; depth > MaxDepth {
		return fmt.Errorf("nests more than %d containers", MaxDepth)
	}
	var names map[string]bool
	if h.kind == kindMap {
		names = make(map[string]bool)
	}
	for range h.count {
		if h.kind == kindMap {
			name, err := r.name()
			if err != nil {
				return err
			}
			if names[name] {
				return fmt.Errorf("the name %q comes twice", name)
			}
			names[name] = true
		}
		if err := r.value(depth); err != nil {
			return err
		}
	}
	return nil
}
