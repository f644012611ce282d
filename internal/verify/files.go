package verify

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"path"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"

	"in_stellar_aws/internal/digest"
	"in_stellar_aws/internal/health"
	"in_stellar_aws/internal/routine"
	"in_stellar_aws/internal/source"
	"in_stellar_aws/internal/state"
)

// margin is how far the time in a log file's name may be from its delivery.
const margin = 20 * time.Minute

// files checks the log files that the digest lists, and looks for others that
// were delivered in its time. One listing serves both.
func (c *check) files(ctx context.Context) error {
	folder, chain := folderOf(c.object.Key), chainOf(c.object.Family, c.name.Backfill)
	c.v.unlisted.listed(folder, c.digest)
	wanted := c.wanted()
	present, err := c.list(ctx, wanted)
	if err != nil {
		return err
	}
	if err := c.compare(ctx, wanted, present); err != nil {
		return err
	}
	if c.name.Backfill {
		return nil // its files were delivered in other digests' time
	}
	c.suspects(folder, present)
	c.v.unlisted.reached(folder, chain, c.digest.End)
	return nil
}

// wanted are the listed files that are this connector's.
func (c *check) wanted() map[string]digest.File {
	wanted := make(map[string]digest.File, len(c.digest.Files))
	for _, f := range c.digest.Files {
		if k, ok := c.v.Layout.Parse(f.Object); ok && f.Bucket == c.digest.Bucket && c.v.inRange(k.Time()) {
			wanted[f.Object] = f
		}
	}
	return wanted
}

func (v *Verifier) inRange(t time.Time) bool {
	return !t.Before(v.Since.Truncate(time.Minute)) && (v.Until.IsZero() || t.Before(v.Until))
}

// span is the time that a date folder is listed for.
type span struct{ from, to time.Time }

func (s span) with(from, to time.Time) span {
	if s.from.IsZero() || from.Before(s.from) {
		s.from = from
	}
	if to.After(s.to) {
		s.to = to
	}
	return s
}

// list finds the files in the bucket: those of the digest's time, and where
// wanted ones must be.
func (c *check) list(ctx context.Context, wanted map[string]digest.File) (map[string]source.Object, error) {
	folders := map[string]span{}
	from, to := c.begin().Add(-margin), c.digest.End.Add(margin)
	if !c.name.Backfill {
		for day := from.UTC().Truncate(24 * time.Hour); !day.After(to); day = day.AddDate(0, 0, 1) {
			folders[c.v.Layout.FolderOf(c.object.Key, day)] = span{from, to}
		}
	}
	for key := range wanted {
		k, _ := c.v.Layout.Parse(key)
		dir := path.Dir(key) + "/"
		folders[dir] = folders[dir].with(k.Time(), k.Time())
	}
	present := make(map[string]source.Object)
	for folder, s := range folders {
		err := c.v.Browser.Between(ctx, folder, s.from, s.to, func(o source.Object) { present[o.Key] = o })
		if err != nil {
			return nil, err
		}
	}
	return present, nil
}

// begin is from when on delivered files are looked at: the digest's time, and
// for the first one of a run also that of those before.
func (c *check) begin() time.Time {
	if earliest := c.digest.Start.Add(-lookedBack); c.covered.Before(earliest) {
		return earliest
	}
	return c.covered
}

// suspects notes the files that were delivered in the digest's time.
func (c *check) suspects(folder string, present map[string]source.Object) {
	start := c.begin()
	var files []source.Object
	for _, o := range present {
		if !o.LastModified.Before(start) && o.LastModified.Before(c.digest.End) && c.v.inRange(o.Time) {
			files = append(files, o)
		}
	}
	model := Fault{Time: c.object.Time, Account: c.name.Account, Region: c.name.Region, Digest: c.object.Key}
	if !c.v.unlisted.suspect(folder, files, model) {
		c.v.once("too many log files wait for the digest that lists them: whether one does is not known of the rest", "files", maxCandidates)
	}
}

