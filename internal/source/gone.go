package source

import "errors"

// IsGone tells that the version of the object that was asked for does not
// exist any more: it was deleted, or overwritten by another. A bucket that does
// not exist is another matter.
func IsGone(err error) bool {
	var failed *RequestError
	if !errors.As(err, &failed) {
		return false
	}
	return failed.Class == Changed || failed.Class == NotFound && failed.Code != "NoSuchBucket"
}
