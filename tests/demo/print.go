package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"in_stellar_aws/tests/harness"
)

// maxLines and maxWidth bound a record on the screen.
const (
	maxLines = 34
	maxWidth = 110
)

// printFirst prints the first of the sample's records.
func (s *sample) printFirst(out io.Writer) error {
	text, err := encode(s.records[0])
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\n--- %s: the first of %d records ---\n%s\n", s.title, len(s.records), shorten(text))
	return nil
}

// encode formats a record with the standard fields at the top: those of
// CloudTrail have many of their own, and JSON has its keys in no order.
func encode(record harness.Record) (string, error) {
	top := []string{
		"timestamp", "write_time", "stellar_uuid", "msg_class", "msg_origin", "tenant_name", "srcip", "srcip_host", "srcport",
		"dstip", "dstport", "proto_name", "action", "outbytes_total", "totalpackets", "duration", "url", "srcip_username", "srcip_usersid", "login_type", "login_result",
	}
	var b bytes.Buffer
	rest := make(harness.Record, len(record))
	for k, v := range record {
		rest[k] = v
	}
	put := func(v any) error {
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		if err := e.Encode(v); err != nil {
			return fmt.Errorf("format record: %w", err)
		}
		return nil
	}
	for _, k := range top {
		v, ok := rest[k]
		if !ok {
			continue
		}
		delete(rest, k)
		if err := put(map[string]any{k: v}); err != nil {
			return "", err
		}
	}
	if err := put(rest); err != nil {
		return "", err
	}
	// One object for each of the top keys, and one of the rest, become one.
	text := strings.ReplaceAll(strings.TrimSpace(b.String()), "\n}\n{\n", ",\n")
	return text, nil
}

// shorten cuts long lines, and a long record in its middle.
func shorten(text string) string {
	lines := strings.Split(text, "\n")
	if more := len(lines) - maxLines; more > 1 {
		lines = append(lines[:maxLines:maxLines], fmt.Sprintf("  … %d more lines", more-1), lines[len(lines)-1])
	}
	for i, line := range lines {
		if runes := []rune(line); len(runes) > maxWidth {
			lines[i] = string(runes[:maxWidth]) + "…"
		}
	}
	return strings.Join(lines, "\n")
}

// printTable prints what was collected.
func printTable(out io.Writer, samples []*sample) {
	fmt.Fprintln(out, "\n--- collected ---")
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "connector\tlog type\tobjects in S3\trecords\texpected\tdifferent ids")
	for _, s := range samples {
		fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%d\t%d\n", s.connector.Tag(), s.title, s.objects, len(s.records), s.want, s.distinct())
	}
	_ = table.Flush() // the screen
	if check(samples) == nil {
		fmt.Fprintln(out, "Every record arrived once, and every stellar_uuid is unique.")
	}
}

// next is what leads from here to a real account.
const next = `
--- your own account ---
    - name: stellar_aws
      tag: aws.trail
      threaded: off
      storage.type: filesystem
      connector: cloudtrail
      sub_type: cloudtrail              # or vpcflow, waf
      connector_name: my trail
      bucket: MY-BUCKET
      prefix: AWSLogs/123456789012/CloudTrail/us-east-1
      access_key: ${AWS_KEY}            # or leave both out: environment, profile, instance role
      secret_key: ${AWS_SECRET}
      db: /var/lib/fluent-bit/stellar_aws.db
The user or role needs s3:ListBucket on the bucket and s3:GetObject on its objects
(and kms:Decrypt on the key of a bucket that is encrypted with one). A whole configuration with an output is
conf/cloudtrail.yaml, which names what to set. With STELLAR_AWS_TEST=1 in the environment, Fluent Bit tells what works:
    STELLAR_AWS_TEST=1 fluent-bit -e build/in_stellar_aws.so -c conf/cloudtrail.yaml
    fluent-bit -e build/in_stellar_aws.so -c conf/cloudtrail.yaml
`

// printNext prints where everything is, and what to do next.
func printNext(out io.Writer, c harness.Config) {
	fmt.Fprintf(out, "\nconfiguration: %s\nrecords:       %s\n", filepath.Join(c.Dir, "fluent-bit.yaml"), filepath.Join(c.OutDir(), "*"))
	fmt.Fprint(out, next)
}
