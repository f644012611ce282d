package health_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"in_stellar_aws/internal/health"
)

// journal is a log that is read while it is written.
type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// TestFlood has ten thousand damaged objects in a minute: the first are named,
// the others counted, and another message is not held back.
func TestFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log journal
		s := health.NewStatus(slog.New(slog.NewTextHandler(&log, nil)), nil, time.Now)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go s.Run(ctx, 0)
		for i := range 10_000 {
			s.Tell(slog.LevelError, "object cannot be read", "key", i)
			time.Sleep(6 * time.Millisecond)
		}
		s.Tell(slog.LevelWarn, "object is gone", "key", "k")
		said := func(text string) int {
			synctest.Wait()
			return strings.Count(log.String(), text)
		}
		if said(`msg="object cannot be read" key=`) != 50 || said("counted only") != 1 || said(`level=WARN msg="object is gone" key=k`) != 1 {
			t.Errorf("%d lines:\n%s", said("\n"), log.String())
		}
		time.Sleep(10 * time.Minute)
		if said(`level=ERROR msg="object cannot be read" further=9950`) != 1 {
			t.Errorf("the count is missing:\n%s", log.String())
		}
		s.Tell(slog.LevelError, "object cannot be read", "key", "later")
		if said("key=later") != 1 {
			t.Error("a later one is not said")
		}
		cancel()
		synctest.Wait()
	})
}
