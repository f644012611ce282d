package digest

import (
	"bytes"
	"crypto/md5" // a key's fingerprint is an MD5, by CloudTrail's choice
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
)

// Keys are public keys by their fingerprints.
type Keys map[string]*rsa.PublicKey

// Add adds a key in DER form. CloudTrail documents PKCS #1 and has also given
// the X.509 form. The fingerprint is the MD5 of the DER; another one, if
// CloudTrail ever gives it, is taken as well.
func (k Keys) Add(der []byte, fingerprint string) error {
	key, err := x509.ParsePKCS1PublicKey(der)
	if err != nil {
		parsed, otherErr := x509.ParsePKIXPublicKey(der)
		if otherErr != nil {
			return fmt.Errorf("parse public key %s: %w", fingerprint, errors.Join(err, otherErr))
		}
		var isRSA bool
		if key, isRSA = parsed.(*rsa.PublicKey); !isRSA {
			return fmt.Errorf("parse public key %s: it is no RSA key", fingerprint)
		}
	}
	for _, form := range [][]byte{der, x509.MarshalPKCS1PublicKey(key)} {
		sum := md5.Sum(form)
		k[hex.EncodeToString(sum[:])] = key
	}
	if fingerprint != "" {
		k[fingerprint] = key
	}
	return nil
}

// ParseKeys reads a file of public keys: PEM blocks, or the JSON that
// `aws cloudtrail list-public-keys` prints.
func ParseKeys(text []byte) (Keys, error) {
	keys := Keys{}
	text = bytes.TrimSpace(text)
	if bytes.HasPrefix(text, []byte("{")) {
		return keys, keys.addJSON(text)
	}
	for len(text) > 0 {
		block, rest := pem.Decode(text)
		if block == nil {
			break
		}
		if err := keys.Add(block.Bytes, ""); err != nil {
			return nil, err
		}
		text = rest
	}
	if len(keys) == 0 {
		return nil, errors.New("parse public keys: want PEM blocks or the JSON of list-public-keys")
	}
	return keys, nil
}

func (k Keys) addJSON(text []byte) error {
	// The names in any case of letters: the documentation's differ from the CLI's.
	var list struct {
		PublicKeyList []struct {
			Value       []byte // base64
			Fingerprint string
		}
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return fmt.Errorf("parse public keys: %w", err)
	}
	if len(list.PublicKeyList) == 0 {
		return errors.New("parse public keys: PublicKeyList is missing or empty")
	}
	for _, key := range list.PublicKeyList {
		if err := k.Add(key.Value, key.Fingerprint); err != nil {
			return err
		}
	}
	return nil
}
