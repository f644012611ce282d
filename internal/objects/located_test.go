package objects

import (
	"errors"
	"testing"

	"in_stellar_aws/internal/source"
)

// TestLocated names the object of an error once.
func TestLocated(t *testing.T) {
	o := source.Object{Bucket: "b", Key: "k.json.gz"}
	for text, want := range map[string]string{
		"unexpected EOF":             "s3://b/k.json.gz: unexpected EOF",
		"GetObject s3://b/k.json.gz": "GetObject s3://b/k.json.gz",
	} {
		if got := located(o, errors.New(text)).Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
