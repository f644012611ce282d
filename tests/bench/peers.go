package main

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"text/template"

	"in_stellar_aws/tests/fakeaws"
	"in_stellar_aws/tests/harness"
)

// peerConfigs are the peers' configurations: what each needs to read the
// bench's objects and make fields of their records, and no output.
//
//go:embed peers
var peerConfigs embed.FS

// peer is another program that reads AWS logs from S3. It is measured when its
// environment variable names its binary.
type peer struct {
	name, variable string
	binary         string // what the variable names
	config         string // in peers/
	args           func(config, dir string) []string
	queue          bool // it cannot list, and gets a message for each object
}

func allPeers() []peer {
	return []peer{
		{name: "OpenTelemetry Collector", variable: "PEER_OTELCOL", config: "otelcol.yaml", queue: true,
			args: func(config, _ string) []string { return []string{"--config", config} }},
		{name: "Redpanda Connect", variable: "PEER_REDPANDA_CONNECT", config: "benthos.yaml",
			args: func(config, _ string) []string { return []string{"run", config} }},
		{name: "Bento", variable: "PEER_BENTO", config: "benthos.yaml",
			args: func(config, _ string) []string { return []string{"-c", config} }},
		{name: "Vector", variable: "PEER_VECTOR", config: "vector.yaml", queue: true,
			args: func(config, _ string) []string { return []string{"--config-yaml", config} }},
		{name: "Filebeat", variable: "PEER_FILEBEAT", config: "filebeat.yaml",
			args: func(config, dir string) []string {
				return []string{"-e", "-c", config, "--strict.perms=false", "--path.data", dir, "--path.logs", dir}
			}},
	}
}

// peersNamed are the peers whose binaries are named.
func peersNamed() ([]peer, error) {
	var named []peer
	for _, p := range allPeers() {
		if p.binary = os.Getenv(p.variable); p.binary == "" {
			continue
		}
		if _, err := exec.LookPath(p.binary); err != nil {
			return nil, fmt.Errorf("find %s: %s: %w", p.name, p.variable, err)
		}
		named = append(named, p)
	}
	return named, nil
}

// peerJob is what the configurations are filled in with.
type peerJob struct {
	URL, Host, Region     string // of the fake AWS
	AccessKey, SecretKey  string
	Bucket, Prefix, Queue string // Queue is its URL
	SubType               string
	Dir                   string // for the peer's own files
}

// measure runs the peer over the objects.
func (p peer) measure(ctx context.Context, w *harness.World, log logType, d data, dir string) (usage, error) {
	own, err := os.MkdirTemp(dir, "peer-*")
	if err != nil {
		return usage{}, err
	}
	endpoint, err := url.Parse(w.URL)
	if err != nil {
		return usage{}, err
	}
	j := peerJob{
		URL: w.URL, Host: endpoint.Host, Region: harness.Region, AccessKey: harness.AccessKey, SecretKey: harness.SecretKey,
		Bucket: bucket, Prefix: log.prefix, SubType: log.subType, Dir: own,
		Queue: w.URL + "/" + harness.Account + "/" + p.variable,
	}
	if p.queue {
		if err := notify(w, p.variable, d.keys); err != nil {
			return usage{}, err
		}
	}
	config, err := p.configure(j)
	if err != nil {
		return usage{}, err
	}
	cmd := exec.CommandContext(ctx, p.binary, p.args(config, own)...)
	cmd.Dir = own
	cmd.Env = append(os.Environ(),
		"AWS_ACCESS_KEY_ID="+j.AccessKey, "AWS_SECRET_ACCESS_KEY="+j.SecretKey, "AWS_REGION="+j.Region,
		"AWS_EC2_METADATA_DISABLED=true", "AWS_ENDPOINT_URL="+j.URL)
	return untilIdle(ctx, cmd, func() bool { return w.AWS.Requests()["s3.GetObject"] >= d.objects })
}

// configure writes the peer's configuration and returns its path.
func (p peer) configure(j peerJob) (string, error) {
	t, err := template.ParseFS(peerConfigs, "peers/"+p.config)
	if err != nil {
		return "", fmt.Errorf("read configuration of %s: %w", p.name, err)
	}
	var text bytes.Buffer
	if err := t.Execute(&text, j); err != nil {
		return "", fmt.Errorf("fill in configuration of %s: %w", p.name, err)
	}
	path := filepath.Join(j.Dir, p.config)
	return path, os.WriteFile(path, text.Bytes(), 0o600)
}

// notify puts a message for each object into a queue, as S3 does
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html).
func notify(w *harness.World, queue string, keys []string) error {
	w.AWS.AddQueue(fakeaws.Queue{Name: queue, Account: harness.Account, Region: harness.Region})
	for _, key := range keys {
		type object = map[string]any
		body, err := json.Marshal(object{"Records": []object{{
			"eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": harness.Region, "eventName": "ObjectCreated:Put",
			"s3": object{"bucket": object{"name": bucket, "arn": "arn:aws:s3:::" + bucket}, "object": object{"key": url.QueryEscape(key)}},
		}}})
		if err != nil {
			return err
		}
		if err := w.AWS.SendMessage(queue, string(body)); err != nil {
			return fmt.Errorf("notify of %s: %w", key, err)
		}
	}
	return nil
}
