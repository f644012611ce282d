package main

import (
	"errors"
	"log/slog"
	"slices"
	"testing"
)

func TestProcs(t *testing.T) {
	for available, want := range map[int]int{1: 1, 2: 2, 3: 2, 4: 3, 9: 8, 64: 8} {
		if got := procs(available); got != want {
			t.Errorf("procs(%d) = %d, want %d", available, got, want)
		}
	}
}

func TestFaults(t *testing.T) {
	a, b := errors.New("a"), errors.New("b")
	if got := faults(errors.Join(a, b)); !slices.Equal(got, []error{a, b}) {
		t.Errorf("faults = %v", got)
	}
	if got := faults(a); !slices.Equal(got, []error{a}) {
		t.Errorf("faults = %v", got)
	}
}

func TestLevelsAreTheHosts(t *testing.T) {
	for _, l := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
		if got := slogLevel(hostLevel(l)); got != l {
			t.Errorf("%v becomes %v", l, got)
		}
	}
}
