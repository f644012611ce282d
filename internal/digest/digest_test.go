package digest_test

import (
	"bytes"
	"crypto/rsa"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"strings"
	"testing"
	"time"

	"in_stellar_aws/internal/digest"
	"in_stellar_aws/tests/generate"
)

// trail is a generated chain: three digests, over one, two and no log files.
type trail struct {
	key     *generate.DigestKey
	logs    []generate.Object
	digests []generate.Object
}

func newTrail(t testing.TB) trail {
	t.Helper()
	start := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	g := generate.New(1, generate.Options{Start: start})
	made := trail{key: generate.NewDigestKey(1)}
	for i := range 3 {
		made.logs = append(made.logs, g.CloudTrailFile(generate.TrailFile{File: generate.File{Records: 3, At: start.Add(time.Duration(i) * 20 * time.Minute)}}))
	}
	chain := g.Digests(generate.File{}, generate.AccountTrail)
	chain.Use(made.key)
	for i, files := range [][]generate.Object{made.logs[:1], made.logs[1:], nil} {
		o, err := chain.Next(start.Add(time.Duration(i+1)*time.Hour), files)
		if err != nil {
			t.Fatal(err)
		}
		made.digests = append(made.digests, o)
	}
	return made
}

func parse(t *testing.T, o generate.Object) *digest.Digest {
	t.Helper()
	text, err := digest.Inflate(bytes.NewReader(o.Body))
	if err != nil {
		t.Fatal(err)
	}
	d, err := digest.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func public(t *testing.T, made trail) *rsa.PublicKey {
	t.Helper()
	keys := digest.Keys{}
	if err := keys.Add(made.key.DER(), ""); err != nil {
		t.Fatal(err)
	}
	key := keys[made.key.Fingerprint()]
	if key == nil {
		t.Fatalf("no key %s among %v: it is not the MD5 of the DER", made.key.Fingerprint(), keys)
	}
	return key
}

func TestChain(t *testing.T) {
	made := newTrail(t)
	key := public(t, made)
	var before *digest.Digest
	for i, o := range made.digests {
		d := parse(t, o)
		if err := d.Verify(key, o.Metadata["signature"]); err != nil {
			t.Errorf("digest %d: %v", i, err)
		}
		if d.Object != o.Key || d.Hash.String() != o.SHA256 || d.Account != o.Account || d.End.Sub(d.Start) != time.Hour {
			t.Errorf("digest %d is %+v", i, d)
		}
		switch {
		case i == 0 && d.Previous != nil:
			t.Errorf("the first digest names one before it: %+v", d.Previous)
		case i > 0 && (d.Previous == nil || d.Previous.Object != before.Object || d.Previous.Hash != before.Hash ||
			d.Previous.Signature != made.digests[i-1].Metadata["signature"]):
			t.Errorf("digest %d names as the one before it %+v", i, d.Previous)
		}
		before = d
	}
	first := parse(t, made.digests[0])
	if len(first.Files) != 1 || first.Files[0].Object != made.logs[0].Key || first.Files[0].Hash.String() != made.logs[0].SHA256 {
		t.Errorf("files %+v", first.Files)
	}
}

// TestVerifyRefuses changes one thing of what is signed at a time.
func TestVerifyRefuses(t *testing.T) {
	made := newTrail(t)
	o := made.digests[1]
	key, signature := public(t, made), o.Metadata["signature"]
	text, err := o.Raw()
	if err != nil {
		t.Fatal(err)
	}
	other := []byte(signature)
	other[0] ^= 1
	for name, tt := range map[string]struct {
		old, new  string
		signature string
		key       *rsa.PublicKey
	}{
		"a log file's hash":    {made.logs[1].SHA256, made.logs[0].SHA256, signature, key},
		"an added space":       {`{"aws`, `{ "aws`, signature, key},
		"the end":              {`"digestEndTime":"2026-03-01T12:`, `"digestEndTime":"2026-03-01T13:`, signature, key},
		"the place":            {`"digestS3Object":"AWS`, `"digestS3Object":"BWS`, signature, key},
		"the signature before": {`"previousDigestSignature":"`, `"previousDigestSignature":"00`, signature, key},
		"the algorithm":        {"SHA256withRSA", "SHA1withRSA", signature, key},
		"another signature":    {"", "", string(other), key},
		"no signature":         {"", "", "", key},
		"no digits":            {"", "", "signature", key},
		"another key":          {"", "", signature, public(t, trail{key: generate.NewDigestKey(2)})},
	} {
		changed := strings.Replace(string(text), tt.old, tt.new, 1)
		if tt.old != "" && changed == string(text) {
			t.Fatalf("%s: nothing was changed", name)
		}
		d, err := digest.Parse([]byte(changed))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := d.Verify(tt.key, tt.signature); !errors.Is(err, digest.ErrSignature) {
			t.Errorf("%s: error %v, want ErrSignature", name, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	text, err := newTrail(t).digests[1].Raw()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ old, new, want string }{
		{string(text), "", "unexpected end"},
		{string(text), `{"Records":[]}`, "missing"},
		{`"logFiles":[`, `"files":[`, "logFiles is missing"},
		{`"digestS3Object":`, `"d":`, "digestS3Object is missing"},
		{`"digestStartTime":"2026`, `"digestStartTime":"x`, "digestStartTime"},
		{`"digestEndTime":"2026`, `"digestEndTime":"x`, "digestEndTime"},
		{`"previousDigestHashAlgorithm":"SHA-256"`, `"previousDigestHashAlgorithm":"MD5"`, `previousDigestHashValue: hash algorithm "MD5"`},
		{`"hashValue":"`, `"hashValue":"00`, "logFiles[0]: hash of 66 digits"},
		{`"hashAlgorithm":"SHA-256"`, `"hashAlgorithm":null`, `logFiles[0]: hash algorithm ""`},
		{`"s3Object":"`, `"s3Object":"","x":"`, "logFiles[0]: s3Object is missing"},
	} {
		changed := strings.Replace(string(text), tt.old, tt.new, 1)
		_, err := digest.Parse([]byte(changed))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%.60q instead of %.60q: error %v, want %q in it", tt.new, tt.old, err, tt.want)
		}
	}
	if _, err := digest.Inflate(strings.NewReader("{}")); err == nil {
		t.Error("no error for a digest that is not compressed")
	}
}

func TestParseKeys(t *testing.T) {
	a, b := generate.NewDigestKey(1), generate.NewDigestKey(2)
	list := func(name string) string {
		text, err := json.Marshal(map[string]any{name: []map[string]any{
			{"Value": a.DER(), "ValidityStartTime": 1436317441.0, "Fingerprint": a.Fingerprint()},
			{"Value": b.PKIX(), "ValidityEndTime": "1438909441.0", "Fingerprint": "31e8b5433410dfb61a9dc45cc65b22ff"},
		}})
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	block := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	for name, tt := range map[string]struct {
		text string
		want []string // fingerprints
	}{
		"JSON of the CLI":                {list("PublicKeyList"), []string{a.Fingerprint(), "31e8b5433410dfb61a9dc45cc65b22ff", b.Fingerprint()}},
		"JSON of the documentation":      {"\n" + list("publicKeyList"), []string{a.Fingerprint()}},
		"PEM":                            {block("RSA PUBLIC KEY", a.DER()), []string{a.Fingerprint()}},
		"PEM, two, with text in between": {"a\n" + block("RSA PUBLIC KEY", a.DER()) + "b\n" + block("PUBLIC KEY", b.PKIX()), []string{a.Fingerprint(), b.Fingerprint()}},
	} {
		keys, err := digest.ParseKeys([]byte(tt.text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, fingerprint := range tt.want {
			if keys[fingerprint] == nil {
				t.Errorf("%s: no key %s", name, fingerprint)
			}
		}
	}
	for name, text := range map[string]string{
		"nothing":     "",
		"text":        "ssh-rsa AAAA",
		"no list":     "{}",
		"empty list":  `{"PublicKeyList":[]}`,
		"no base64":   `{"PublicKeyList":[{"Value":"%"}]}`,
		"no key":      `{"PublicKeyList":[{"Value":"AAAA"}]}`,
		"no key, PEM": block("PUBLIC KEY", []byte{1, 2, 3}),
		"no RSA key":  "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n",
	} {
		if _, err := digest.ParseKeys([]byte(text)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestParseName(t *testing.T) {
	const folder = "logs/AWSLogs/o-1/111122223333/CloudTrail-Digest/us-east-2/2015/08/17/"
	for key, want := range map[string]digest.Name{
		folder + "111122223333_CloudTrail-Digest_us-east-2_my_trail-1_us-east-1_20150817T150131Z.json.gz":          {Account: "111122223333", Region: "us-east-2"},
		folder + "111122223333_CloudTrail-Digest_us-east-2_my_trail-1_us-east-1_20150817T150131Z_backfill.json.gz": {Account: "111122223333", Region: "us-east-2", Backfill: true},
	} {
		if got, ok := digest.ParseName(key); !ok || got != want {
			t.Errorf("%s: %+v, %v", key, got, ok)
		}
	}
	for _, key := range []string{"", folder, folder + "111122223333_CloudTrail_us-east-2_20150817T1501Z_abc.json.gz", folder + "1_CloudTrail-Digest_"} {
		if got, ok := digest.ParseName(key); ok {
			t.Errorf("%q: %+v", key, got)
		}
	}
}

// FuzzParse holds that no text makes the parser panic, and that what it takes
// keeps to what the package promises.
func FuzzParse(f *testing.F) {
	for _, o := range newTrail(f).digests {
		text, err := o.Raw()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`{"logFiles":null}`))
	key := generate.NewDigestKey(1)
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := digest.Parse(text)
		if err != nil {
			return
		}
		if d.Bucket == "" || d.Object == "" || d.Fingerprint == "" {
			t.Errorf("a digest without %+v", d)
		}
		for _, file := range d.Files {
			if file.Object == "" {
				t.Error("a log file without a key")
			}
		}
		if d.Verify(key.Public(), hex.EncodeToString(d.Hash[:])) == nil {
			t.Error("a signature that nobody made")
		}
	})
}

// FuzzParseKeys holds that no file makes the parser panic.
func FuzzParseKeys(f *testing.F) {
	key := generate.NewDigestKey(1)
	f.Add(pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: key.DER()}))
	f.Add([]byte(`{"PublicKeyList":[{"Value":"AAAA"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		keys, err := digest.ParseKeys(text)
		if err == nil && len(keys) == 0 {
			t.Error("neither keys nor an error")
		}
	})
}
