// Package source finds and opens what a connector collects: objects in S3, by
// listing or by a queue's messages, and log groups of CloudWatch Logs.
//
// A Layout, compiled from the connector's prefix, knows where logs lie and what
// their keys say. A Poller lists what is new with few requests, whatever lies
// under a day. S3Client is the thin adapter to the AWS SDK: one page of a
// listing, and an object's body that survives cut connections.
//
// # Families
//
// A family is the part of a key before its time: the folder above the date and
// the file name up to the time stamp. Within a date folder and a family, key
// order is time order, so a listing can begin where the last one ended. Objects
// whose names carry no time (UUIDs, Firehose) belong to a family of the folder
// above the date, have their date folder's time, and are told apart by the
// Ledger only.
package source

import (
	"context"
	"io"
	"time"
)

// Object is one version of one object in S3.
type Object struct {
	Bucket, Key  string
	ETag         string // without quotes
	Size         int64  // bytes
	LastModified time.Time

	// Family is what the Ledger keeps a mark for, "" if the object was not
	// found through a Layout.
	Family string
	// Time is the time in the key's name, else the last second of its date
	// folder. It may lie in the future by the length of such a folder.
	Time time.Time
}

// Lister lists one page of a bucket, keys in order.
type Lister interface {
	ListPage(ctx context.Context, in ListInput) (ListOutput, error)
}

// ListInput asks for a page of keys. StartAfter and Token exclude each other.
type ListInput struct {
	Bucket     string
	Prefix     string
	Delimiter  string
	StartAfter string // only keys greater than this one
	Token      string // from the page before
	MaxKeys    int    // at most 1000
}

// ListOutput is a page. Of an Object only Key, ETag, Size and LastModified are
// set.
type ListOutput struct {
	Objects  []Object
	Prefixes []string // common prefixes, when a delimiter was given
	Token    string   // "" on the last page
}

// Opener opens the body of an object at a byte. An object that is not the
// version o names any more is ErrChanged.
type Opener interface {
	Open(ctx context.Context, o Object, from int64) (io.ReadCloser, error)
}

// Ledger knows what was delivered before. A Poller calls it from several
// goroutines.
type Ledger interface {
	// Mark is the low water of a family: every object of it with an earlier
	// time that was handed out is done with.
	Mark(family string) (time.Time, bool)
	// Marks are the marks of all families whose names begin with folder.
	Marks(folder string) map[string]time.Time
	// Floor is the time below which the ledger forgets a family's objects;
	// Known is not asked about older ones, and they are not handed out. The zero
	// time means that nothing was forgotten.
	Floor(family string) time.Time
	// Known reports whether this version of an object is delivered, in flight or
	// in quarantine.
	Known(key, etag string) bool
}

// Stats is what one poll did.
type Stats struct {
	Roots      int // folders below which was listed
	Lists      int // list requests, all of them
	SweepLists int // those of Lists that looked for late objects
	EdgeLists  int // those of SweepLists for what is about to leave the lookback
	Keys       int // keys looked at
	Foreign    int // keys that are not logs of this connector
	Found      int // objects handed out
	Known      int // objects met on the way that were handed out before
}
