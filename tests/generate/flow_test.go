package generate

import (
	"encoding/json"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestFlowFields(t *testing.T) {
	for version, count := range map[int]int{2: 14, 3: 21, 4: 25, 5: 29, 7: 39, 8: 40, 9: 41, 10: 42, 11: 54} {
		fields := FlowFields(version)
		if len(fields) != count {
			t.Errorf("version %d has %d fields, want %d", version, len(fields), count)
		}
		if got := flowVersion(fields); got != strconv.Itoa(version) {
			t.Errorf("lines of all fields of version %d carry %s", version, got)
		}
		for _, f := range fields {
			if _, ok := columns[f]; !ok {
				t.Errorf("no column for %s", f)
			}
		}
	}
	tgw := TransitGatewayFields()
	if len(tgw) != 36 || flowVersion(tgw) != "6" {
		t.Errorf("%d Transit Gateway fields of version %s, want 36 of 6", len(tgw), flowVersion(tgw))
	}
	for _, f := range tgw {
		if _, ok := columns[f]; !ok {
			t.Errorf("no column for %s", f)
		}
	}
}

// parseFlow splits a line by its fields.
func parseFlow(t *testing.T, fields []string, line string) map[string]string {
	t.Helper()
	values := strings.Split(line, " ")
	if len(values) != len(fields) {
		t.Fatalf("%d values for %d fields: %s", len(values), len(fields), line)
	}
	m := make(map[string]string, len(fields))
	for i, f := range fields {
		if values[i] == "" {
			t.Fatalf("no %s in %s", f, line)
		}
		m[f] = values[i]
	}
	return m
}

func TestFlowFile(t *testing.T) {
	custom := []string{"end", "srcaddr", "bytes", "field-to-come", "dstaddr", "version", "log-status", "start", "action", "srcport", "dstport", "protocol", "interface-id"}
	at := time.Date(2025, 6, 2, 23, 58, 1, 0, time.UTC)
	const name = `111122223333_vpcflowlogs_us-east-1_fl-[0-9a-f]{17}_20250602T2355Z_[0-9a-f]{8}\.log\.gz$`
	for title, tt := range map[string]struct {
		file FlowFile
		key  string
	}{
		"default":     {FlowFile{}, `^AWSLogs/111122223333/vpcflowlogs/us-east-1/2025/06/02/` + name},
		"v5 hourly":   {FlowFile{Fields: FlowFields(5), Layout: HourlyFlow}, `^AWSLogs/111122223333/vpcflowlogs/us-east-1/2025/06/02/23/` + name},
		"v11 hive":    {FlowFile{Fields: FlowFields(11), Layout: HiveFlow, RepeatHeader: true}, `^AWSLogs/aws-account-id=111122223333/aws-service=vpcflowlogs/aws-region=us-east-1/year=2025/month=06/day=02/` + name},
		"hive hourly": {FlowFile{Layout: HiveHourlyFlow, NoFinalNewline: true}, `^AWSLogs/aws-account-id=111122223333/aws-service=vpcflowlogs/aws-region=us-east-1/year=2025/month=06/day=02/hour=23/` + name},
		"transit":     {FlowFile{Fields: TransitGatewayFields(), Layout: TransitHive}, `^AWSLogs/aws-account-id=111122223333/service=vpcflowlogs/aws-region=us-east-1/year=2025/month=06/day=02/` + name},
		"custom":      {FlowFile{Fields: custom}, `^AWSLogs/`},
	} {
		t.Run(title, func(t *testing.T) {
			tt.file.At, tt.file.Records = at, 2000
			o := New(6, Options{}).FlowFile(tt.file)
			if !regexp.MustCompile(tt.key).MatchString(o.Key) {
				t.Errorf("key %s does not match %s", o.Key, tt.key)
			}
			fields := tt.file.Fields
			if fields == nil {
				fields = FlowFields(2)
			}
			raw := string(rawOf(t, o))
			if strings.HasSuffix(raw, "\n") == tt.file.NoFinalNewline {
				t.Error("final newline")
			}
			lines := strings.Split(strings.TrimSuffix(raw, "\n"), "\n")
			header := strings.Join(fields, " ")
			if lines[0] != header {
				t.Fatalf("header %s", lines[0])
			}
			before := len(lines)
			lines = slices.DeleteFunc(lines, func(l string) bool { return l == header })
			if headers := before - len(lines); len(lines) != o.Records || headers != map[bool]int{false: 1, true: 2}[tt.file.RepeatHeader] {
				t.Errorf("%d records, want %d; %d headers", len(lines), o.Records, headers)
			}
			checkFlows(t, fields, lines, at.Truncate(5*time.Minute).Unix())
		})
	}
}

// checkFlows checks the values of lines, and that every status and action
// occurs among them.
func checkFlows(t *testing.T, fields, lines []string, from int64) {
	t.Helper()
	seen := map[string]int{}
	for _, line := range lines {
		m := parseFlow(t, fields, line)
		start, _ := strconv.ParseInt(m["start"], 10, 64)
		end, _ := strconv.ParseInt(m["end"], 10, 64)
		if end < from || end >= from+300 || start >= end || end-start > 60 {
			t.Fatalf("from %d to %d in a file of %d: %s", start, end, from, line)
		}
		seen[m["log-status"]]++
		if m["log-status"] != "OK" {
			if m["srcaddr"]+m["dstaddr"]+m["bytes"] != "---" {
				t.Fatalf("traffic without data: %s", line)
			}
			continue
		}
		seen[m["action"]]++
		for _, f := range []string{"srcaddr", "dstaddr"} {
			if _, err := netip.ParseAddr(m[f]); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
		}
		for _, f := range []string{"srcport", "dstport", "protocol", "bytes"} {
			if _, err := strconv.ParseUint(m[f], 10, 64); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
		}
	}
	want := []string{"OK", "NODATA", "SKIPDATA"}
	if slices.Contains(fields, "action") {
		want = append(want, "ACCEPT", "REJECT")
	}
	for _, w := range want {
		if seen[w] == 0 {
			t.Errorf("no %s among %d lines", w, len(lines))
		}
	}
}

func TestFlowFirehose(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(string(New(6, Options{}).FlowFirehose(FlowFields(2), 30)), "\n"), "\n")
	if len(lines) != 30 {
		t.Errorf("%d lines, want 30", len(lines))
	}
	for _, line := range lines {
		var wrapped map[string]string
		if err := json.Unmarshal([]byte(line), &wrapped); err != nil || len(wrapped) != 1 {
			t.Fatalf("%s: %v", line, err)
		}
		parseFlow(t, FlowFields(2), wrapped["message"])
	}
}

func TestFlowEventsCarryTheStart(t *testing.T) {
	events := New(6, Options{}).Flow(FlowFields(2)).Events(500)
	for i, e := range events {
		m := parseFlow(t, FlowFields(2), e.Message)
		if m["start"]+"000" != strconv.FormatInt(e.Timestamp, 10) {
			t.Fatalf("event at %d: %s", e.Timestamp, e.Message)
		}
		if i > 0 && e.Timestamp < events[i-1].Timestamp {
			t.Fatal("events out of order")
		}
	}
}
