package hosttest

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// settings is a configuration of the host.
type settings struct {
	service map[string]any // on top of the defaults
	inputs  []*input
	outputs []string // the default: a file per input
}

// input is one section: its tag and connector_name, and keys on top of, or
// instead of, the defaults.
type input struct {
	name string
	keys map[string]any
}

func keys(kv ...any) map[string]any {
	m := make(map[string]any)
	for i := 0; i < len(kv); i += 2 {
		m[kv[i].(string)] = kv[i+1]
	}
	return m
}

// inputs makes n inputs that share the same keys.
func inputs(n int, k map[string]any) []*input {
	all := make([]*input, n)
	for i := range all {
		all[i] = &input{name: fmt.Sprintf("in%d", i), keys: k}
	}
	return all
}

// write puts the configuration into dir.
func (c *settings) write(t *testing.T, dir string) {
	t.Helper()
	var b strings.Builder
	b.WriteString("service:\n")
	writeKeys(&b, "  ", keys("flush", 0.2, "grace", 5, "hot_reload", "on", "storage.path", filepath.Join(dir, "storage")), c.service)
	fmt.Fprintf(&b, "plugins:\n  - %s\npipeline:\n  inputs:\n", library)
	for _, in := range c.inputs {
		b.WriteString("    - name: stellar_aws\n")
		writeKeys(&b, "      ", in.defaults(dir), in.keys)
	}
	b.WriteString("  outputs:\n")
	for _, out := range c.outputs {
		fmt.Fprintf(&b, "    - %s\n", out)
	}
	if c.outputs == nil {
		for _, in := range c.inputs {
			fmt.Fprintf(&b, "    - {name: file, match: %s, path: %s, file: %s.out, format: plain, retry_limit: no_limits}\n", in.name, dir, in.name)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "fluent-bit.yaml"), []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (in *input) defaults(dir string) map[string]any {
	return keys(
		"alias", in.name,
		"tag", in.name,
		"threaded", "off",
		"storage.type", "filesystem",
		"connector", "cloudtrail",
		"connector_name", in.name,
		"sub_type", "cloudtrail",
		"bucket", "some-bucket",
		"prefix", "AWSLogs/123456789012/CloudTrail/us-east-1",
		"size", 100,
		"commit_file", filepath.Join(dir, in.name+".commit"),
	)
}

func writeKeys(b *strings.Builder, indent string, defaults, own map[string]any) {
	for k, v := range defaults {
		if _, set := own[k]; !set {
			fmt.Fprintf(b, "%s%s: %v\n", indent, k, v)
		}
	}
	for k, v := range own {
		fmt.Fprintf(b, "%s%s: %v\n", indent, k, v)
	}
}

// freePort is a TCP port that nobody listened on a moment ago.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
