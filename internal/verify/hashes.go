package verify

import (
	"sync"

	"in_stellar_aws/internal/digest"
	"in_stellar_aws/internal/state"
)

// Hashes remembers the hashes of log files from their collection until their
// digest comes, within two hours as a rule, so that nothing is read twice. It
// forgets the oldest when there are many: their files are read again. It is
// safe for concurrent use.
type Hashes struct {
	limit int

	mu       sync.Mutex
	new, old map[state.Fingerprint]digest.Hash
}

// maxHashes is how many hashes are kept, in two halves: with 90 bytes each in a
// map, some 20 MB at the most. An account and region with events makes a dozen
// files an hour.
const maxHashes = 200_000

// NewHashes returns an empty one.
func NewHashes() *Hashes {
	return &Hashes{limit: maxHashes / 2, new: make(map[state.Fingerprint]digest.Hash)}
}

// Add remembers the hash of a file's plain text.
func (h *Hashes) Add(file state.Fingerprint, hash digest.Hash) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.new) >= h.limit {
		h.old, h.new = h.new, make(map[state.Fingerprint]digest.Hash)
	}
	h.new[file] = hash
}

// take returns a file's hash and forgets it.
func (h *Hashes) take(file state.Fingerprint) (hash digest.Hash, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, half := range []map[state.Fingerprint]digest.Hash{h.new, h.old} {
		if hash, ok := half[file]; ok {
			delete(half, file)
			return hash, true
		}
	}
	return hash, false
}
