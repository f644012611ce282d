package objects

import (
	"time"

	"in_stellar_aws/internal/source"
	"in_stellar_aws/internal/state"
)

// task is one object on its way. The worker that holds it and the delivery
// share it; delivery's lock guards what both use.
type task struct {
	object   source.Object
	position state.Position

	attempts int       // that failed
	first    time.Time // when it failed first; zero: never

	flying   bool  // the state has it in flight
	retrying bool  // it has failed and is counted as one that does
	newest   int64 // time of its newest record in Unix seconds, once it is decoded

	next   uint64 // ordinal of the first record not yet stored by the host
	handed uint64 // ordinal of the first record not yet handed to the host

	open     int  // batches that the host has not stored yet
	complete bool // decoded to its end

	unreadable *state.Quarantined // where it goes once the host has stored what was read; nil: nowhere
}

func newTask(o source.Object) *task {
	return &task{
		object: o,
		position: state.Position{
			Fingerprint: state.FingerprintOf(o.Key, o.ETag),
			Family:      o.Family,
			Time:        o.Time,
		},
	}
}

func quarantinedTask(q state.Quarantined) *task {
	return &task{
		object: source.Object{
			Bucket: q.Bucket, Key: q.Key, ETag: q.ETag, Size: q.Size,
			LastModified: q.LastModified, Family: q.Family, Time: q.Time,
		},
		position: q.Position,
		attempts: q.Attempts,
		first:    q.First,
	}
}
