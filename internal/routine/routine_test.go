package routine_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"in_stellar_aws/internal/routine"
)

//go:noinline
func dereference(p *int) int { return *p }

func TestPanicNamesTheFault(t *testing.T) {
	err := routine.Safely("read page", func() error {
		dereference(nil)
		return nil
	})
	var p *routine.Panic
	if !errors.As(err, &p) {
		t.Fatalf("got %v, want a panic", err)
	}
	const want = "read page: panic: runtime error: invalid memory address or nil pointer dereference, at routine_test.dereference routine_test.go:"
	if got := err.Error(); !strings.HasPrefix(got, want) || strings.Contains(got, "\n") {
		t.Errorf("got\n%s, want one line that begins with\n%s", got, want)
	}
}

func TestGroup(t *testing.T) {
	refused := errors.New("access denied")
	for name, test := range map[string]struct {
		second func() error
		want   string
	}{
		"all well": {second: func() error { return nil }},
		"error":    {second: func() error { return refused }, want: "access denied"},
		"panic":    {second: func() error { panic("odd page") }, want: "second: panic: odd page, at "},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g, ctx := routine.WithContext(t.Context())
				ended := false
				g.Go("first", func() error {
					defer func() { ended = true }()
					_ = routine.Pause(ctx, time.Hour)
					return nil
				})
				g.Go("second", test.second)
				began := time.Now()
				err := g.Wait()
				if !ended {
					t.Error("a goroutine is left")
				}
				if got := time.Since(began) < time.Hour; got != (test.want != "") {
					t.Errorf("cancelled: %v", got)
				}
				if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.HasPrefix(err.Error(), test.want)) {
					t.Errorf("got %v, want %s", err, test.want)
				}
				if cause := context.Cause(ctx); test.want != "" && cause != err {
					t.Errorf("the context ended because of %v, want %v", cause, err)
				}
			})
		})
	}
}

func TestGroupKeepsItsLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g routine.Group
		g.SetLimit(2)
		began := time.Now()
		for range 6 {
			g.Go("sleep", func() error {
				time.Sleep(time.Second)
				return nil
			})
		}
		if err := g.Wait(); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took != 3*time.Second {
			t.Errorf("six seconds of work, two at a time, took %v", took)
		}
	})
}
