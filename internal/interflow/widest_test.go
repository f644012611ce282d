package interflow_test

import (
	"strings"
	"testing"
	"time"

	"github.com/vmihailenco/msgpack/v5"

	"in_stellar_aws/internal/interflow"
)

// TestWidest has maps of every size among values of every kind.
func TestWidest(t *testing.T) {
	kinds := map[string]any{
		"nil": nil, "bool": true, "small": 1, "negative": -3, "i16": -3000, "u32": uint32(1 << 30), "i64": int64(-1 << 60), "f32": float32(1), "f64": 1.5,
		"str8": strings.Repeat("x", 100), "str16": strings.Repeat("\x8f", 1000), "str32": strings.Repeat("\xdf", 70_000),
		"bin": []byte(strings.Repeat("\xde", 300)), "time": time.Now(), "array": []any{1, []any{map[string]any{"a": 1}}}, "array16": make([]int, 100),
	}
	for _, n := range []int{0, 1, 15, 16, 65_535, 65_536} {
		wide := map[int]int{}
		for i := range n {
			wide[i] = i
		}
		event := []any{kinds, map[string]any{"before": kinds, "deep": []any{wide}, "after": kinds}}
		b, err := msgpack.Marshal(event)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := interflow.Widest(b), max(n, len(kinds)); got != want {
			t.Errorf("%d keys: got %d, want %d", n, got, want)
		}
		for cut := range 20 {
			interflow.Widest(b[:len(b)-cut]) // must not panic
		}
	}
}

func FuzzWidest(f *testing.F) {
	f.Add([]byte{0x92, 0x81, 0xa1, 'a', 0xdf, 0, 0, 0, 1})
	f.Fuzz(func(_ *testing.T, b []byte) { interflow.Widest(b) })
}
