// Package digest reads and verifies CloudTrail's digest files: once an hour,
// for each account, region and trail, CloudTrail writes down which log files
// it has delivered, with their hashes, and signs that. Each digest names the
// one before it, so that they are a chain.
//
// Nothing here touches the network: see internal/verify for what is done with what a
// digest says.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
package digest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/klauspost/compress/gzip"
)

// maxSize bounds a digest's plain text. A log file's entry is some 500 bytes,
// so this is for 250,000 files of one account and region in an hour.
const maxSize = 128 << 20

// Hash is a SHA-256.
type Hash [sha256.Size]byte

// String is the hash as digests write it, in lower-case hexadecimal digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Digest is one digest file.
type Digest struct {
	Account        string
	Start, End     time.Time // when the files it lists were delivered
	Bucket, Object string    // where CloudTrail put it
	Fingerprint    string    // of the public key, 32 hexadecimal digits
	Previous       *Link     // nil in the first digest of a chain
	Files          []File

	Hash Hash // of the digest's own plain text

	algorithm string
	end       string // End as it is written: it is part of what is signed
	signature string // of the digest before, "" for null: likewise
}

// Link is what a digest says about the one before it in its chain.
type Link struct {
	Bucket, Object string
	Hash           Hash
	Signature      string // hexadecimal
}

// File is a log file that CloudTrail has delivered.
type File struct {
	Bucket, Object string
	Hash           Hash // of its plain text
}

// document is a digest as it is written. What may be null is a pointer.
type document struct {
	AwsAccountID               string `json:"awsAccountId"`
	DigestStartTime            string
	DigestEndTime              string
	DigestS3Bucket             string
	DigestS3Object             string
	DigestPublicKeyFingerprint string
	DigestSignatureAlgorithm   string

	PreviousDigestS3Bucket      *string
	PreviousDigestS3Object      *string
	PreviousDigestHashValue     *string
	PreviousDigestHashAlgorithm *string
	PreviousDigestSignature     *string

	LogFiles []struct {
		S3Bucket, S3Object       string
		HashValue, HashAlgorithm string
	}
}

// hashAlgorithm is the only one that CloudTrail has used so far.
const hashAlgorithm = "SHA-256"

// Inflate reads the plain text of a digest from what is stored.
func Inflate(r io.Reader) ([]byte, error) {
	zr, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("inflate digest: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(zr, maxSize+1))
	if err != nil {
		return nil, fmt.Errorf("inflate digest: %w", err)
	}
	if len(text) > maxSize {
		return nil, fmt.Errorf("inflate digest: it is larger than %d bytes", maxSize)
	}
	return text, nil
}

// Parse reads a digest's plain text.
func Parse(text []byte) (*Digest, error) {
	var doc document
	if err := json.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("parse digest: %w", err)
	}
	d := &Digest{
		Account: doc.AwsAccountID, Bucket: doc.DigestS3Bucket, Object: doc.DigestS3Object,
		Fingerprint: doc.DigestPublicKeyFingerprint, algorithm: doc.DigestSignatureAlgorithm,
		end: doc.DigestEndTime, Hash: sha256.Sum256(text),
	}
	if err := d.fill(&doc); err != nil {
		return nil, fmt.Errorf("parse digest: %w", err)
	}
	return d, nil
}

// fill checks and takes over what is more than text.
func (d *Digest) fill(doc *document) (err error) {
	for name, value := range map[string]string{
		"digestS3Bucket": d.Bucket, "digestS3Object": d.Object, "digestPublicKeyFingerprint": d.Fingerprint,
	} {
		if value == "" {
			return fmt.Errorf("%s is missing", name)
		}
	}
	if d.Start, err = time.Parse(time.RFC3339, doc.DigestStartTime); err != nil {
		return fmt.Errorf("digestStartTime: %w", err)
	}
	if d.End, err = time.Parse(time.RFC3339, doc.DigestEndTime); err != nil {
		return fmt.Errorf("digestEndTime: %w", err)
	}
	if doc.LogFiles == nil {
		return errors.New("logFiles is missing")
	}
	if d.Previous, err = doc.previous(); err != nil {
		return err
	}
	if doc.PreviousDigestSignature != nil {
		d.signature = *doc.PreviousDigestSignature
	}
	d.Files = make([]File, len(doc.LogFiles))
	for i, f := range doc.LogFiles {
		d.Files[i] = File{Bucket: f.S3Bucket, Object: f.S3Object}
		if f.S3Object == "" {
			return fmt.Errorf("logFiles[%d]: s3Object is missing", i)
		}
		if d.Files[i].Hash, err = parseHash(f.HashAlgorithm, f.HashValue); err != nil {
			return fmt.Errorf("logFiles[%d]: %w", i, err)
		}
	}
	return nil
}

// previous is what the digest says about the one before; nil for none.
func (doc *document) previous() (*Link, error) {
	if doc.PreviousDigestS3Object == nil {
		return nil, nil
	}
	text := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	hash, err := parseHash(text(doc.PreviousDigestHashAlgorithm), text(doc.PreviousDigestHashValue))
	if err != nil {
		return nil, fmt.Errorf("previousDigestHashValue: %w", err)
	}
	return &Link{
		Bucket: text(doc.PreviousDigestS3Bucket), Object: *doc.PreviousDigestS3Object,
		Hash: hash, Signature: text(doc.PreviousDigestSignature),
	}, nil
}

func parseHash(algorithm, value string) (h Hash, err error) {
	if algorithm != hashAlgorithm {
		return h, fmt.Errorf("hash algorithm %q: want %s", algorithm, hashAlgorithm)
	}
	if hex.DecodedLen(len(value)) != len(h) {
		return h, fmt.Errorf("hash of %d digits: want %d", len(value), hex.EncodedLen(len(h)))
	}
	if _, err := hex.Decode(h[:], []byte(value)); err != nil {
		return h, fmt.Errorf("hash: %w", err)
	}
	return h, nil
}
