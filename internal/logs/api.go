package logs

import (
	"context"
	"errors"
	"time"

	"in_stellar_aws/internal/routine"
	"in_stellar_aws/internal/source"
)

// Reader reads a page of log events; see source.LogsClient.
type Reader interface {
	FilterPage(ctx context.Context, in source.FilterInput) (source.LogPage, error)
}

// limited keeps the quotas, and is patient where AWS is not to be had.
type limited struct {
	reader Reader
	lister source.LogGroupLister
	filter *limiter
	groups *limiter
	failed func(int64) // counts
	// trouble is told when refusals for the quota's sake last, and of their
	// end.
	trouble func(error)
}

// How a request that failed for a passing reason is tried again. More failures
// than these are an error: who waits holds a reader up.
const (
	firstPause = 250 * time.Millisecond
	mostTries  = 7 // within 16 seconds
	lasting    = 8 // refusals in a row that are worth a word
)

// FilterPage implements Reader.
func (l *limited) FilterPage(ctx context.Context, in source.FilterInput) (page source.LogPage, err error) {
	err = l.try(ctx, l.filter, func() error {
		page, err = l.reader.FilterPage(ctx, in)
		return err
	})
	return page, err
}

// ListGroups implements source.LogGroupLister.
func (l *limited) ListGroups(ctx context.Context, q source.LogGroupQuery) (page source.LogGroupPage, err error) {
	err = l.try(ctx, l.groups, func() error {
		page, err = l.lister.ListGroups(ctx, q)
		return err
	})
	return page, err
}

func (l *limited) try(ctx context.Context, limit *limiter, request func() error) error {
	refusals, failures := 0, 0
	for {
		err := limit.do(ctx, request, isThrottled)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if isThrottled(err) { // the limiter makes for the pause
			if refusals++; refusals >= lasting {
				l.trouble(err)
			}
			continue
		}
		if refusals >= lasting {
			l.trouble(nil)
		}
		if err == nil {
			return nil
		}
		l.failed(1)
		var failed *source.LogsError
		if failures++; !errors.As(err, &failed) || failed.Class != source.Transient || failures >= mostTries {
			return err
		}
		if err := routine.Pause(ctx, firstPause<<(failures-1)); err != nil {
			return err
		}
	}
}

func isThrottled(err error) bool {
	var failed *source.LogsError
	return errors.As(err, &failed) && failed.Throttled()
}