// compare checks the wanted files, several at a time.
func (c *check) compare(ctx context.Context, wanted map[string]digest.File, present map[string]source.Object) error {
	var mu sync.Mutex
	group, groupCtx := routine.WithContext(ctx)
	group.SetLimit(c.v.Workers)
	for key, file := range wanted {
		group.Go("verify file "+key, func() error {
			f, err := c.file(groupCtx, file, present[key])
			if f != nil {
				mu.Lock()
				defer mu.Unlock()
				fault := c.fault(f.Problem, key, f.Detail)
				fault.Expected, fault.Found = f.Expected, f.Found
			}
			return err
		})
	}
	return group.Wait()
}

// file checks one file: that it is there, was collected, and is right.
func (c *check) file(ctx context.Context, file digest.File, o source.Object) (*Fault, error) {
	if o.Key == "" {
		return &Fault{Problem: FileMissing, Expected: file.Hash.String()}, nil
	}
	hash, known := c.v.Hashes.take(state.FingerprintOf(o.Key, o.ETag))
	if !known {
		if err := c.collected(ctx, o); err != nil {
			return nil, err
		}
	}
	if !known {
		var err error
		hash, err = c.v.hash(ctx, o)
		switch {
		case errors.Is(err, errDamaged):
			return &Fault{Problem: FileAltered, Detail: err.Error(), Expected: file.Hash.String()}, nil
		case errors.Is(err, source.ErrNotFound):
			return &Fault{Problem: FileMissing, Expected: file.Hash.String()}, nil
		case err != nil:
			return nil, err
		}
	}
	if hash != file.Hash {
		return &Fault{Problem: FileAltered, Detail: "its hash is another", Expected: file.Hash.String(), Found: hash.String()}, nil
	}
	c.v.Status.Add(health.DigestFiles, 1)
	return nil, nil
}

// collected has a file collected that was missed. Of one that lies too far back
// to be remembered it is taken for granted that it was collected, unless it came
// so late that no listing looked for it any more.
func (c *check) collected(ctx context.Context, o source.Object) error {
	forgotten := o.Time.Before(c.v.Book.Floor(o.Family))
	switch {
	case c.v.Book.Known(o.Key, o.ETag):
		return nil
	case forgotten && o.LastModified.Sub(o.Time) <= c.v.Lookback:
		c.v.Status.Add(health.DigestForgottenFiles, 1)
		return nil
	}
	if err := c.v.Book.Collect(ctx, o); err != nil {
		return err
	}
	c.v.Status.Add(health.DigestRecoveredFiles, 1)
	c.v.Log.Warn("log file was missed, and is collected because its digest lists it", "key", o.Key, "digest", c.object.Key)
	return nil
}

// errDamaged says that a log file cannot be inflated.
var errDamaged = errors.New("it cannot be inflated")

// hash reads a log file for its hash, which is of the plain text.
func (v *Verifier) hash(ctx context.Context, o source.Object) (h digest.Hash, err error) {
	body, err := v.Store.Open(ctx, o, 0)
	if err != nil {
		return h, err
	}
	defer func() { err = errors.Join(err, body.Close()) }()
	tracked := &tracker{r: body}
	sum := sha256.New()
	zr, err := gzip.NewReader(bufio.NewReader(tracked))
	if err == nil {
		_, err = io.Copy(sum, zr)
	}
	if tracked.err != nil {
		return h, tracked.err
	}
	if err != nil {
		return h, fmt.Errorf("%w: %w", errDamaged, err)
	}
	return digest.Hash(sum.Sum(nil)), nil
}

// tracker remembers the error with which a source of bytes ended, so that it
// can be told from damage in the bytes.
type tracker struct {
	r   io.Reader
	err error
}

func (t *tracker) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		t.err = err
	}
	return n, err
}
