package connector

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestMemory gives what fits together, and what does not fit to one alone.
func TestMemory(t *testing.T) {
	synctest.Test(t, testMemory)
}

func testMemory(t *testing.T) {
	m := newMemory(100)
	take := func(n int64) (func(), error) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		return m.reserve(ctx, n)
	}
	for _, test := range []struct {
		want []int64
		fit  bool
	}{
		{[]int64{60, 40}, true},
		{[]int64{60, 41}, false},
		{[]int64{1000}, true},
		{[]int64{1000, 1}, false},
	} {
		var release []func()
		var last error
		for _, n := range test.want {
			r, err := take(n)
			if last = err; err == nil {
				release = append(release, r)
			}
		}
		if test.fit != (last == nil) || last != nil && !errors.Is(last, context.DeadlineExceeded) {
			t.Errorf("%v: error %v", test.want, last)
		}
		for _, r := range release {
			r()
		}
	}
}
