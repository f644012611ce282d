package auth

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"in_stellar_aws/internal/config"
)

const (
	// recheck is how long keys from files are used without another look at the
	// files, and so the longest that a replaced key goes unnoticed.
	recheck = time.Minute
	// maxKeyFile is more bytes than any key has.
	maxKeyFile = 4096
)

// keysOf is the provider of the keys that the section itself names, nil where it
// names none and the SDK's default chain is to be used. It is always a pointer:
// a static provider by value would show its keys where an aws.Config is printed.
func keysOf(a config.Auth) aws.CredentialsProvider {
	switch {
	case a.Method == config.AuthDefault:
		return nil
	case a.AccessKeyFile != "":
		return &fileKeys{accessKey: a.AccessKeyFile, secretKey: a.SecretKeyFile, valid: recheck, now: time.Now}
	case a.AccessKey != "":
		p := credentials.NewStaticCredentialsProvider(a.AccessKey.Reveal(), a.SecretKey.Reveal(), a.SessionToken.Reveal())
		return &p
	}
	return nil
}

// fileKeys provides the keys that two files hold, and reads them again when
// either file was replaced or written to, as Docker and Kubernetes do with
// secrets. Its credentials expire, so that a cache around it asks again.
type fileKeys struct {
	accessKey, secretKey string // paths
	valid                time.Duration
	now                  func() time.Time

	mu     sync.Mutex // guards what follows
	seen   [2]os.FileInfo
	cached aws.Credentials
}

// Retrieve implements aws.CredentialsProvider.
func (f *fileKeys) Retrieve(context.Context) (aws.Credentials, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	info, err := f.stat()
	if err != nil {
		return aws.Credentials{}, err
	}
	if !same(info, f.seen) {
		if f.cached, err = f.read(); err != nil {
			f.seen = [2]os.FileInfo{}
			return aws.Credentials{}, err
		}
		// Keys replaced while they were read may be one old, one new: what was
		// seen before the reading then differs from what is there the next time.
		f.seen = info
	}
	creds := f.cached
	creds.CanExpire, creds.Expires = true, f.now().Add(f.valid)
	return creds, nil
}

func (f *fileKeys) stat() (info [2]os.FileInfo, err error) {
	for i, path := range []string{f.accessKey, f.secretKey} {
		if info[i], err = os.Stat(path); err != nil {
			return info, fmt.Errorf("check key file: %w", err)
		}
	}
	return info, nil
}

func same(a, b [2]os.FileInfo) bool {
	for i := range a {
		if b[i] == nil || !os.SameFile(a[i], b[i]) || !a[i].ModTime().Equal(b[i].ModTime()) || a[i].Size() != b[i].Size() {
			return false
		}
	}
	return true
}

func (f *fileKeys) read() (aws.Credentials, error) {
	accessKey, err := readKey(f.accessKey)
	if err != nil {
		return aws.Credentials{}, err
	}
	secretKey, err := readKey(f.secretKey)
	if err != nil {
		return aws.Credentials{}, err
	}
	return aws.Credentials{AccessKeyID: accessKey, SecretAccessKey: secretKey, Source: "key files"}, nil
}

// readKey reads a file that holds one key. No error shows what it holds.
func readKey(path string) (key string, err error) {
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read key file: %w", err)
	}
	defer func() {
		if e := file.Close(); err == nil && e != nil {
			err = fmt.Errorf("close key file: %w", e)
		}
	}()
	b, err := io.ReadAll(io.LimitReader(file, maxKeyFile+1))
	if err != nil {
		return "", fmt.Errorf("read key file: %w", err)
	}
	key = strings.TrimSpace(string(b))
	switch {
	case key == "":
		return "", fmt.Errorf("read key file %s: it is empty", path)
	case len(b) > maxKeyFile || strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }):
		return "", fmt.Errorf("read key file %s: it holds more than one key", path)
	}
	return key, nil
}
