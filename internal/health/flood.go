package health

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// How many lines about the same thing are logged one by one, and for how long
// the others are only counted.
const (
	mostLines = 50
	floodFor  = 10 * time.Minute
)

// flood logs what happens to single objects and records, which may be a great
// many: the first lines as they are, and then how many more there were. Where
// they are is remembered in the state and counted in the metrics.
type flood struct {
	log *slog.Logger
	now func() time.Time

	mu sync.Mutex
	of map[string]*burst // by message
}

// burst is the lines with one message.
type burst struct {
	level slog.Level
	since time.Time
	lines int // logged
	more  int // not logged
}

func newFlood(log *slog.Logger, now func() time.Time) *flood {
	return &flood{log: log, now: now, of: map[string]*burst{}}
}

// Tell logs a line about one object or record, unless there were many with the
// same message: then they are counted, and the count is logged later.
func (f *flood) Tell(level slog.Level, msg string, attrs ...any) {
	f.settle()
	f.mu.Lock()
	defer f.mu.Unlock()
	b := f.of[msg]
	if b == nil {
		b = &burst{level: level, since: f.now()}
		f.of[msg] = b
	}
	if b.lines >= mostLines {
		b.more++
		return
	}
	b.lines++
	f.log.Log(context.Background(), level, msg, attrs...)
	if b.lines == mostLines {
		f.log.Log(context.Background(), level, "further lines like this are counted only", "message", msg, "for", floodFor)
	}
}

// settle ends the bursts that are old enough, and says what they held back.
func (f *flood) settle() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for msg, b := range f.of {
		if f.now().Sub(b.since) < floodFor {
			continue
		}
		if b.more > 0 {
			f.log.Log(context.Background(), b.level, msg, "further", b.more, "within", floodFor)
		}
		delete(f.of, msg)
	}
}
