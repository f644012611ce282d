package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"in_stellar_aws/tests/generate"
	"in_stellar_aws/tests/harness"
	"in_stellar_aws/tests/reference"
)

// TestVPCFlow collects flow logs of the default format, of the newest version
// and of a Transit Gateway: every line must come once, complete.
func TestVPCFlow(t *testing.T) {
	eachHost(t, func(t *testing.T, kind harness.Kind) {
		w := newWorld(t)
		g := w.Generator(1, time.Hour, generate.Options{})
		flows := map[string]generate.FlowFile{
			"default": {Fields: generate.FlowFields(2)},
			"newest":  {Fields: generate.FlowFields(11), RepeatHeader: true},
			"transit": {Fields: generate.TransitGatewayFields(), NoFinalNewline: true},
		}
		var config harness.Config
		lines := map[string][]string{}
		for name, flow := range flows {
			w.Bucket(name)
			for i := range 4 {
				flow.Records, flow.At = 300, w.Now.Add(-time.Duration(i+1)*5*time.Minute)
				o := g.FlowFile(flow)
				put(t, w, name, o)
				lines[name] = append(lines[name], flowLines(t, o, flow.Fields)...)
			}
			prefix := "AWSLogs/" + harness.Account + "/vpcflowlogs/" + harness.Region
			config.Connectors = append(config.Connectors, w.Connector(name, "vpcflow", name, prefix))
		}
		r := start(t, kind, config)
		for tag, want := range lines {
			r.collect(tag, len(want))
		}
		r.stop()
		r.noComplaints()
		for tag, want := range lines {
			noData, waiting := 0, map[string]int{}
			for _, line := range want {
				waiting[line]++
				noData += strings.Count(line, "NODATA")
			}
			if noData == 0 {
				t.Errorf("%s: no NODATA line was made", tag)
			}
			got := r.records(tag)
			wantOnce(t, tag, got, len(want))
			var errs []error
			for _, body := range got {
				fields := flows[tag].Fields
				line := reference.FlowLine(body, fields)
				if waiting[line]--; waiting[line] < 0 {
					errs = append(errs, fmt.Errorf("no such line, or too often: %q", line))
				} else if err := reference.Flow(body, fields, line, nobody); err != nil {
					errs = append(errs, fmt.Errorf("%w in %q", err, line))
				}
			}
			if err := firstErrors(errs); err != nil {
				t.Errorf("%s: %d errors, such as:\n%v", tag, len(errs), err)
			}
		}
	})
}

// flowLines are the lines of a flow log without its headers.
func flowLines(t *testing.T, o generate.Object, fields []string) []string {
	t.Helper()
	raw, err := o.Raw()
	if err != nil {
		t.Fatal(err)
	}
	header := strings.Join(fields, " ")
	var lines []string
	for line := range strings.SplitSeq(strings.TrimSpace(string(raw)), "\n") {
		if line != header {
			lines = append(lines, line)
		}
	}
	if len(lines) != o.Records {
		t.Fatalf("%s: %d lines, want %d", o.Key, len(lines), o.Records)
	}
	return lines
}

// TestWAF collects the logs of a regional web ACL, and those that a Firehose
// stream has put below a custom prefix, without newlines and not compressed.
func TestWAF(t *testing.T) {
	eachHost(t, func(t *testing.T, kind harness.Kind) {
		w := newWorld(t)
		g := w.Generator(1, time.Hour, generate.Options{WebACL: "shop"})
		folder := func(at time.Time) string { return at.Format("custom/year=2006/month=01/day=02") }
		acl := w.Connector("acl", "waf", "acl", "AWSLogs/"+harness.Account+"/WAFLogs/"+harness.Region+"/shop")
		stream := w.Connector("stream", "waf", "stream", "custom/year=///YYYY///month=///mm///day=///dd//").With("file_type", "text")
		waiting := map[string]map[string]int{}
		want := 300
		for name, file := range map[string]generate.WAFFile{
			"acl":    {},
			"stream": {Firehose: true, Folder: folder, Plain: true, Concatenated: true},
		} {
			w.Bucket(name)
			waiting[name] = map[string]int{}
			for i := range 3 {
				file.Records, file.At = want/3, w.Now.Add(-time.Duration(i+1)*5*time.Minute)
				o := g.WAFFile(file)
				put(t, w, name, o)
				for _, entry := range wafEntries(t, o) {
					waiting[name][canonical(t, entry)]++
				}
			}
		}
		r := start(t, kind, harness.Config{Connectors: []harness.Connector{acl, stream}})
		for tag := range waiting {
			r.collect(tag, want)
		}
		r.stop()
		r.noComplaints()
		for tag := range waiting {
			got := r.records(tag)
			wantOnce(t, tag, got, want)
			var errs []error
			for _, body := range got {
				text := canonical(t, reference.WAFRecord(body))
				record, err := reference.Parse([]byte(text))
				if err != nil {
					t.Fatal(err)
				}
				if waiting[tag][text]--; waiting[tag][text] < 0 {
					errs = append(errs, fmt.Errorf("no such entry, or too often: %.300s", text))
				} else if err := reference.WAF(body, record.(map[string]any), nobody); err != nil {
					errs = append(errs, fmt.Errorf("%w in %.300s", err, text))
				}
			}
			if err := firstErrors(errs); err != nil {
				t.Errorf("%s: %d errors, such as:\n%v", tag, len(errs), err)
			}
		}
	})
}

// wafEntries are the entries of a WAF object.
func wafEntries(t *testing.T, o generate.Object) (entries []map[string]any) {
	t.Helper()
	raw, err := o.Raw()
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	for decoder.More() {
		var entry map[string]any
		if err := decoder.Decode(&entry); err != nil {
			t.Fatalf("%s: %v", o.Key, err)
		}
		entries = append(entries, entry)
	}
	if len(entries) != o.Records {
		t.Fatalf("%s: %d entries, want %d", o.Key, len(entries), o.Records)
	}
	return entries
}

// canonical is JSON text that is the same for the same content.
func canonical(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v) // sorts the keys
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
