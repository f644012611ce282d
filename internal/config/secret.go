package config

import (
	"fmt"
	"io"
	"log/slog"
)

// redacted stands for a secret wherever it is printed.
const redacted = "[redacted]"

// Secret is a value that must not be seen: no fmt verb, no encoder and no
// logger reveals it. An empty one prints as nothing, so that a message can
// still tell whether it was set.
//
// Two things ask a value's type nothing: fmt when it prints unexported struct
// fields, and encoding/json when it writes a map's keys. Keep a Secret in neither.
type Secret string

// Reveal gives the value itself, for the one place that needs it.
func (s Secret) Reveal() string { return string(s) }

// String implements fmt.Stringer and hides the value.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// GoString implements fmt.GoStringer and hides the value.
func (s Secret) GoString() string { return fmt.Sprintf("config.Secret(%q)", s.String()) }

// Format implements fmt.Formatter, so that no verb (%x, %q, %d …) reaches the
// bytes.
func (s Secret) Format(f fmt.State, verb rune) {
	text := s.String()
	if verb == 'v' && f.Flag('#') {
		text = s.GoString()
	}
	// A fmt.State keeps its writer's error to itself and reports it from Printf.
	_, _ = io.WriteString(f, text)
}

// MarshalText implements encoding.TextMarshaler and hides the value.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue implements slog.LogValuer and hides the value.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
