package verify

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"sync"
	"time"

	"in_stellar_aws/internal/digest"
	"in_stellar_aws/internal/source"
)

// KeyLister lists CloudTrail's public keys of a region that were in use at some
// time of a range. An error that is source.ErrTransient is worth another try.
type KeyLister interface {
	PublicKeys(ctx context.Context, region string, from, to time.Time) ([]source.PublicKey, error)
}

// keyring finds the key that a digest was signed with: of those that were
// given, else of those that CloudTrail lists.
type keyring struct {
	given digest.Keys // nil: none
	list  KeyLister

	mu       sync.Mutex
	known    digest.Keys
	notAsked map[string]refusal // by region, and key where CloudTrail does not have it
}

// refusal is why CloudTrail is not asked again before a time.
type refusal struct {
	until time.Time
	err   error
}

// askAgain is when CloudTrail is asked again after it has refused.
const askAgain = time.Hour

// errNoKey says that CloudTrail was asked and does not have a key.
var errNoKey = errors.New("CloudTrail lists no such key")

// noAnswerError says that nobody could tell whether a key is CloudTrail's.
type noAnswerError struct{ error }

func (e noAnswerError) Unwrap() error { return e.error }

func newKeyring(given digest.Keys, list KeyLister) *keyring {
	return &keyring{given: given, list: list, known: digest.Keys{}, notAsked: map[string]refusal{}}
}

// find returns the key. An error is errNoKey, a noAnswerError, or a
// transient one.
func (k *keyring) find(ctx context.Context, region, fingerprint string, signed, now time.Time) (*rsa.PublicKey, error) {
	if key := k.given[fingerprint]; key != nil {
		return key, nil
	}
	// One at a time: every digest of a region asks for the same key.
	k.mu.Lock()
	defer k.mu.Unlock()
	if key := k.known[fingerprint]; key != nil {
		return key, nil
	}
	for _, what := range []string{region, region + "/" + fingerprint} {
		if r, ok := k.notAsked[what]; ok && now.Before(r.until) {
			return nil, r.err
		}
	}
	keys, err := k.list.PublicKeys(ctx, region, signed.Add(-time.Hour), signed.Add(time.Hour))
	switch {
	case err == nil:
	case ctx.Err() != nil, errors.Is(err, source.ErrTransient):
		return nil, err
	default:
		err = noAnswerError{err}
		k.notAsked[region] = refusal{now.Add(askAgain), err}
		return nil, err
	}
	for _, key := range keys {
		if err := k.known.Add(key.DER, key.Fingerprint); err != nil {
			return nil, noAnswerError{err}
		}
	}
	if key := k.known[fingerprint]; key != nil {
		return key, nil
	}
	err = fmt.Errorf("%w as %s in %s", errNoKey, fingerprint, region)
	k.notAsked[region+"/"+fingerprint] = refusal{now.Add(askAgain), err}
	return nil, err
}
