package auth

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"in_stellar_aws/internal/config"
)

func writeFile(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// replace puts a new file in place of the old one, as secrets are rotated.
func replace(t *testing.T, path, text string) {
	t.Helper()
	writeFile(t, path+".new", text)
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

func TestKeyFilesRotate(t *testing.T) {
	dir := t.TempDir()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	keys := &fileKeys{
		accessKey: writeFile(t, dir+"/access", "AKIAONE\n"), secretKey: writeFile(t, dir+"/secret", " secret-one \n"),
		valid: time.Minute, now: func() time.Time { return now },
	}
	check := func(access, secret string) {
		t.Helper()
		got, err := keys.Retrieve(t.Context())
		if err != nil || got.AccessKeyID != access || got.SecretAccessKey != secret || !got.CanExpire || !got.Expires.Equal(now.Add(time.Minute)) {
			t.Errorf("got %s %s until %v, %v", got.AccessKeyID, got.SecretAccessKey, got.Expires, err)
		}
	}
	check("AKIAONE", "secret-one")
	replace(t, dir+"/secret", "secret-two")
	check("AKIAONE", "secret-two")
	replace(t, dir+"/access", "AKIATWO")
	check("AKIATWO", "secret-two")

	writeFile(t, dir+"/access", "AKIATHREE") // in place, another size
	check("AKIATHREE", "secret-two")
	now = now.Add(time.Hour)
	check("AKIATHREE", "secret-two")
}

// Kubernetes swaps the directory that a chain of symbolic links leads to.
func TestKeyFilesBehindLinks(t *testing.T) {
	dir := t.TempDir()
	for _, version := range []string{"v1", "v2"} {
		if err := os.Mkdir(filepath.Join(dir, version), 0o700); err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(dir, version, "access"), "AKIA"+version)
		writeFile(t, filepath.Join(dir, version, "secret"), "secret-"+version)
	}
	link := filepath.Join(dir, "data")
	keys := &fileKeys{accessKey: link + "/access", secretKey: link + "/secret", now: time.Now}
	for _, version := range []string{"v1", "v2"} {
		if err := os.Symlink(version, link+".new"); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(link+".new", link); err != nil {
			t.Fatal(err)
		}
		if got, err := keys.Retrieve(t.Context()); err != nil || got.AccessKeyID != "AKIA"+version || got.SecretAccessKey != "secret-"+version {
			t.Errorf("%s: %s, %v", version, got.AccessKeyID, err)
		}
	}
}

// Unchanged files are not read: one that cannot be read any more does no harm.
func TestKeyFilesAreReadOnce(t *testing.T) {
	dir := t.TempDir()
	keys := &fileKeys{accessKey: writeFile(t, dir+"/access", "AKIA"), secretKey: writeFile(t, dir+"/secret", "s"), now: time.Now}
	if _, err := keys.Retrieve(t.Context()); err != nil {
		t.Fatal(err)
	}
	keys.cached.AccessKeyID = "AKIACACHED"
	if got, err := keys.Retrieve(t.Context()); err != nil || got.AccessKeyID != "AKIACACHED" {
		t.Errorf("read again: %s, %v", got.AccessKeyID, err)
	}
}

func TestKeyFileFaults(t *testing.T) {
	for name, test := range map[string]struct{ access, secret, want string }{
		"missing":   {"AKIA", "", "check key file: stat DIR/secret: no such file or directory"},
		"empty":     {"AKIA", " \n", "read key file DIR/secret: it is empty"},
		"two lines": {"hunter2\nhunter2", "s", "read key file DIR/access: it holds more than one key"},
		"too long":  {"AKIA", strings.Repeat("hunter2", 1000), "read key file DIR/secret: it holds more than one key"},
	} {
		dir := t.TempDir()
		writeFile(t, dir+"/access", test.access)
		if test.secret != "" {
			writeFile(t, dir+"/secret", test.secret)
		}
		keys := &fileKeys{accessKey: dir + "/access", secretKey: dir + "/secret", now: time.Now}
		got, err := keys.Retrieve(t.Context())
		if want := strings.ReplaceAll(test.want, "DIR", dir); err == nil || err.Error() != want || got.HasKeys() {
			t.Errorf("%s: got %v\nwant %s", name, err, want)
		}
		// Once the files are right, so are the keys.
		replace(t, dir+"/access", "AKIA")
		replace(t, dir+"/secret", "s")
		if _, err := keys.Retrieve(t.Context()); err != nil {
			t.Errorf("%s: after repair: %v", name, err)
		}
	}
}

// Through Load and the SDK's cache, a rotated key signs the requests that
// follow once the cache asks again.
func TestKeyFilesSign(t *testing.T) {
	fake, url := startAWS(t)
	dir := t.TempDir()
	c := withKeys(url)
	c.Auth = config.Auth{Method: config.AuthAccessKey, AccessKeyFile: writeFile(t, dir+"/access", "AKIAONE"), SecretKeyFile: writeFile(t, dir+"/secret", "s")}
	cfg := mustLoad(t, c)
	for _, key := range []string{"AKIAONE", "AKIATWO"} {
		replace(t, dir+"/access", key)
		cfg.Credentials.(*aws.CredentialsCache).Invalidate() // as after a minute
		if err := list(t, cfg, c); err != nil {
			t.Fatal(err)
		}
		if got := fake.take(); len(got) != 1 || got[0].accessKey != key {
			t.Errorf("want %s, got %+v", key, got)
		}
	}
}
