package verify

import (
	"context"
	"crypto/sha256"
	"errors"
	"sync"
	"time"

	"in_stellar_aws/internal/digest"
	"in_stellar_aws/internal/source"
)

// chains is the last digest of each chain.
type chains struct {
	mu   sync.Mutex
	last map[string]*link // by family, and whether of backfills
}

// link is a digest that the next of its chain is to name.
type link struct {
	object    string
	hash      digest.Hash
	signature [sha256.Size]byte // its hash: many chains are remembered
	end       time.Time

	name digest.Name
	told bool // that the next is overdue
}

const (
	// silence is how long no digest comes before that is a fault. CloudTrail
	// delivers one an hour, also where there was no event.
	silence = 3 * time.Hour
	// slack is by how much the end of a digest and the beginning of the next may
	// differ.
	slack = time.Minute
	// lookedBack is how far back digests before the first one of a run are read for
	// the files they list.
	lookedBack = 3 * time.Hour
)

func newChains() chains { return chains{last: make(map[string]*link)} }

func chainOf(family string, backfill bool) string {
	if backfill {
		return family + "backfill"
	}
	return family
}

func (c *chains) get(chain string) *link {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last[chain]
}

// set remembers a digest, unless a later one was met before.
func (c *chains) set(chain string, l *link) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known := c.last[chain]; known == nil || l.end.After(known.end) {
		c.last[chain] = l
	}
}

// overdue are the chains to which nothing was added for long, once each.
func (c *chains) overdue(now time.Time) (faults []Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range c.last {
		if l.told || now.Sub(l.end) <= silence || l.name.Backfill {
			continue
		}
		l.told = true
		faults = append(faults, Fault{
			Problem: DigestOverdue, Time: l.end, Account: l.name.Account, Region: l.name.Region, Object: l.object,
			Detail: "the last one is up to " + l.end.Format(time.RFC3339),
		})
	}
	return faults
}

// remembered is how long ago the last digest of a chain may be that a new run
// still waits for the next of.
const remembered = 7 * 24 * time.Hour

// seed takes over how far earlier runs have come with each chain.
func (c *chains) seed(marks map[string]time.Time, now time.Time) {
	for family, end := range marks {
		if name, ok := digest.ParseName(family); ok && now.Sub(end) < remembered {
			c.set(chainOf(family, false), &link{object: family, end: end, name: name})
		}
	}
}

// link checks that the digest before this one is there and is the one that
// this one names, and that no time is left out between them.
func (c *check) link(ctx context.Context) error {
	chain := chainOf(c.object.Family, c.name.Backfill)
	last := c.v.chains.get(chain)
	defer func() {
		c.v.chains.set(chain, &link{
			object: c.object.Key, hash: c.digest.Hash, signature: sha256.Sum256([]byte(c.doc.Metadata["signature"])),
			end: c.digest.End, name: c.name,
		})
	}()
	named := c.digest.Previous
	c.covered = c.digest.Start
	if named == nil {
		c.beginsAnew(last)
		return nil
	}
	if named.Bucket != c.digest.Bucket {
		return nil // the trail has got another bucket; what was before lies in the old one
	}
	if last == nil || last.object != named.Object {
		before, err := c.before(ctx, named)
		if before == nil || err != nil {
			return err
		}
		last = before
	}
	if last.hash != named.Hash {
		f := c.fault(DigestAltered, named.Object, "its hash is another")
		f.Expected, f.Found = named.Hash.String(), last.hash.String()
	} else if last.signature != sha256.Sum256([]byte(named.Signature)) {
		c.fault(DigestAltered, named.Object, "its signature is another")
	}
	if !c.name.Backfill && c.digest.Start.After(last.end.Add(slack)) {
		c.gap(last.end)
	}
	return nil
}

// beginsAnew looks at a digest that names none before it: log file validation
// was turned on, or off and on again.
func (c *check) beginsAnew(last *link) {
	if c.name.Backfill {
		return
	}
	if last != nil && c.digest.Start.After(last.end.Add(slack)) {
		c.gap(last.end)
	}
}

func (c *check) gap(from time.Time) {
	c.fault(DigestGap, c.object.Key, "from "+from.UTC().Format(time.RFC3339)+" to "+c.digest.Start.Format(time.RFC3339))
}

// before reads the digest before this one, which this run has not met, and for
// the first of a chain those before it: their files are no strangers. It
// returns nil where there is none.
func (c *check) before(ctx context.Context, named *digest.Link) (*link, error) {
	var first *link
	since := c.digest.Start.Add(-lookedBack)
	for n := named; n != nil; {
		doc, err := c.v.Store.Document(ctx, source.Object{Bucket: c.object.Bucket, Key: n.Object})
		if errors.Is(err, source.ErrNotFound) {
			if first == nil && !c.digest.Start.Before(c.v.Since) {
				c.fault(DigestMissing, n.Object, "")
			}
			return first, nil
		}
		if err != nil {
			return nil, err
		}
		d, err := read(doc)
		if err != nil {
			if first == nil {
				c.fault(DigestDamaged, n.Object, err.Error())
			}
			return first, nil
		}
		if first == nil {
			first = &link{object: n.Object, hash: d.Hash, signature: sha256.Sum256([]byte(doc.Metadata["signature"])), end: d.End}
		}
		c.v.unlisted.listed(folderOf(c.object.Key), d)
		c.covered = d.Start
		if n = d.Previous; d.Start.Before(since) || d.Start.Before(c.v.Since) || n != nil && n.Bucket != d.Bucket {
			break
		}
	}
	return first, nil
}
