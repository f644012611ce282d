package abihost

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
)

// Event is one step of the host: a call into the plugin ("call", with fn and
// ins), "started", "malformed", "violation", "counts" and so on.
type Event struct {
	Name string
	Attr map[string]string
}

// parseEvent reads a line "name key=value ..." with percent-encoded values.
func parseEvent(line string) (Event, error) {
	fields := strings.Fields(line)
	if len(fields) == 0 {
		return Event{}, fmt.Errorf("parse event: empty line")
	}
	e := Event{Name: fields[0], Attr: make(map[string]string, len(fields)-1)}
	for _, f := range fields[1:] {
		k, v, ok := strings.Cut(f, "=")
		if !ok {
			return Event{}, fmt.Errorf("parse event %s: field %q without '='", e.Name, f)
		}
		val, err := url.PathUnescape(v)
		if err != nil {
			return Event{}, fmt.Errorf("parse event %s: %w", e.Name, err)
		}
		e.Attr[k] = val
	}
	return e, nil
}

func (r *Run) readEvents(f *os.File) {
	defer f.Close()
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		e, err := parseEvent(sc.Text())
		r.update(func() {
			if err != nil {
				r.problem = append(r.problem, err)
				return
			}
			r.events = append(r.events, e)
		})
	}
}

func (r *Run) readLog(f *os.File) {
	defer f.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := f.Read(buf)
		if n > 0 {
			r.update(func() { r.log = append(r.log, buf[:n]...) })
		}
		if err != nil {
			return // io.EOF: the process has ended
		}
	}
}

// Events returns what happened so far.
func (r *Run) Events() []Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Event(nil), r.events...)
}

// Calls returns the calls into the plugin so far, as "Init", "Exit" or, for
// one instance's, "Init name.0". Collect callbacks are left out: how many
// there are depends on time.
func (r *Run) Calls() []string {
	var out []string
	for _, e := range r.Events() {
		if e.Name != "call" || strings.HasPrefix(e.Attr["fn"], "InputCallback") {
			continue
		}
		out = append(out, strings.TrimSpace(e.Attr["fn"]+" "+e.Attr["ins"]))
	}
	return out
}

// WaitEvent blocks until an event of this name for which match (nil: any)
// is true has happened, now or before.
func (r *Run) WaitEvent(ctx context.Context, name string, match func(Event) bool) error {
	return r.wait(ctx, "event "+name, func() bool {
		for _, e := range r.events {
			if e.Name == name && (match == nil || match(e)) {
				return true
			}
		}
		return false
	})
}

func (r *Run) countEvents(name string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.countEventsLocked(name)
}

func (r *Run) countEventsLocked(name string) int {
	n := 0
	for _, e := range r.events {
		if e.Name == name {
			n++
		}
	}
	return n
}

// Log returns the host's log (its standard error) so far.
func (r *Run) Log() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return string(r.log)
}

// WaitLog blocks until the log holds text.
func (r *Run) WaitLog(ctx context.Context, text string) error {
	return r.wait(ctx, fmt.Sprintf("log text %q", text), func() bool { return bytes.Contains(r.log, []byte(text)) })
}

// Stdout returns what stdout outputs have printed so far.
func (r *Run) Stdout() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return string(r.stdout)
}

// do runs a control command on the engine thread and waits until it is done.
func (r *Run) do(ctx context.Context, name string, arg int) error {
	r.mu.Lock()
	r.seq++
	seq := fmt.Sprint(r.seq)
	_, err := io.WriteString(r.control, fmt.Sprintf("%s %s %d\n", seq, name, arg))
	r.mu.Unlock()
	if err != nil {
		return fmt.Errorf("send command %s: %w", name, err)
	}
	return r.WaitEvent(ctx, "ack", func(e Event) bool { return e.Attr["seq"] == seq })
}

// Stall makes the outputs take nothing, or take everything again.
func (r *Run) Stall(ctx context.Context, on bool) error { return r.do(ctx, "stall", int(bit(on))) }

// DiskFull makes appends to filesystem storage fail, or work again.
func (r *Run) DiskFull(ctx context.Context, on bool) error {
	return r.do(ctx, "disk_full", int(bit(on)))
}

// Refuse makes the next n appends return -1: below 0 all of them, 0 none.
func (r *Run) Refuse(ctx context.Context, n int) error { return r.do(ctx, "refuse", n) }

// Pause pauses the nth instance as an exceeded memory limit would: until
// Resume, its appends are refused.
func (r *Run) Pause(ctx context.Context, n int) error { return r.do(ctx, "pause", n) }

// Resume ends a Pause.
func (r *Run) Resume(ctx context.Context, n int) error { return r.do(ctx, "resume", n) }
