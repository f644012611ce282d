package interflow

import (
	"crypto/sha256"
	"encoding/hex"
)

// A record's id (stellar_uuid) is 128 bits as 32 lower-case hexadecimal
// digits. The same record gets the same id however it is read, so an output
// that uses it as the document's id ends with each record once. How it is
// made is a promise to users' indices: the tests pin it.
const idLen = 32

// The hash inputs begin with what they are, so that no two kinds share an id.
const (
	idOfEvent  = "cloudtrail-event\x00"
	idOfObject = "s3-object\x00"
)

// eventID writes the id of a CloudTrail event, which is its own wherever it
// is read: from the account that received it and the event's id.
func eventID(dst []byte, scratch []byte, account, event []byte) []byte {
	scratch = append(scratch[:0], idOfEvent...)
	scratch = append(scratch, account...)
	scratch = append(scratch, 0)
	scratch = append(scratch, event...)
	sum := sha256.Sum256(scratch)
	hex.Encode(dst, sum[:idLen/2])
	return scratch
}

// Object is the identity of one version of one S3 object, as the ids of its
// records hold it: 88 bits of a hash.
type Object [objectLen]byte

const (
	objectLen  = 22 // hexadecimal digits for the object
	ordinalLen = idLen - objectLen
)

// NewObject returns the identity of an object's version.
func NewObject(bucket, key, etag string) Object {
	sum := sha256.Sum256([]byte(idOfObject + bucket + "\x00" + key + "\x00" + etag))
	var o Object
	hex.Encode(o[:], sum[:objectLen/2])
	return o
}

// recordID writes the id of the object's record with this ordinal, counted
// from 0. Two records of an object never share one; two objects do with a
// chance of 2^-88 for each pair.
func (o *Object) recordID(dst []byte, ordinal uint64) {
	copy(dst, o[:])
	const digits = "0123456789abcdef"
	for i := idLen - 1; i >= objectLen; i-- {
		dst[i] = digits[ordinal&15]
		ordinal >>= 4
	}
}
