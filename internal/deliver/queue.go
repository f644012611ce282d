package deliver

import "context"

// Queue is the way to the host.
type Queue interface {
	// Append hands over one or more complete events, which it copies. It
	// blocks while the queue holds its limit of bytes. It returns the batch's
	// number (1, 2, 3 …) or an error: ctx's, or one that is final.
	Append(ctx context.Context, batch []byte) (seq uint64, err error)
	// Delivered blocks until the host has stored every batch up to a number
	// greater than after, and returns that number. Progress is returned even
	// when ctx has ended; without any, ctx's error is.
	Delivered(ctx context.Context, after uint64) (uint64, error)
}
