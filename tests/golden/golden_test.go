package golden_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"in_stellar_aws/internal/decode"
	"in_stellar_aws/internal/interflow"
	"in_stellar_aws/tests/eventcheck"
)

var update = flag.Bool("update", false, "rewrite the expected files from what the decoders make")

// written is when the records are made, in milliseconds.
const written = 1_795_000_000_123

func TestGolden(t *testing.T) {
	inputs, err := filepath.Glob("testdata/*.in")
	if err != nil {
		t.Fatal(err)
	}
	if len(inputs) < 30 {
		t.Fatalf("only %d inputs", len(inputs))
	}
	for _, input := range inputs {
		name := strings.TrimSuffix(filepath.Base(input), ".in")
		t.Run(name, func(t *testing.T) {
			in, err := os.ReadFile(input)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, strings.TrimSuffix(input, ".in")+".expected.json", decodeAll(t, name, in))
		})
	}
}

// TestNothingLeftOver finds expected files whose input is gone.
func TestNothingLeftOver(t *testing.T) {
	files, err := filepath.Glob("testdata/*.expected.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if _, err := os.Stat(strings.TrimSuffix(file, ".expected.json") + ".in"); err != nil {
			t.Errorf("%s has no input: %v", file, err)
		}
	}
}

func compare(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(got, want) {
		return
	}
	gotLines, wantLines := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for k, line := range gotLines {
		if k >= len(wantLines) || line != wantLines[k] {
			t.Fatalf("%s, line %d:\ngot  %s\nwant %s", file, k+1, line, strings.Join(wantLines[min(k, len(wantLines)):min(k+1, len(wantLines))], ""))
		}
	}
	t.Fatalf("%s: got %d lines, want %d", file, len(gotLines), len(wantLines))
}

// objectTime is the time of records without one, in seconds.
const objectTime = 1_773_480_000

// decoder reads an object.
type decoder interface {
	Decode(ctx context.Context, r io.Reader, o decode.Object, out decode.Output) (decode.Stats, error)
}

func now() time.Time { return time.UnixMilli(written) }

// decodeAll decodes an object by what its name says it is.
func decodeAll(t *testing.T, name string, in []byte) []byte {
	t.Helper()
	group, kind, _ := strings.Cut(name, "_")
	settings := interflow.Settings{TenantName: "acme", TenantID: "42", FlattenDepth: 3}
	if group == "keys" {
		group = kind
		settings = interflow.Settings{IndexKey: "index_family", VendorKey: "vendor", FlattenDepth: 1}
	}
	var d decoder
	switch group {
	case "cloudtrail":
		d = decode.NewRecords(interflow.NewCloudTrail(settings), "eventVersion", now)
	case "vpcflow":
		d = decode.NewFlow(interflow.NewVPCFlow(interflow.VPCFlowProfile, settings), nil, now)
	case "waf":
		d = decode.NewRecords(interflow.NewWAF(interflow.WAFProfile, settings), "timestamp", now)
	default:
		t.Fatalf("%s: no decoder for %q", name, group)
	}
	buf, _ := decodeObject(t, d, name, in)
	text, err := pretty(buf)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// decodeObject returns an object's events.
func decodeObject(t *testing.T, d decoder, key string, in []byte) ([]byte, decode.Stats) {
	t.Helper()
	out := &events{t: t}
	o := decode.Object{ID: interflow.NewObject("amzn-s3-demo-bucket", key, "0123456789abcdef"), Time: time.Unix(objectTime, 0)}
	stats, err := d.Decode(t.Context(), bytes.NewReader(in), o, out)
	if err != nil {
		t.Fatal(err)
	}
	n, err := eventcheck.Check(out.buf)
	if err != nil || uint64(n) != stats.Records {
		t.Fatalf("%d events of %d records, error %v", n, stats.Records, err)
	}
	return out.buf, stats
}

// events gathers what a decoder makes.
type events struct {
	t   *testing.T
	buf []byte
}

func (e *events) Flush(_ context.Context, buf []byte, _ uint64) ([]byte, error) {
	e.buf = append(e.buf, buf...)
	return buf, nil
}

func (e *events) Bad(err *decode.RecordError) { e.t.Errorf("bad record: %v", err) }

// pretty writes events as JSON: a list of each one's time and record.
func pretty(buf []byte) ([]byte, error) {
	type event struct {
		Time   string         `json:"event_time"`
		Record map[string]any `json:"record"`
	}
	all := []event{}
	r := newReader(buf)
	for {
		at, record, err := r.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read event %d: %w", len(all), err)
		}
		all = append(all, event{at.Format(time.RFC3339Nano), record})
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(all)
	return b.Bytes(), err
}
