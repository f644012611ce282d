package verify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"in_stellar_aws/internal/digest"
	"in_stellar_aws/internal/health"
	"in_stellar_aws/internal/source"
)

// check is the verification of one digest.
type check struct {
	v      *Verifier
	object source.Object
	now    time.Time

	name   digest.Name
	doc    source.Document
	digest *digest.Digest
	faults []Fault

	covered time.Time // since when every digest of the chain was met, up to this one
}

// fault notes what is wrong with an object.
func (c *check) fault(p Problem, object, detail string) *Fault {
	c.faults = append(c.faults, Fault{
		Problem: p, Time: c.object.Time, Account: c.name.Account, Region: c.name.Region,
		Digest: c.object.Key, Object: object, Detail: detail,
	})
	return &c.faults[len(c.faults)-1]
}

// run checks everything. An error says that it could not be done now.
func (c *check) run(ctx context.Context) (err error) {
	name, ok := digest.ParseName(c.object.Key)
	if !ok {
		return fmt.Errorf("verify digest %s: its name is no digest's", c.object.Key)
	}
	c.name = name
	if c.doc, err = c.v.Store.Document(ctx, c.object); err != nil {
		return err
	}
	if c.digest, err = read(c.doc); err != nil {
		c.fault(DigestDamaged, c.object.Key, err.Error())
		return nil
	}
	if c.digest.Object != c.object.Key || c.v.Bucket != "" && c.digest.Bucket != c.v.Bucket {
		c.fault(DigestMoved, c.object.Key, "it says that it is s3://"+c.digest.Bucket+"/"+c.digest.Object)
	}
	if err := c.signature(ctx); err != nil {
		return err
	}
	if err := c.link(ctx); err != nil {
		return err
	}
	if err := c.files(ctx); err != nil {
		return err
	}
	c.v.Status.Add(health.Digests, 1)
	return nil
}

func read(doc source.Document) (*digest.Digest, error) {
	text, err := digest.Inflate(bytes.NewReader(doc.Body))
	if err != nil {
		return nil, err
	}
	return digest.Parse(text)
}

// backfilled is the metadata that says when a backfill digest was made.
const backfilled = "backfill-generation-timestamp"

// signature checks that CloudTrail has signed the digest. Without a key to
// check it with, that is counted and the digest is taken for what it says.
func (c *check) signature(ctx context.Context) error {
	signed := c.digest.End
	if t, err := time.Parse(time.RFC3339, c.doc.Metadata[backfilled]); err == nil {
		signed = t
	}
	key, err := c.v.keys.find(ctx, c.name.Region, c.digest.Fingerprint, signed, c.now)
	switch {
	case errors.Is(err, errNoKey):
		c.fault(DigestKey, c.object.Key, err.Error())
		return nil
	case errors.As(err, new(noAnswerError)):
		c.v.once("signatures of digests are not checked: set digest_keys_file, or allow cloudtrail:ListPublicKeys", "region", c.name.Region, "why", err)
		c.v.Status.Add(health.DigestsUnverified, 1)
		return nil
	case err != nil:
		return err
	}
	if err := c.digest.Verify(key, c.doc.Metadata["signature"]); err != nil {
		c.fault(DigestSignature, c.object.Key, err.Error())
	}
	return nil
}
