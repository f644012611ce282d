package routine

import (
	"fmt"
	"path"
	"runtime"
	"strings"
)

// Panic is a panic that was recovered, as an error in one line: a host's log
// has no others.
type Panic struct {
	value any
	at    string
}

// NewPanic makes an error of what recover has returned. It is to be called by
// the deferred function.
func NewPanic(recovered any) *Panic { return &Panic{recovered, stack()} }

func (p *Panic) Error() string { return fmt.Sprintf("panic: %v, at %s", p.value, p.at) }

// stack is where a recovered panic came from, innermost frame first, in one
// line.
func stack() string {
	const depth = 16
	pcs := make([]uintptr, depth+8)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	var (
		at       []string
		panicked bool
	)
	for len(at) < depth {
		f, more := frames.Next()
		if panicked && !strings.HasPrefix(f.Function, "runtime.") {
			at = append(at, fmt.Sprintf("%s %s:%d", path.Base(f.Function), path.Base(f.File), f.Line))
		}
		panicked = panicked || f.Function == "runtime.gopanic"
		if !more {
			break
		}
	}
	return strings.Join(at, " < ")
}
