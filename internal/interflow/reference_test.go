package interflow_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"github.com/vmihailenco/msgpack/v5"
)

// This file is the plain, slow way to the same records: encoding/json into
// maps, and an independent msgpack decoder for what the mapper wrote.

// decodeEvent reads one event as the host does and returns its time and body.
func decodeEvent(t testing.TB, event []byte) (sec, nsec uint32, body map[string]any) {
	t.Helper()
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

// parseJSON reads text the slow way, numbers kept as text.
func parseJSON(text []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var v any
	err := dec.Decode(&v)
	return v, err
}

// same tells that the decoded msgpack value got holds the JSON value want
// exactly, by interflow.md's rules for numbers; depth counts the containers
// that got stands in.
func same(got, want any, depth int) error {
	switch want := want.(type) {
	case json.Number:
		return sameNumber(got, string(want))
	case map[string]any:
		if depth >= 60 {
			return sameText(got, want)
		}
		m, ok := got.(map[string]any)
		if !ok || len(m) != len(want) {
			return fmt.Errorf("got %T of %d, want a map of %d", got, len(m), len(want))
		}
		for k, v := range want {
			if err := same(m[k], v, depth+1); err != nil {
				return fmt.Errorf("%s: %w", k, err)
			}
		}
	case []any:
		if depth >= 60 {
			return sameText(got, want)
		}
		a, ok := got.([]any)
		if !ok || len(a) != len(want) {
			return fmt.Errorf("got %T of %d, want an array of %d", got, len(a), len(want))
		}
		for i := range want {
			if err := same(a[i], want[i], depth+1); err != nil {
				return fmt.Errorf("[%d]: %w", i, err)
			}
		}
	default:
		if got != want {
			return fmt.Errorf("got %T %v, want %T %v", got, got, want, want)
		}
	}
	return nil
}

func sameText(got, want any) error {
	text, ok := got.(string)
	if !ok {
		return fmt.Errorf("got %T, want JSON text", got)
	}
	v, err := parseJSON([]byte(text))
	if err != nil {
		return err
	}
	return sameJSON(v, want)
}

func sameJSON(a, b any) error {
	x, err := json.Marshal(a)
	if err != nil {
		return err
	}
	y, err := json.Marshal(b)
	if err != nil {
		return err
	}
	if !bytes.Equal(x, y) {
		return fmt.Errorf("got %s, want %s", x, y)
	}
	return nil
}

func sameNumber(got any, want string) error {
	var text string
	switch got := got.(type) {
	case int64:
		text = strconv.FormatInt(got, 10)
	case uint64:
		text = strconv.FormatUint(got, 10)
	case float64:
		if !strings.ContainsAny(want, ".eE") && want != "-0" {
			return fmt.Errorf("got the float %v for the integer %s", got, want)
		}
		text = strconv.FormatFloat(got, 'g', -1, 64)
	case string:
		if got != want {
			return fmt.Errorf("got the text %q, want %s", got, want)
		}
		if n, ok := new(big.Int).SetString(want, 10); ok && n.IsInt64() || ok && n.IsUint64() {
			return fmt.Errorf("got text for the integer %s, which fits", want)
		}
		return nil
	default:
		return fmt.Errorf("got %T, want the number %s", got, want)
	}
	if len(want) > 400 {
		return nil // exponents too large for the exact comparison below
	}
	x, okX := new(big.Rat).SetString(text)
	y, okY := new(big.Rat).SetString(want)
	if !okX || !okY || x.Cmp(y) != 0 {
		return fmt.Errorf("got %s, want %s", text, want)
	}
	return nil
}

// repeats tells that an object somewhere in the JSON text has a name twice, of
// which a map keeps the last.
func repeats(text []byte) bool {
	dec := json.NewDecoder(bytes.NewReader(text))
	var open []map[string]bool // nil for arrays
	isName := false
	for {
		token, err := dec.Token()
		if err != nil {
			return false
		}
		switch token := token.(type) {
		case json.Delim:
			switch token {
			case '{':
				open, isName = append(open, map[string]bool{}), true
				continue
			case '[':
				open = append(open, nil)
			default:
				open = open[:len(open)-1]
			}
		case string:
			if isName {
				names := open[len(open)-1]
				if names[token] {
					return true
				}
				names[token] = true
				isName = false
				continue
			}
		}
		isName = len(open) > 0 && open[len(open)-1] != nil
	}
}

// collides tells that two joined names of the record may be the same, or that
// one is long or deep enough to end the joining.
func collides(record map[string]any) bool {
	seen := map[string]bool{}
	for _, name := range []string{
		"timestamp", "write_time", "stellar_uuid", "msg_class", "msg_origin", "tenant_name", "tenantid", "srcip", "srcip_host",
		"srcip_username", "srcip_usersid", "login_type", "login_result", "requestParameters_str", "responseElements_str",
	} {
		seen[name] = true
	}
	var walk func(name string, v any, depth int) bool
	walk = func(name string, v any, depth int) bool {
		m, ok := v.(map[string]any)
		if !ok || len(m) == 0 {
			if seen[name] {
				return true
			}
			seen[name] = true
			return false
		}
		if len(name) > 256 || depth > 55 {
			return true
		}
		for k, member := range m {
			if walk(name+"_"+k, member, depth+1) {
				return true
			}
		}
		return false
	}
	for k, v := range record {
		if walk(k, v, 1) {
			return true
		}
	}
	return false
}
