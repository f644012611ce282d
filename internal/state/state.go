// Package state remembers what a connector has delivered, so that a restart
// neither loses nor repeats records: one bbolt file for all connectors of a
// process, or memory only where no file is wanted.
//
// A connector keeps, per family of objects (see internal/source), a mark and
// the fingerprints of the objects delivered within the lookback behind it, the
// point reached inside objects that are not finished, and the objects that
// could not be read. What lies further back than the lookback is forgotten, so
// the file's size follows the window and not the age of the connector.
//
// The same types serve the file and the memory: only the backend differs, and
// one conformance suite runs over both.
package state

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// Fingerprint identifies one version of one object: the first 16 bytes of
// SHA-256(key, 0, ETag).
type Fingerprint [16]byte

// FingerprintOf is the fingerprint of the object key with this ETag, which is
// given without quotes.
func FingerprintOf(key, etag string) Fingerprint {
	text := make([]byte, 0, len(key)+1+len(etag))
	text = append(text, key...)
	text = append(text, 0) // no S3 ETag holds a zero byte, so the pair is unambiguous
	text = append(text, etag...)
	sum := sha256.Sum256(text)
	return Fingerprint(sum[:16])
}

// String is the fingerprint in hexadecimal digits.
func (f Fingerprint) String() string { return hex.EncodeToString(f[:]) }

// Position is one object as the state sees it.
type Position struct {
	Fingerprint Fingerprint
	Family      string    // what shares one mark; never empty
	Time        time.Time // the object's time within its family; kept by the second
}

// Progress is how far an unfinished object has been delivered.
type Progress struct {
	Position
	Next int64 // ordinal of the first record not yet delivered
}

// Quarantined is an object that could not be read, or not wholly.
type Quarantined struct {
	Position
	Bucket, Key, ETag string
	Size              int64 // bytes
	LastModified      time.Time
	Reason            string
	Attempts          int
	First, Last       time.Time // when it failed first and last
	NextTry           time.Time
}

// Update is what one Commit makes durable, all of it or nothing. Committing
// the same update again changes nothing.
type Update struct {
	Now        time.Time     // no mark goes beyond it
	Delivered  []Position    // every record of these objects was taken by the host
	Progress   []Progress    // replaces earlier progress of the same object
	Quarantine []Quarantined // replaces earlier entries of the same object
	Release    []Fingerprint // leaves the quarantine without having been delivered
}

// empty reports whether u asks for nothing.
func (u *Update) empty() bool {
	return len(u.Delivered)+len(u.Progress)+len(u.Quarantine)+len(u.Release) == 0
}
