package connector

import (
	"context"
	"fmt"

	"golang.org/x/sync/semaphore"
)

// memory is what the decoders of a connector may hold together beside their
// windows and batches, as those of Parquet files must.
type memory struct {
	limit int64 // bytes
	free  *semaphore.Weighted
}

func newMemory(limit int64) *memory {
	return &memory{limit: limit, free: semaphore.NewWeighted(limit)}
}

// reserve waits for n bytes and returns what gives them back. Who needs more
// than the limit has all of it, and so is alone.
func (m *memory) reserve(ctx context.Context, n int64) (release func(), err error) {
	n = min(n, m.limit)
	if err := m.free.Acquire(ctx, n); err != nil {
		return nil, fmt.Errorf("wait for memory to decode: %w", err)
	}
	return func() { m.free.Release(n) }, nil
}
