package objects

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"in_stellar_aws/internal/decode"
	"in_stellar_aws/internal/health"
	"in_stellar_aws/internal/interflow"
	"in_stellar_aws/internal/routine"
	"in_stellar_aws/internal/source"
	"in_stellar_aws/internal/state"
)

// work collects one object after another.
func (c *Connector) work(ctx context.Context) error {
	decoder := c.NewDecoder()
	for {
		select {
		case t := <-c.tasks:
			var newest int64
			err := routine.Safely("collect object", func() (err error) {
				newest, err = c.collect(ctx, decoder, t)
				return err
			})
			if ctx.Err() != nil {
				return nil // the next start goes on with it
			}
			if errors.As(err, new(*routine.Panic)) {
				decoder = c.NewDecoder() // the old one may be in any state
			}
			c.settle(ctx, t, newest, err)
		case <-ctx.Done():
			return nil
		}
	}
}

// collect fetches and decodes one object and hands its records to the host.
// newest is the time of its newest record in Unix seconds, 0 without any.
func (c *Connector) collect(ctx context.Context, decoder Decoder, t *task) (newest int64, err error) {
	body, err := c.Store.Open(ctx, t.object, 0)
	if err != nil {
		return 0, err
	}
	defer func() {
		if closing := body.Close(); err == nil && closing != nil && ctx.Err() == nil {
			c.Log.Debug("close object body", "key", t.object.Key, "error", closing)
		}
	}()
	out := &batcher{connector: c, task: t}
	object := decode.Object{
		ID:   interflow.NewObject(t.object.Bucket, t.object.Key, t.object.ETag),
		Time: t.object.Time,
		From: c.delivery.from(t),
		Size: t.object.Size,
		Drop: c.Drop,

		ReaderAt: c.readerAt(ctx, t.object),
		Reserve:  c.Reserve,
	}
	hash := c.digests.watch(&object)
	stats, err := decoder.Decode(ctx, body, object, out)
	if err == nil {
		hash.keep(t.position.Fingerprint)
	}
	c.decoded(stats, t.object)
	out.summary()
	if stats.Replaced > 0 {
		c.Status.Tell(slog.LevelWarn, "text that is not Unicode was replaced by U+FFFD", "bucket", t.object.Bucket, "key", t.object.Key, "places", stats.Replaced)
	}
	return stats.Newest, err
}

// readerAt gives a decoder access to any part of an object, where the store
// has it.
func (c *Connector) readerAt(ctx context.Context, o source.Object) func() (io.ReaderAt, int64) {
	store, ok := c.Store.(RandomStore)
	if !ok {
		return nil
	}
	return func() (io.ReaderAt, int64) { return store.ReaderAt(ctx, o), o.Size }
}

// settle decides what becomes of an object after an attempt.
func (c *Connector) settle(ctx context.Context, t *task, newest int64, err error) {
	var damaged *decode.StreamError
	var panicked *routine.Panic
	switch {
	case err == nil:
		c.succeeded.Store(time.Now().UnixNano())
		c.Status.Add(health.Objects, 1)
		c.delivery.completed(t, newest)
	case source.IsGone(err):
		// Deleted, or overwritten by a version that the next poll finds, or that
		// has a notification of its own.
		c.Status.Add(health.GoneObjects, 1)
		c.Status.Tell(slog.LevelWarn, "object is gone before it was read", attrs(t, err)...)
		c.delivery.completed(t, 0)
	case errors.As(err, &damaged), errors.As(err, &panicked), c.exhausted(t):
		c.quarantine(ctx, t, err)
	default:
		c.retryLater(ctx, t, err)
		return
	}
	if t.retrying {
		t.retrying = false
		if c.retrying.Add(-1) == 0 {
			c.Status.Report(collecting, nil)
		}
	}
}

// collecting is what fails when an object does.
const collecting = "collect object"

// How long an object that cannot be fetched is tried again before it goes
// into quarantine, and how soon the first and the later tries come.
const (
	patience      = 24 * time.Hour
	firstBackoff  = time.Second
	longestWait   = 5 * time.Minute
	quarantineFor = 24 * time.Hour
)

