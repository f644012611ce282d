package health

import (
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
}

// cause is a reason why something fails.
type cause struct {
	count  int
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
		}
		delete(c.current, what)
		return
	}
	if c.current[what] == nil {
		c.current[what] = map[string]*cause{}
	}
	for _, one := range flatten(err) {
		e := Explain(one)
		known := c.current[what][e.Class]
		if known == nil {
			known = &cause{}
			c.current[what][e.Class] = known
		}
		known.count++
		if now := c.now(); now.Sub(known.logged) >= repeatAfter {
			known.logged = now
			c.log.Error(what+": "+one.Error(), append(e.Attrs(), "errors", known.count)...)
		}
	}
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
