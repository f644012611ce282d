package decode

import (
	"errors"
	"fmt"

	"in_stellar_aws/internal/interflow"
)

// What an object may be that somebody else has written: enough for every log
// that AWS writes, and little enough that no object holds up a worker, or Fluent
// Bit, for long. See window.go for the length of a record and inflate.go for
// gzip in gzip.
const (
	// maxRatio is how many times its stored size an object may inflate to, once
	// it has inflated to freeSize bytes. Logs inflate to 10 to 60 times their
	// size, gzip's limit is 1032, and of gzip in gzip the square of that.
	maxRatio = 500
	freeSize = 256 << 20

	// maxRowRatio is how many times a Parquet file's size its events may have,
	// beyond freeSize bytes. An event has some hundred bytes more than a row,
	// and a row that repeats a thousand million times has none.
	maxRowRatio = 4000

	// maxAgain is how many bytes of an object may be read again because records
	// that do not end hold others: some hundred kB of these, one inside of the
	// other, would take a worker for hours.
	maxAgain = 16 * maxRecord

	// wideEvent is the size in bytes that an event with more keys in one map
	// than interflow.MaxKeys has at the least: what is smaller need not be
	// looked through.
	wideEvent = 2 * interflow.MaxKeys
)

var errAgain = errors.New("records inside of broken ones again and again: what follows is left out")

// bombError says that an object inflates out of all proportion.
type bombError struct{ stored, plain, ratio int64 }

func (e *bombError) Error() string {
	return fmt.Sprintf("it inflates from %d to more than %d bytes, over %d times its size: no log does, a zip bomb does", e.stored, e.plain, e.ratio)
}

// proportionate tells that so many stored bytes may inflate to so many, ratio
// times as many.
func proportionate(stored, plain, ratio int64) error {
	if plain > freeSize && plain/ratio > stored {
		return &bombError{stored, plain, ratio}
	}
	return nil
}

// wideError says that a record has too many keys at its top, where no text can
// stand for them.
type wideError struct{ keys int }

func (e *wideError) Error() string {
	return fmt.Sprintf("it has %d keys in one map, the most are %d: Fluent Bit's outputs would take seconds for it", e.keys, interflow.MaxKeys)
}
