package main

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
)

// fakeSink keeps lines, of which the host prints as many as the test says.
type fakeSink struct {
	lines []string
	done  uint64
	full  bool
}

func (f *fakeSink) pushLine(level slog.Level, line string) bool {
	if f.full {
		return false
	}
	f.lines = append(f.lines, level.String()+" "+line)
	return true
}

func (f *fakeSink) printed() uint64 { return f.done }

func TestLogLines(t *testing.T) {
	const prefix = "[input:stellar_aws:in] "
	tests := []struct {
		name string
		log  func(*slog.Logger)
		want []string
	}{
		{"plain", func(l *slog.Logger) { l.Info("bucket listed") }, []string{"INFO " + prefix + "bucket listed"}},
		{"attributes", func(l *slog.Logger) { l.Warn("throttled", "account", "12", "retry in", "5 s") },
			[]string{"WARN " + prefix + `throttled account=12 "retry in"="5 s"`}},
		{"names of slog's own", func(l *slog.Logger) { l.Error("odd", "msg", "m", "level", 3, "time", "t") },
			[]string{"ERROR " + prefix + "odd msg=m level=3 time=t"}},
		{"with and group", func(l *slog.Logger) { l.With("a", 1).WithGroup("g").With("b", 2).Info("x", "c", 3) },
			[]string{"INFO " + prefix + "x a=1 g.b=2 g.c=3"}},
		{"error value", func(l *slog.Logger) { l.Error("get object", "err", errors.New("no such key")) },
			[]string{"ERROR " + prefix + `get object err="no such key"`}},
		{"no second line", func(l *slog.Logger) { l.Info("a\nb", "c", "d\ne") },
			[]string{"INFO " + prefix + `"a\nb" c="d\ne"`}},
		{"below the level", func(l *slog.Logger) { l.Debug("x") }, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sink := &fakeSink{}
			log, _ := newLogger("in", slog.LevelInfo, sink)
			tt.log(log)
			if !slices.Equal(sink.lines, tt.want) {
				t.Errorf("lines\n%q, want\n%q", sink.lines, tt.want)
			}
		})
	}
}

func TestLogCutsLongLines(t *testing.T) {
	sink := &fakeSink{}
	log, _ := newLogger("in", slog.LevelInfo, sink)
	log.Info(strings.Repeat("é", maxLineBytes))
	if n := len(sink.lines[0]); n > maxLineBytes+100 {
		t.Errorf("a line of %d bytes", n)
	}
	if !strings.HasSuffix(sink.lines[0], "é …") {
		t.Errorf("line ends with %q", sink.lines[0][len(sink.lines[0])-10:])
	}
}

func TestLogCountsDroppedLines(t *testing.T) {
	sink := &fakeSink{}
	log, _ := newLogger("in", slog.LevelInfo, sink)
	for range maxLines + 7 {
		log.Info("x")
	}
	if len(sink.lines) != maxLines {
		t.Fatalf("%d lines queued, want %d", len(sink.lines), maxLines)
	}
	sink.full = true
	log.Info("x") // no room
	sink.done = maxLines
	log.Info("x") // no memory
	sink.full = false
	log.Info("after")
	want := []string{
		"WARN [input:stellar_aws:in] log lines dropped lines=9",
		"INFO [input:stellar_aws:in] after",
	}
	if got := sink.lines[maxLines:]; !slices.Equal(got, want) {
		t.Errorf("lines %q, want %q", got, want)
	}
}
