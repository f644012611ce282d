package generate

import (
	"crypto"
	"crypto/md5" // a key's fingerprint is an MD5, by CloudTrail's choice
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"sync"
)

// DigestKey is a key pair as CloudTrail has one for each region.
type DigestKey struct{ private *rsa.PrivateKey }

var digestKeys struct {
	sync.Mutex
	made map[int]*DigestKey
}

// NewDigestKey makes the process's key of a number: keys of different numbers
// differ, and the same number gives the same key. Making one takes a while.
func NewDigestKey(number int) *DigestKey {
	digestKeys.Lock()
	defer digestKeys.Unlock()
	if k := digestKeys.made[number]; k != nil {
		return k
	}
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(fmt.Errorf("make RSA key: %w", err)) // only where the system has no randomness
	}
	if digestKeys.made == nil {
		digestKeys.made = map[int]*DigestKey{}
	}
	digestKeys.made[number] = &DigestKey{private}
	return digestKeys.made[number]
}

// Public is the public key.
func (k *DigestKey) Public() *rsa.PublicKey { return &k.private.PublicKey }

// DER is the public key in PKCS #1 form, as ListPublicKeys documents it.
func (k *DigestKey) DER() []byte { return x509.MarshalPKCS1PublicKey(k.Public()) }

// PKIX is the public key in X.509 form, as ListPublicKeys has also given it.
func (k *DigestKey) PKIX() []byte {
	der, err := x509.MarshalPKIXPublicKey(k.Public())
	if err != nil {
		panic(fmt.Errorf("encode RSA key: %w", err)) // RSA keys always encode
	}
	return der
}

// Fingerprint is what digests call the key: the MD5 of its DER, as the keys
// in the documentation show.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html
func (k *DigestKey) Fingerprint() string {
	sum := md5.Sum(k.DER())
	return hex.EncodeToString(sum[:])
}

// sign is a Signer.
func (k *DigestKey) sign(text []byte) (string, error) {
	sum := sha256.Sum256(text)
	signature, err := rsa.SignPKCS1v15(rand.Reader, k.private, crypto.SHA256, sum[:])
	if err != nil {
		return "", fmt.Errorf("sign with RSA key: %w", err)
	}
	return hex.EncodeToString(signature), nil
}
