package digest

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
)

// signatureAlgorithm is the only one that CloudTrail has used so far: RSA with
// PKCS #1 v1.5 padding.
const signatureAlgorithm = "SHA256withRSA"

// ErrSignature says that a digest is not what CloudTrail has signed.
var ErrSignature = errors.New("the signature does not match")

// signed is the text that CloudTrail signs: end time, place and hash of the
// digest, and the signature of the one before it, "null" where there is none.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html
func (d *Digest) signed() []byte {
	before := d.signature
	if before == "" {
		before = "null"
	}
	return []byte(d.end + "\n" + d.Bucket + "/" + d.Object + "\n" + d.Hash.String() + "\n" + before)
}

// Verify checks the digest against its signature, which is stored as the
// object's metadata "signature", in hexadecimal digits. An error is
// ErrSignature, with the reason.
func (d *Digest) Verify(key *rsa.PublicKey, signature string) error {
	if d.algorithm != signatureAlgorithm {
		return fmt.Errorf("%w: algorithm %q, want %s", ErrSignature, d.algorithm, signatureAlgorithm)
	}
	raw, err := hex.DecodeString(signature)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	sum := sha256.Sum256(d.signed())
	if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], raw); err != nil {
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	return nil
}
