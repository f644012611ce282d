package config

import (
	"fmt"
	"strings"
)

// Error is one fault in what the user set.
type Error struct {
	Key    string
	Value  string // as set; "" when missing, redacted for a secret
	Reason string // what is wrong, or what is allowed
}

// Error writes the fault as one line: key "value": reason.
func (e *Error) Error() string {
	if e.Value == "" {
		return e.Key + ": " + e.Reason
	}
	return fmt.Sprintf("%s %q: %s", e.Key, clip(e.Value), e.Reason)
}

// Errors are all faults of one connector's settings.
type Errors []*Error

// Error writes one fault a line.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, fault := range e {
		lines[i] = fault.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets errors.As find a single *Error.
func (e Errors) Unwrap() []error {
	errs := make([]error, len(e))
	for i, fault := range e {
		errs[i] = fault
	}
	return errs
}

// valueError is a fault in a part of a value, or in one that must be shown
// otherwise than it was written.
type valueError struct{ value, reason string }

func (e *valueError) Error() string { return fmt.Sprintf("%q: %s", clip(e.value), e.reason) }
