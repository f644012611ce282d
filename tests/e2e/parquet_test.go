package e2e

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"in_stellar_aws/tests/generate"
	"in_stellar_aws/tests/harness"
)

// TestParquet collects the same flows as text and, by another connector, as a
// Parquet file under Hive-compatible folders: the records are equal, but for
// their ids.
func TestParquet(t *testing.T) {
	eachHost(t, func(t *testing.T, kind harness.Kind) {
		w := newWorld(t)
		w.Bucket("text")
		w.Bucket("parquet")
		g := w.Generator(1, time.Hour, generate.Options{})
		fields := generate.FlowFields(5)
		file := g.FlowFile(generate.FlowFile{File: generate.File{Records: 3000, At: w.Now.Add(-10 * time.Minute)}, Fields: fields})
		n := put(t, w, "text", file)
		hive := "AWSLogs/aws-account-id=" + harness.Account + "/aws-service=vpcflowlogs/aws-region=" + harness.Region
		key := hive + w.Now.Add(-10*time.Minute).Format("/year=2006/month=01/day=02/") + strings.TrimSuffix(file.Key[strings.LastIndexByte(file.Key, '/')+1:], ".gz") + ".parquet"
		put(t, w, "parquet", generate.Object{Key: key, Body: parquetOf(t, fields, file)})

		r := start(t, kind, harness.Config{Connectors: []harness.Connector{
			w.Connector("text", "vpcflow", "text", "AWSLogs/"+harness.Account+"/vpcflowlogs/"+harness.Region),
			w.Connector("parquet", "vpcflow", "parquet", hive),
		}})
		r.collect("text", n)
		r.collect("parquet", n)
		r.stop()
		r.noComplaints()
		wantOnce(t, "parquet", r.records("parquet"), n)
		text, columns := r.records("text"), r.records("parquet")
		for i := range min(len(text), len(columns)) {
			for _, record := range []harness.Record{text[i], columns[i]} {
				delete(record, "stellar_uuid")
				delete(record, "write_time")
			}
			if !reflect.DeepEqual(text[i], columns[i]) {
				t.Fatalf("record %d\nof the text    %v\nof the columns %v", i, text[i], columns[i])
			}
		}
	})
}

// numbers are the columns that AWS writes as numbers, and their bits.
// https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html
var numbers = map[string]int{
	"version": 32, "srcport": 32, "dstport": 32, "protocol": 32, "tcp-flags": 32, "traffic-path": 32,
	"packets": 64, "bytes": 64, "start": 64, "end": 64,
}

// parquetOf makes a Parquet file of a text file's lines, with null for "-".
func parquetOf(t *testing.T, fields []string, file generate.Object) []byte {
	t.Helper()
	unzip, err := gzip.NewReader(bytes.NewReader(file.Body))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(unzip)
	if err != nil {
		t.Fatal(err)
	}
	group := parquet.Group{}
	for _, f := range fields {
		node := parquet.String()
		if bits := numbers[f]; bits > 0 {
			node = parquet.Leaf(parquet.Int64Type)
			if bits == 32 {
				node = parquet.Leaf(parquet.Int32Type)
			}
		}
		group[strings.ReplaceAll(f, "-", "_")] = parquet.Optional(node)
	}
	var b bytes.Buffer
	schema := parquet.NewSchema("flow", group) // columns in the order of their names
	writer := parquet.NewWriter(&b, schema, parquet.Compression(&parquet.Gzip))
	for line := range strings.Lines(string(text[bytes.IndexByte(text, '\n')+1:])) {
		values := strings.Fields(line)
		row := make(parquet.Row, 0, len(fields))
		for i, f := range fields {
			leaf, _ := schema.Lookup(strings.ReplaceAll(f, "-", "_"))
			v, level := parquet.ValueOf(values[i]), 1
			if number, err := strconv.ParseInt(values[i], 10, 64); err == nil && numbers[f] == 64 {
				v = parquet.Int64Value(number)
			} else if err == nil && numbers[f] == 32 {
				v = parquet.Int32Value(int32(number))
			}
			if values[i] == "-" {
				v, level = parquet.NullValue(), 0
			}
			row = append(row, v.Level(0, level, leaf.ColumnIndex))
		}
		slices.SortFunc(row, func(a, b parquet.Value) int { return cmp.Compare(a.Column(), b.Column()) })
		if _, err := writer.WriteRows([]parquet.Row{row}); err != nil {
			t.Fatal(err)
		}
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
