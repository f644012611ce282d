package reference

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// Parse reads JSON text the slow way, numbers kept as text.
func Parse(text []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var v any
	err := dec.Decode(&v)
	return v, err
}

// maxDepth is how many containers a value may stand in; what is deeper is JSON
// text in the output, because the host takes no more.
const maxDepth = 24

// Same tells that got, decoded from msgpack or from a host's JSON, holds the
// JSON value want (of Parse) exactly: integers up to 2^64 as integers, what no
// number type holds as text. depth counts the containers that got stands in.
func Same(got, want any, depth int) error {
	switch want := want.(type) {
	case json.Number:
		return sameNumber(got, string(want))
	case map[string]any:
		if depth >= maxDepth || len(want) > maxKeys {
			return SameText(got, want)
		}
		m, ok := got.(map[string]any)
		if !ok || len(m) != len(want) {
			return fmt.Errorf("got %T of %d, want a map of %d", got, len(m), len(want))
		}
		for k, v := range want {
			if err := Same(m[k], v, depth+1); err != nil {
				return fmt.Errorf("%s: %w", k, err)
			}
		}
	case []any:
		if depth >= maxDepth {
			return SameText(got, want)
		}
		a, ok := got.([]any)
		if !ok || len(a) != len(want) {
			return fmt.Errorf("got %T of %d, want an array of %d", got, len(a), len(want))
		}
		for i := range want {
			if err := Same(a[i], want[i], depth+1); err != nil {
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

// SameText tells that got is JSON text of the value want.
func SameText(got, want any) error {
	text, ok := got.(string)
	if !ok {
		return fmt.Errorf("got %T, want JSON text", got)
	}
	v, err := Parse([]byte(text))
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
	case json.Number:
		return samePrinted(string(got), want)
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
	if !equal(text, want) {
		return fmt.Errorf("got %s, want %s", text, want)
	}
	return nil
}

// samePrinted compares the digits of a number in a host's JSON. Fluent Bit
// prints what is no whole number with %.16g (src/flb_pack.c), where a float64
// may need 17 digits.
func samePrinted(got, want string) error {
	integer := func(s string) bool { return !strings.ContainsAny(s, ".eE") && s != "-0" }
	if integer(want) != integer(got) && want != "-0" { // which is 0 or -0.0
		return fmt.Errorf("got %s, want %s: one is an integer", got, want)
	}
	if equal(got, want) {
		return nil
	}
	if f, err := strconv.ParseFloat(want, 64); err == nil && !integer(want) && equal(got, strconv.FormatFloat(f, 'g', 16, 64)) {
		return nil
	}
	return fmt.Errorf("got %s, want %s", got, want)
}

// equal tells that two JSON numbers have the same value.
func equal(a, b string) bool {
	if a == b {
		return true
	}
	x, okX := new(big.Rat).SetString(a)
	y, okY := new(big.Rat).SetString(b)
	return okX && okY && x.Cmp(y) == 0
}
