package generate

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// Signer signs the text CloudTrail signs for a digest and gives the signature
// in lower-case hex.
type Signer func(text []byte) (string, error)

// DigestChain makes the hourly digests of an account and region, each naming
// the one before it.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
type DigestChain struct {
	// Sign makes the signatures; without it they are random, and right only in form.
	Sign Signer
	// Fingerprint is that of the public key, 32 hex digits.
	Fingerprint string

	g      *Generator
	file   File
	layout TrailLayout

	previous, late *digestLink // the last digest, and the last backfill digest
}

// digestLink is what a digest says about the one before it.
type digestLink struct {
	key, hash, signature string
	end                  time.Time
}

// Digests starts a chain for the account, region and prefix of f.
func (g *Generator) Digests(f File, l TrailLayout) *DigestChain {
	f = g.complete(f)
	return &DigestChain{g: g, file: f, layout: l, Fingerprint: newRandom(g.seed, "digest/"+f.Account+"/"+f.Region).hexString(32)}
}

// Use has the digests from now on signed with a key.
func (c *DigestChain) Use(k *DigestKey) { c.Sign, c.Fingerprint = k.sign, k.Fingerprint() }

// Next makes the digest of the hour that ends at end, over the files given.
// The first of a chain has nulls for its predecessor; the rest point to it.
func (c *DigestChain) Next(end time.Time, files []Object) (Object, error) {
	return c.build(end, files, false)
}

// Restart has the next digest begin a chain anew, as it is after log file
// validation or the trail was off.
func (c *DigestChain) Restart() { c.previous = nil }

// Backfill makes a digest for files that were delivered late. Backfill digests
// are a chain of their own.
func (c *DigestChain) Backfill(end time.Time, files []Object) (Object, error) {
	return c.build(end, files, true)
}

func (c *DigestChain) build(end time.Time, files []Object, backfill bool) (Object, error) {
	end = end.UTC().Truncate(time.Second)
	start := end.Add(-time.Hour)
	before := c.late
	if !backfill {
		before = c.previous
	}
	if before != nil && !backfill {
		start = before.end
	}
	f := c.file
	f.At, f.Records = end, 0
	key := c.g.digestKey(f, c.layout, end, backfill)
	body := c.body(key, start, end, files, before)
	o := c.g.object(f, key, body, true)
	o.Oldest, o.Newest = span(files)

	signature, err := c.sign(end, key, o.SHA256, before)
	if err != nil {
		return Object{}, fmt.Errorf("sign digest %s: %w", key, err)
	}
	o.Metadata = map[string]string{"signature": signature, "signature-algorithm": "SHA256withRSA"}
	link := &digestLink{key: key, hash: o.SHA256, signature: signature, end: end}
	if backfill {
		o.Metadata["backfill-generation-timestamp"] = o.LastModified.Format(time.RFC3339)
		c.late = link
		return o, nil
	}
	c.previous = link
	return o, nil
}

// body writes the digest itself. Its hashes are of the uncompressed files.
func (c *DigestChain) body(key string, start, end time.Time, files []Object, p *digestLink) []byte {
	bucket := c.g.opt.Bucket
	oldest, newest := span(files)
	b := appendPair(nil, `{"awsAccountId":`, c.file.Account)
	b = appendPair(b, `,"digestStartTime":`, start.Format(time.RFC3339))
	b = appendPair(b, `,"digestEndTime":`, end.Format(time.RFC3339))
	b = appendPair(b, `,"digestS3Bucket":`, bucket)
	b = appendPair(b, `,"digestS3Object":`, key)
	b = appendPair(b, `,"digestPublicKeyFingerprint":`, c.Fingerprint)
	b = append(b, `,"digestSignatureAlgorithm":"SHA256withRSA"`...)
	b = appendPair(b, `,"newestEventTime":`, eventTime(newest))
	b = appendPair(b, `,"oldestEventTime":`, eventTime(oldest))
	if p != nil {
		b = appendPair(b, `,"previousDigestS3Bucket":`, bucket)
		b = appendPair(b, `,"previousDigestS3Object":`, p.key)
		b = appendPair(b, `,"previousDigestHashValue":`, p.hash)
		b = append(b, `,"previousDigestHashAlgorithm":"SHA-256"`...)
		b = appendPair(b, `,"previousDigestSignature":`, p.signature)
	} else {
		b = append(b, `,"previousDigestS3Bucket":null,"previousDigestS3Object":null,"previousDigestHashValue":null,"previousDigestHashAlgorithm":null,"previousDigestSignature":null`...)
	}
	b = append(b, `,"logFiles":[`...)
	for i, f := range files {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendPair(b, `{"s3Bucket":`, bucket)
		b = appendPair(b, `,"s3Object":`, f.Key)
		b = appendPair(b, `,"hashValue":`, f.SHA256)
		b = append(b, `,"hashAlgorithm":"SHA-256"`...)
		b = appendPair(b, `,"newestEventTime":`, eventTime(f.Newest))
		b = append(appendPair(b, `,"oldestEventTime":`, eventTime(f.Oldest)), '}')
	}
	return append(b, `]}`...)
}

// sign signs end time, path, hash and the signature before, a line each.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html
func (c *DigestChain) sign(end time.Time, key, hash string, p *digestLink) (string, error) {
	before := "null"
	if p != nil {
		before = p.signature
	}
	text := end.Format(time.RFC3339) + "\n" + c.g.opt.Bucket + "/" + key + "\n" + hash + "\n" + before
	if c.Sign != nil {
		return c.Sign([]byte(text))
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:]) + c.g.rnd.hexString(512-2*len(sum)), nil // 2048 bits
}

// span gives the oldest and newest event of files.
func span(files []Object) (oldest, newest time.Time) {
	for _, f := range files {
		if !f.Oldest.IsZero() && (oldest.IsZero() || f.Oldest.Before(oldest)) {
			oldest = f.Oldest
		}
		if f.Newest.After(newest) {
			newest = f.Newest
		}
	}
	return oldest, newest
}

func eventTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}

// appendPair appends a key and a string, null for "".
func appendPair(b []byte, key, value string) []byte {
	b = append(b, key...)
	if value == "" {
		return append(b, "null"...)
	}
	return appendString(b, value)
}