// An object of a queue is given back sooner: after some tries, if other objects
// can be read, and also if none can, before its message is lost to the
// queue's limits.
const (
	queueTries    = 5
	queuePatience = 15 * time.Minute
)

func (c *Connector) exhausted(t *task) bool {
	if t.first.IsZero() {
		return false
	}
	if c.delivery.awaited(t.position.Fingerprint) {
		othersSucceed := time.Unix(0, c.succeeded.Load()).After(t.first)
		return t.attempts >= queueTries && (othersSucceed || time.Since(t.first) > queuePatience)
	}
	return time.Since(t.first) > patience
}

// failed counts a failed attempt.
func (c *Connector) failed(t *task) {
	t.attempts++
	if t.first.IsZero() {
		t.first = time.Now()
	}
}

func (c *Connector) retryLater(ctx context.Context, t *task, err error) {
	c.failed(t)
	c.Status.Add(health.Errors, 1)
	if !t.retrying {
		t.retrying = true
		c.retrying.Add(1)
	}
	c.Status.Report(collecting, located(t.object, err))
	wait := min(firstBackoff<<min(t.attempts-1, 20), longestWait)
	c.later(ctx, t, wait)
}

// located says which object err is of, unless it does itself: keys are long.
func located(o source.Object, err error) error {
	name := fmt.Sprintf("s3://%s/%s", o.Bucket, o.Key)
	if strings.Contains(err.Error(), name) {
		return err
	}
	return fmt.Errorf("%s: %w", name, err)
}

func (c *Connector) quarantine(ctx context.Context, t *task, err error) {
	c.failed(t)
	now := time.Now()
	c.Status.Add(health.Quarantined, 1)
	awaited := c.delivery.awaited(t.position.Fingerprint)
	if awaited {
		c.Status.Tell(slog.LevelError, "object cannot be read and is set aside; its message goes back to the queue, and it is tried again when that comes, and at a restart", attrs(t, err)...)
	} else {
		c.Status.Tell(slog.LevelError, "object cannot be read and is set aside; it is tried again once a day, at a restart and when it changes", attrs(t, err)...)
	}
	t.flying = false
	c.delivery.quarantined(t, state.Quarantined{
		Position: t.position,
		Bucket:   t.object.Bucket, Key: t.object.Key, ETag: t.object.ETag,
		Size: t.object.Size, LastModified: t.object.LastModified,
		Reason: err.Error(), Attempts: t.attempts,
		First: t.first, Last: now, NextTry: now.Add(quarantineFor),
	})
	if !awaited { // else the queue decides
		c.later(ctx, t, quarantineFor)
	}
}

// attrs names the object in a log line.
func attrs(t *task, err error) []any {
	return []any{"bucket", t.object.Bucket, "key", t.object.Key, "error", err}
}

// batcher hands an object's batches to the host.
type batcher struct {
	connector *Connector
	task      *task
	bad       int
}

// Flush implements decode.Output.
func (b *batcher) Flush(ctx context.Context, buf []byte, next uint64) ([]byte, error) {
	b.connector.delivery.sending(b.task)
	seq, err := b.connector.Queue.Append(ctx, buf)
	if err != nil {
		b.connector.delivery.unsent(b.task)
		return buf, fmt.Errorf("hand over records: %w", err)
	}
	b.connector.delivery.sent(seq, batch{b.task, next})
	return buf, nil
}

// badLines is how many bad records of one object are logged one by one.
const badLines = 5

// Bad implements decode.Output.
func (b *batcher) Bad(err *decode.RecordError) {
	b.bad++
	if b.bad <= badLines {
		b.connector.Status.Tell(slog.LevelError, "record cannot be read and is left out", attrs(b.task, err)...)
	}
}

// summary says how many bad records were not logged.
func (b *batcher) summary() {
	if b.bad > badLines {
		b.connector.Status.Tell(slog.LevelError, "more records cannot be read and are left out",
			"bucket", b.task.object.Bucket, "key", b.task.object.Key, "records", b.bad-badLines)
	}
}
