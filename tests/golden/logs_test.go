package golden_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"in_stellar_aws/internal/decode"
	"in_stellar_aws/internal/interflow"
	"in_stellar_aws/tests/eventcheck"
)

const logAccount, logRegion = "111122223333", "eu-west-1"

// TestGoldenLogs pins the records of log events. An input's first line is the
// connector's keys and the log group, each other line the message of an event.
func TestGoldenLogs(t *testing.T) {
	inputs, err := filepath.Glob("testdata/logs/*.in")
	if err != nil {
		t.Fatal(err)
	}
	if len(inputs) < 20 {
		t.Fatalf("only %d inputs", len(inputs))
	}
	for _, input := range inputs {
		name := strings.TrimSuffix(filepath.Base(input), ".in")
		t.Run(name, func(t *testing.T) {
			in, err := os.ReadFile(input)
			if err != nil {
				t.Fatal(err)
			}
			records := mapLogs(t, string(in))
			text, err := pretty(bytes.Join(records, nil))
			if err != nil {
				t.Fatal(err)
			}
			compare(t, strings.TrimSuffix(input, ".in")+".expected.json", text)
			if strings.HasPrefix(name, "guardduty_") { // the same finding each time, in its event or bare
				for _, r := range records[1:] {
					if !bytes.Equal(r, records[0]) {
						t.Error("the records of one finding differ")
					}
				}
			}
		})
	}
}

// mapLogs maps every message of an input.
func mapLogs(t *testing.T, in string) (records [][]byte) {
	t.Helper()
	first, rest, _ := strings.Cut(in, "\n")
	o := decode.LogOptions{
		Settings: interflow.Settings{TenantName: "acme", TenantID: "42", FlattenDepth: 3},
		Now:      func() time.Time { return time.UnixMilli(written) },
	}
	group := interflow.LogGroup{Region: logRegion, Account: logAccount}
	for setting := range strings.SplitSeq(first, "; ") {
		key, value, _ := strings.Cut(setting, " ")
		switch key {
		case "log_group":
			group.Name, group.ARN = value, "arn:aws:logs:"+logRegion+":"+logAccount+":log-group:"+value
		case "vpc_flow_logs":
			o.VPCFlow = value == "on"
		case "vpc_flow_format":
			o.FlowFormat = strings.Fields(value)
		case "parse_json":
			o.ParseJSON = value == "on"
		default:
			t.Fatalf("unknown setting %q", setting)
		}
	}
	d := decode.NewLogs(o)
	d.Begin()
	for i, message := range strings.Split(strings.TrimSuffix(rest, "\n"), "\n") {
		record := d.Append(nil, &group, &interflow.LogEvent{
			ID: fmt.Sprintf("%056d", i+1), Stream: "stream-1",
			Timestamp: 1_748_854_860_123, Ingested: 1_748_854_862_000, Message: []byte(message),
		})
		if n, err := eventcheck.Check(record); n != 1 || err != nil {
			t.Fatalf("message %d: %d events, error %v", i, n, err)
		}
		records = append(records, record)
	}
	return records
}
