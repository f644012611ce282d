package health

import (
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// Causes logs errors once for each cause: the first in full with its
// explanation, later ones counted, and the end of a cause with the count.
type Causes struct {
	log *slog.Logger
	now func() time.Time

	mu      sync.Mutex
	current map[string]map[string]*cause // what was done -> class of the error
	mended  time.Time                    // when the last cause ended; zero: none has
}

// cause is a reason why something fails.
type cause struct {
	Explanation
	text   string // the first error's
	count  int
	since  time.Time
	logged time.Time
}

// repeatAfter is how long a cause that lasts is not logged again.
const repeatAfter = 10 * time.Minute

// NewCauses returns a Causes that logs to log.
func NewCauses(log *slog.Logger, now func() time.Time) *Causes {
	return &Causes{log: log, now: now, current: map[string]map[string]*cause{}}
}

// Report takes the outcome of doing something; what is a verb and a noun. A
// nil err ends every cause that it failed of.
func (c *Causes) Report(what string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		for class, cause := range c.current[what] {
			c.log.Info("works again: "+what, "after", class, "errors", cause.count)
			c.mended = c.now()
		}
		delete(c.current, what)
		return
	}
	if c.current[what] == nil {
		c.current[what] = map[string]*cause{}
	}
	now := c.now()
	for _, one := range flatten(err) {
		e := Explain(one)
		known := c.current[what][e.Class]
		if known == nil {
			known = &cause{Explanation: e, text: one.Error(), since: now}
			c.current[what][e.Class] = known
		}
		known.count++
		if now.Sub(known.logged) >= repeatAfter {
			known.logged = now
			c.log.Error(what+": "+one.Error(), append(e.Attrs(), "errors", known.count)...)
		}
	}
}

// Failing tells why and since when the connector cannot do all its work; false
// where it can. Of several causes it is the oldest that is told. Refusals for
// their rate are none: what they delay is done.
func (c *Causes) Failing() (why string, since time.Time, failed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	others := -1
	for what, causes := range c.current {
		for _, one := range causes {
			if one.Throttled {
				continue
			}
			others++
			text := what + ": " + one.reason()
			if !failed || one.since.Before(since) || one.since.Equal(since) && text < why {
				why, since, failed = text, one.since, true
			}
		}
	}
	if others > 0 {
		why += fmt.Sprintf(" (and %d more causes)", others)
	}
	return why, since, failed
}

// reason is the cause in short.
func (c *cause) reason() string {
	if c.Why == "" {
		return clip(c.text)
	}
	if c.Code == "" {
		return c.Why
	}
	return c.Why + " (" + c.Code + ")"
}

// clip bounds a text that others have written.
func clip(text string) string {
	const most = 300 // bytes
	if len(text) <= most {
		return text
	}
	return text[:most] + "…"
}

// okSince is since when nothing fails: since the last cause ended, or begin.
func (c *Causes) okSince(begin time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mended.After(begin) {
		return c.mended
	}
	return begin
}

// flatten splits what errors.Join has joined.
func flatten(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, one := range joined.Unwrap() {
		all = append(all, flatten(one)...)
	}
	return all
}
