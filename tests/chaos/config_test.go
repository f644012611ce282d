package chaos

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"in_stellar_aws/tests/harness"
)

// setup is what the host is started with.
type setup struct {
	dir     string
	cloud   *cloud
	sink    *sink    // nil: the ABI host, which needs no output
	buckets []string // one connector each, of the same name
	groups  []string // log groups, as well

	memLimit string   // of each connector
	input    []string // keys of each input beside those below; nil: filesystem storage
	service  []string // more keys of the service
	db       string   // the state file; "" is state.db in dir
}

// write writes the configuration of a generation, whole or not at all: the
// host may read it at any time.
func (s setup) write(generation int) error {
	tmp := s.path() + ".tmp"
	if err := os.WriteFile(tmp, []byte(s.yaml(generation)), 0o600); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	return os.Rename(tmp, s.path())
}

func (s setup) path() string { return filepath.Join(s.dir, "fluent-bit.yaml") }

func (s setup) yaml(generation int) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	library, err := filepath.Abs(plugin)
	if err != nil {
		library = plugin // the host says what is wrong with it
	}
	line("service:")
	for _, kv := range append([]string{
		"flush: 0.2", "grace: 3", "hot_reload: on",
		"storage.path: " + filepath.Join(s.dir, "storage"), "storage.checksum: off",
		"scheduler.base: 1", "scheduler.cap: 2",
	}, s.service...) {
		line("  %s", kv)
	}
	line("plugins:\n  - %q\npipeline:\n  inputs:", library)
	input := s.input
	if input == nil {
		input = []string{"storage.type: filesystem"}
	}
	db := s.db
	if db == "" {
		db = filepath.Join(s.dir, "state.db")
	}
	connector := func(name string, own ...string) {
		line("    - name: stellar_aws")
		for _, kv := range slices.Concat(own, []string{
			"tag: " + name, "threaded: off", "connector_name: " + name,
			"access_key: " + harness.AccessKey, fmt.Sprintf("secret_key: %q", harness.SecretKey),
			"endpoint_url: " + s.cloud.url, "interval: 1s", "start_from: 48h",
			"mem_limit: " + s.memLimit, "db: " + db, fmt.Sprintf("tenant_id: %q", fmt.Sprint(generation)),
		}, input) {
			line("      %s", kv)
		}
	}
	for _, bucket := range s.buckets {
		connector(bucket, "connector: cloudtrail", "sub_type: cloudtrail", "bucket: "+bucket, "s3_path_style: on",
			"prefix: AWSLogs/"+harness.Account+"/CloudTrail/"+harness.Region, "lookback: "+lookback.String())
	}
	for _, group := range s.groups {
		connector(group, "connector: cloudwatch", "region: "+harness.Region, "log_groups: "+group)
	}
	line("  outputs:")
	if s.sink == nil {
		line("    - {name: 'null', match: '*'}")
		return b.String()
	}
	host, port, _ := strings.Cut(strings.TrimPrefix(s.sink.url, "http://"), ":")
	for _, kv := range []string{
		"- name: http", "  match: '*'", "  host: " + host, "  port: " + port, "  format: json_lines", "  json_date_key: false",
		fmt.Sprintf("  header: %s %d", generationHeader, generation), "  retry_limit: no_limits",
	} {
		line("    %s", kv)
	}
	return b.String()
}
