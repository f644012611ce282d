package source

import (
	"errors"
	"fmt"
)

// Class says what an error of S3 means for the object or folder it is about.
type Class int

// The classes.
const (
	Permanent Class = iota // no class below; trying again soon is of no use
	Transient              // throttling, a server or network fault: try again
	NotFound               // no such bucket or object
	Changed                // the object is another version now
	Denied                 // credentials or permissions
	Canceled               // the caller gave up
)

// The errors that errors.Is finds in a RequestError of the class.
var (
	ErrTransient = errors.New("transient fault")
	ErrNotFound  = errors.New("not found")
	ErrChanged   = errors.New("changed")
	ErrDenied    = errors.New("denied")
)

// RequestError is a failed request to S3.
type RequestError struct {
	Op     string // the S3 operation
	Bucket string
	Key    string // the prefix, of a listing
	Class  Class
	Status int    // HTTP status; 0 where no answer came
	Code   string // S3's error code; "" where the answer held none
	Err    error
}

// Error names the operation and the object.
func (e *RequestError) Error() string {
	return fmt.Sprintf("%s s3://%s/%s: %v", e.Op, e.Bucket, e.Key, e.Err)
}

// Unwrap is the SDK's error.
func (e *RequestError) Unwrap() error { return e.Err }

// HTTPStatus is Status; errors that no answer of S3 caused may have one, too.
func (e *RequestError) HTTPStatus() int { return e.Status }

// Is makes errors.Is find the class.
func (e *RequestError) Is(target error) bool {
	switch target {
	case ErrTransient:
		return e.Class == Transient
	case ErrNotFound:
		return e.Class == NotFound
	case ErrChanged:
		return e.Class == Changed
	case ErrDenied:
		return e.Class == Denied
	}
	return false
}

// transientCodes are S3's error codes that ask for another try, whatever their
// status. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
var transientCodes = map[string]bool{
	"InternalError":            true,
	"OperationAborted":         true,
	"RequestLimitExceeded":     true,
	"RequestTimeout":           true, // status 400
	"ServiceUnavailable":       true,
	"SlowDown":                 true,
	"Throttling":               true,
	"ThrottlingException":      true, // of KMS, behind S3
	"KMS.ThrottlingException":  true,
	"KMS.KMSInternalException": true,
}

// deniedCodes are those that mean credentials, whatever their status.
var deniedCodes = map[string]bool{
	"AccessDenied":          true,
	"AllAccessDisabled":     true,
	"ExpiredToken":          true, // status 400
	"InvalidAccessKeyId":    true,
	"InvalidToken":          true, // status 400
	"SignatureDoesNotMatch": true,
}

// classOf is the one place that decides what an answer means.
func classOf(status int, code string) Class {
	switch {
	case transientCodes[code]:
		return Transient
	case deniedCodes[code]:
		return Denied
	case code == "InvalidObjectState": // status 403, but it lies in an archive
		return Permanent
	case status == 404:
		return NotFound
	case status == 412:
		return Changed
	case status == 401 || status == 403:
		return Denied
	case status == 408 || status == 425 || status == 429 || status >= 500 && status != 501:
		return Transient
	}
	return Permanent
}
