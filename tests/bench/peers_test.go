package main

import (
	"context"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/goccy/go-yaml"

	"in_stellar_aws/tests/harness"
)

// standIn reads what a peer's configuration names, and then idles for ever.
func standIn(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var c struct {
		Input struct {
			AWSS3 struct {
				Bucket, Prefix, Region, Endpoint string
				Credentials                      struct{ ID, Secret string }
			} `yaml:"aws_s3"`
		}
	}
	if err := yaml.Unmarshal(text, &c); err != nil {
		return err
	}
	in := c.Input.AWSS3
	client := s3.New(s3.Options{
		Region: in.Region, BaseEndpoint: &in.Endpoint, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(in.Credentials.ID, in.Credentials.Secret, ""),
	})
	ctx := context.Background()
	list, err := client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &in.Bucket, Prefix: &in.Prefix})
	if err != nil {
		return err
	}
	for _, o := range list.Contents {
		out, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: &in.Bucket, Key: o.Key})
		if err != nil {
			return err
		}
		if err := out.Body.Close(); err != nil {
			return err
		}
	}
	// Work that shows in the kernel's ticks of 10 ms, and above what counts as idle.
	for u := (usage{}); u.cpu < 500*time.Millisecond; {
		if u, err = sample(os.Getpid()); err != nil {
			return err
		}
	}
	select {}
}

func small(t *testing.T, log logType) (*harness.World, data, string) {
	t.Helper()
	dir := t.TempDir()
	w, err := harness.NewWorld()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	d, err := log.fill(w, 256<<10, 64<<10, dir)
	if err != nil {
		t.Fatal(err)
	}
	return w, d, dir
}

// TestPeerIsMeasured runs a stand-in as a peer: it is run with a configuration
// of its own against the fake AWS, and its CPU, memory and requests are told.
func TestPeerIsMeasured(t *testing.T) {
	w, d, dir := small(t, logTypes()[0])
	t.Setenv("BENCH_STAND_IN", "1")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PEER_BENTO", self)
	peers, err := peersNamed()
	if err != nil || len(peers) != 1 || peers[0].name != "Bento" {
		t.Fatalf("peers %v, %v", peers, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	u, err := peers[0].measure(ctx, w, logTypes()[0], d, dir)
	if err != nil {
		t.Fatal(err)
	}
	if u.cpu < 100*time.Millisecond || u.wall <= 0 || u.peak < 1<<20 {
		t.Errorf("usage %+v", u)
	}
	if r := w.AWS.Requests(); r["s3.GetObject"] != d.objects || lists(w) != 1 {
		t.Errorf("requests %v for %d objects", r, d.objects)
	}
}

func TestPeerThatFailsIsAnError(t *testing.T) {
	w, d, dir := small(t, logTypes()[0])
	for binary, want := range map[string]string{"/bin/false": "exit status 1", "/bin/true": "before it had got every object"} {
		p := allPeers()[0]
		p.binary = binary
		if _, err := p.measure(t.Context(), w, logTypes()[0], d, dir); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", binary, err)
		}
	}
	t.Setenv("PEER_VECTOR", filepath.Join(dir, "missing"))
	if _, err := peersNamed(); err == nil || !strings.Contains(err.Error(), "PEER_VECTOR") {
		t.Errorf("a binary that is not there: %v", err)
	}
}

// TestPeerConfigs fills in every configuration for every kind of log: YAML,
// nothing left open, and no address but the fake AWS's.
func TestPeerConfigs(t *testing.T) {
	for _, p := range allPeers() {
		for _, log := range logTypes() {
			path, err := p.configure(peerJob{
				URL: "http://127.0.0.1:1", Region: "eu-west-1", AccessKey: "AKID", SecretKey: "secret",
				Bucket: bucket, Prefix: log.prefix, SubType: log.subType, Queue: "http://127.0.0.1:1/1/q", Dir: t.TempDir(),
			})
			if err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var any map[string]any
			if err := yaml.Unmarshal(text, &any); err != nil || len(any) == 0 {
				t.Errorf("%s, %s: %v\n%s", p.name, log.name, err, text)
			}
			if strings.Contains(string(text), "<no value>") || strings.Contains(string(text), "amazonaws.com") {
				t.Errorf("%s, %s:\n%s", p.name, log.name, text)
			}
		}
	}
}

// TestNotify puts messages as S3 writes them: keys are encoded as in a form.
func TestNotify(t *testing.T) {
	w, _, _ := small(t, logTypes()[0])
	if err := notify(w, "q", []string{"a b=c+d"}); err != nil {
		t.Fatal(err)
	}
	messages := w.AWS.QueueMessages("q")
	if len(messages) != 1 {
		t.Fatalf("%d messages", len(messages))
	}
	var m struct {
		Records []struct {
			S3 struct{ Object struct{ Key string } }
		}
	}
	if err := json.Unmarshal([]byte(messages[0]), &m); err != nil {
		t.Fatal(err)
	}
	if key, err := url.QueryUnescape(m.Records[0].S3.Object.Key); err != nil || key != "a b=c+d" {
		t.Errorf("key %q, %v", key, err)
	}
}
