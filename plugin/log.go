package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync"
	"unicode"
)

// The host cuts a line at 4 KiB; queued lines are dropped beyond maxLines.
const (
	maxLineBytes = 3500
	maxLines     = 1000
)

// emptyRecord is what slog.TextHandler makes of a record without time, level
// information and message; the attributes follow it.
const emptyRecord = "level=INFO msg=\"\""

// A lineSink takes a finished line for the host's logger.
type lineSink interface {
	// pushLine takes a copy of line, and is false when there is no memory.
	pushLine(level slog.Level, line string) bool
	// printed is how many of the lines the host has printed.
	printed() uint64
}

// lines is where one instance's records become lines. The host's logger works
// on the host's threads only, so a line is queued and printed by the pump.
type lines struct {
	prefix string
	level  slog.Level

	mu      sync.Mutex
	sink    lineSink // nil: the instance has ended, stderr
	attrs   bytes.Buffer
	queued  uint64
	dropped uint64
}

// logHandler is a slog.Handler whose lines read as the host's own:
// "[input:stellar_aws:NAME] message key=value".
type logHandler struct {
	lines *lines
	text  slog.Handler
}

// newLogger returns the logger of the named instance, which prints what is at
// least as important as level.
func newLogger(instance string, level slog.Level, sink lineSink) (*slog.Logger, *lines) {
	l := &lines{prefix: fmt.Sprintf("[input:%s:%s] ", pluginName, instance), level: level, sink: sink}
	return slog.New(&logHandler{lines: l, text: slog.NewTextHandler(&l.attrs, nil)}), l
}

// Enabled implements slog.Handler.
func (h *logHandler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= h.lines.level
}

// WithAttrs implements slog.Handler.
func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &logHandler{lines: h.lines, text: h.text.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h *logHandler) WithGroup(group string) slog.Handler {
	return &logHandler{lines: h.lines, text: h.text.WithGroup(group)}
}

// Handle implements slog.Handler. It never blocks on the host.
func (h *logHandler) Handle(ctx context.Context, r slog.Record) error {
	bare := slog.Record{Level: slog.LevelInfo}
	r.Attrs(func(a slog.Attr) bool { bare.AddAttrs(a); return true })

	l := h.lines
	l.mu.Lock()
	defer l.mu.Unlock()
	l.attrs.Reset()
	if err := h.text.Handle(ctx, bare); err != nil {
		return fmt.Errorf("format log record: %w", err)
	}
	attrs := strings.TrimPrefix(strings.TrimSuffix(l.attrs.String(), "\n"), emptyRecord)
	l.write(r.Level, oneLine(r.Message)+attrs)
	return nil
}

// write queues a line, after a note of those dropped before it.
func (l *lines) write(level slog.Level, text string) {
	if l.sink == nil {
		fmt.Fprintln(os.Stderr, l.prefix+cut(text))
		return
	}
	if l.queued-l.sink.printed() >= maxLines {
		l.dropped++
		return
	}
	if l.dropped > 0 && l.push(slog.LevelWarn, "log lines dropped lines="+strconv.FormatUint(l.dropped, 10)) {
		l.dropped = 0
	}
	if !l.push(level, cut(text)) {
		l.dropped++
	}
}

func (l *lines) push(level slog.Level, text string) bool {
	if !l.sink.pushLine(level, l.prefix+text) {
		return false
	}
	l.queued++
	return true
}

// detach has later lines go to stderr.
func (l *lines) detach() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sink = nil
}

func cut(text string) string {
	if len(text) <= maxLineBytes {
		return text
	}
	return strings.ToValidUTF8(text[:maxLineBytes], "") + " …"
}

// oneLine keeps a message from forging further lines.
func oneLine(msg string) string {
	if strings.ContainsFunc(msg, unicode.IsControl) {
		return strconv.Quote(msg)
	}
	return msg
}
