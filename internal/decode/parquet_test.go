package decode_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"

	"in_stellar_aws/internal/decode"
	"in_stellar_aws/tests/generate"
)

// parquetFlow makes a Parquet file of flow log lines, as AWS writes them: all
// columns optional, with the types of the documentation
// (https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html).
func parquetFlow(t testing.TB, fields []string, lines []string, options ...parquet.WriterOption) []byte {
	t.Helper()
	return encodedFlow(t, nil, fields, lines, options...)
}

// encodedFlow makes the file with an encoding of the texts and one of the
// numbers; nil: a dictionary, and plain.
func encodedFlow(t testing.TB, encodings []encoding.Encoding, fields []string, lines []string, options ...parquet.WriterOption) []byte {
	t.Helper()
	if encodings == nil {
		encodings = []encoding.Encoding{&parquet.RLEDictionary, &parquet.Plain}
	}
	group := parquet.Group{}
	for _, name := range fields {
		var node parquet.Node
		switch name {
		case "version", "srcport", "dstport", "protocol", "tcp-flags", "traffic-path", "encryption-status":
			node = parquet.Encoded(parquet.Leaf(parquet.Int32Type), encodings[1])
		case "packets", "bytes", "start", "end", "packets-lost-no-route", "packets-lost-blackhole", "packets-lost-mtu-exceeded", "packets-lost-ttl-expired":
			node = parquet.Encoded(parquet.Leaf(parquet.Int64Type), encodings[1])
		default:
			node = parquet.Encoded(parquet.String(), encodings[0])
		}
		group[strings.ReplaceAll(name, "-", "_")] = parquet.Optional(node)
	}
	schema := parquet.NewSchema("flow", group)
	var rows []parquet.Row
	for _, line := range lines {
		row := make(parquet.Row, len(fields))
		for k, value := range strings.Split(line, " ") {
			column, _ := schema.Lookup(strings.ReplaceAll(fields[k], "-", "_"))
			row[column.ColumnIndex] = parquetValue(t, column.Node.Type().Kind(), value).Level(0, defined(value), column.ColumnIndex)
		}
		rows = append(rows, row)
	}
	var b bytes.Buffer
	w := parquet.NewWriter(&b, append([]parquet.WriterOption{schema}, options...)...)
	if _, err := w.WriteRows(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// defined is the level of a value: 0 is absent.
func defined(value string) int {
	if value == "-" {
		return 0
	}
	return 1
}

func parquetValue(t testing.TB, kind parquet.Kind, value string) parquet.Value {
	t.Helper()
	switch {
	case value == "-":
		return parquet.NullValue()
	case kind == parquet.ByteArray:
		return parquet.ByteArrayValue([]byte(value))
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	if kind == parquet.Int32 {
		return parquet.Int32Value(int32(n))
	}
	return parquet.Int64Value(n)
}

func parquetFile(t testing.TB, schema *parquet.Schema, rows []map[string]any, options ...parquet.WriterOption) []byte {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[map[string]any](&b, append([]parquet.WriterOption{schema}, options...)...)
	for _, row := range rows {
		if _, err := w.Write([]map[string]any{row}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// parquetObject gives random access to a file, as a store does.
func parquetObject(file []byte) decode.Object {
	o := object()
	o.ReaderAt = func() (io.ReaderAt, int64) { return bytes.NewReader(file), int64(len(file)) }
	return o
}

func flowLines(g *generate.Generator, fields []string, n int) []string {
	flow := g.Flow(fields)
	var lines []string
	for range n {
		lines = append(lines, strings.TrimSuffix(string(flow.AppendLine(nil)), "\n"))
	}
	return lines
}

// TestParquet compares a Parquet file's records with those of the same lines
// in text.
func TestParquet(t *testing.T) {
	g := generate.New(21, generate.Options{})
	gz := []parquet.WriterOption{parquet.Compression(&parquet.Gzip)}
	for name, test := range map[string]struct {
		fields    []string
		rows      int
		options   []parquet.WriterOption
		encodings []encoding.Encoding
	}{
		"version 2":        {generate.FlowFields(2), 100, nil, nil},
		"version 11":       {generate.FlowFields(11), 1000, nil, nil},
		"transit gateway":  {generate.TransitGatewayFields(), 500, nil, nil},
		"gzip":             {generate.FlowFields(5), 1000, []parquet.WriterOption{parquet.Compression(&parquet.Gzip)}, nil},
		"snappy":           {generate.FlowFields(5), 1000, []parquet.WriterOption{parquet.Compression(&parquet.Snappy)}, nil},
		"zstd":             {generate.FlowFields(5), 1000, []parquet.WriterOption{parquet.Compression(&parquet.Zstd)}, nil},
		"brotli":           {generate.FlowFields(5), 1000, []parquet.WriterOption{parquet.Compression(&parquet.Brotli)}, nil},
		"lz4":              {generate.FlowFields(5), 1000, []parquet.WriterOption{parquet.Compression(&parquet.Lz4Raw)}, nil},
		"split numbers":    {generate.FlowFields(5), 1000, gz, []encoding.Encoding{&parquet.RLEDictionary, &parquet.ByteStreamSplit}},
		"pages version 1":  {generate.FlowFields(5), 1000, []parquet.WriterOption{parquet.DataPageVersion(1), parquet.Compression(&parquet.Gzip)}, nil},
		"many small pages": {generate.FlowFields(5), 1000, []parquet.WriterOption{parquet.PageBufferSize(256), parquet.Compression(&parquet.Snappy)}, nil},
		"row groups":       {generate.FlowFields(5), 1000, []parquet.WriterOption{parquet.MaxRowsPerRowGroup(150), parquet.Compression(&parquet.Gzip)}, nil},
		"no rows":          {generate.FlowFields(5), 0, nil, nil},
		"delta lengths":    {generate.FlowFields(11), 1000, gz, []encoding.Encoding{&parquet.DeltaLengthByteArray, &parquet.DeltaBinaryPacked}},
		"delta texts":      {generate.FlowFields(11), 1000, nil, []encoding.Encoding{&parquet.DeltaByteArray, &parquet.DeltaBinaryPacked}},
		"plain":            {generate.FlowFields(5), 1000, gz, []encoding.Encoding{&parquet.Plain, &parquet.RLEDictionary}},
	} {
		t.Run(name, func(t *testing.T) {
			lines := flowLines(g, test.fields, test.rows)
			file := encodedFlow(t, test.encodings, test.fields, lines, test.options...)
			var want, got output
			text := strings.Join(test.fields, " ") + "\n" + strings.Join(lines, "\n")
			if _, err := newFlowDecoder().Decode(t.Context(), strings.NewReader(text), object(), &want); err != nil {
				t.Fatal(err)
			}
			stats, err := newFlowDecoder().Decode(t.Context(), bytes.NewReader(file), parquetObject(file), &got)
			if err != nil || stats.Records != uint64(test.rows) || stats.Bad > 0 {
				t.Fatalf("%+v, error %v", stats, err)
			}
			wantEvents, gotEvents := want.decoded(t), got.decoded(t)
			for k := range wantEvents {
				if !reflect.DeepEqual(gotEvents[k], wantEvents[k]) {
					t.Fatalf("record %d:\ngot  %v\nwant %v", k, gotEvents[k], wantEvents[k])
				}
			}
		})
	}
}

func TestParquetResume(t *testing.T) {
	fields := []string{"version", "interface-id"}
	file := parquetFlow(t, fields, []string{"2 a", "2 b", "2 c", "2 d", "2 e"}, parquet.MaxRowsPerRowGroup(2))
	all := []string{"a", "b", "c", "d", "e"}
	for from := range len(all) + 1 {
		o := parquetObject(file)
		o.From = uint64(from)
		var out output
		stats, err := newFlowDecoder().Decode(t.Context(), bytes.NewReader(file), o, &out)
		if err != nil || stats.Records != uint64(len(all)-from) {
			t.Fatalf("from %d: %+v, error %v", from, stats, err)
		}
		if got := out.natives(t, "interface_id"); !reflect.DeepEqual(got, all[from:]) {
			t.Errorf("from %d: got %v", from, got)
		}
	}
}

// typedFile has one row with columns of every type that a writer may have
// chosen.
func typedFile(t testing.TB) []byte {
	t.Helper()
	at := time.Date(2026, 3, 14, 9, 26, 53, 589_793_238, time.UTC)
	schema := parquet.NewSchema("flow", parquet.Group{
		"start":      parquet.Timestamp(parquet.Millisecond),
		"end":        parquet.Leaf(parquet.DoubleType),
		"srcport":    parquet.Uint(16),
		"account_id": parquet.Leaf(parquet.Int64Type),
		"srcaddr":    parquet.String(),
		"dstaddr":    parquet.Optional(parquet.String()),
		"bytes":      parquet.Leaf(parquet.DoubleType),
		"log_status": parquet.Leaf(parquet.BooleanType),
		"x_bool":     parquet.Optional(parquet.Leaf(parquet.BooleanType)),
		"x_uint":     parquet.Uint(64),
		"x_float":    parquet.Leaf(parquet.FloatType),
		"x_nan":      parquet.Leaf(parquet.DoubleType),
		"x_micros":   parquet.Timestamp(parquet.Microsecond),
		"x_nanos":    parquet.Timestamp(parquet.Nanosecond),
		"x_date":     parquet.Date(),
		"x_decimal":  parquet.Decimal(3, 18, parquet.Int64Type),
		"x_bytes":    parquet.Leaf(parquet.ByteArrayType),
		"x_uuid":     parquet.UUID(),
		"x_negative": parquet.Int(32),
		"x_runs":     parquet.Encoded(parquet.Leaf(parquet.BooleanType), &parquet.RLE),
	})
	return parquetFile(t, schema, []map[string]any{{
		"start": at.UnixMilli(), "end": float64(at.Unix() + 60), "srcport": uint32(65535), "account_id": int64(111122223333), "srcaddr": "192.0.2.1",
		"bytes": 1e15, "log_status": true, "x_bool": true, "x_uint": uint64(math.MaxUint64), "x_float": float32(0.5), "x_nan": math.NaN(),
		"x_micros": at.UnixMicro(), "x_nanos": at.UnixNano(), "x_date": int32(20526), "x_decimal": int64(-1234567), "x_bytes": []byte("a\xffb"),
		"x_uuid": make([]byte, 16), "x_negative": int32(-7),
		"x_runs": true,
	}})
}

func TestParquetTypes(t *testing.T) {
	file := typedFile(t)
	var out output
	if _, err := newFlowDecoder().Decode(t.Context(), bytes.NewReader(file), object(), &out); err != nil {
		t.Fatal(err)
	}
	body := out.decoded(t)[0]
	native := body["aws_vpcflow"].(map[string]any)
	for name, want := range map[string]string{
		"start": "1773480413", "end": "1773480473", "srcport": "65535", "account_id": "111122223333", "srcaddr": "192.0.2.1", "dstaddr": "<nil>",
		"bytes": "1000000000000000", "log_status": "true", "x_bool": "true", "x_uint": "18446744073709551615", "x_float": "0.5", "x_nan": "NaN",
		"x_micros": "2026-03-14T09:26:53.589793Z", "x_nanos": "2026-03-14T09:26:53.589793238Z", "x_date": "2026-03-14", "x_decimal": "-1234.567",
		"x_bytes": "a\uFFFDb", "x_uuid": strings.Repeat("0", 32), "x_negative": "-7", "x_runs": "true",
	} {
		if got := fmt.Sprint(native[name]); got != want {
			t.Errorf("%s: got %s (%T), want %s", name, got, native[name], want)
		}
	}
	for name, want := range map[string]string{"srcip": "192.0.2.1", "srcport": "65535", "duration": "60000", "totalbytes": "1000000000000000", "timestamp": "1773480413000"} {
		if got := fmt.Sprint(body[name]); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	if _, text := native["account_id"].(string); !text {
		t.Errorf("account_id is %T: it is text in every form of the log", native["account_id"])
	}
}

// TestParquetNames has a column whose name is not one word: the others keep
// theirs.
func TestParquetNames(t *testing.T) {
	schema := parquet.NewSchema("flow", parquet.Group{"a first\tone": parquet.String(), "interface_id": parquet.String()})
	file := parquetFile(t, schema, []map[string]any{{"a first\tone": "x", "interface_id": "eni-1"}})
	var out output
	if _, err := newFlowDecoder().Decode(t.Context(), bytes.NewReader(file), object(), &out); err != nil {
		t.Fatal(err)
	}
	for field, want := range map[string]string{"a_first_one": "x", "interface_id": "eni-1"} {
		if got := out.natives(t, field); !reflect.DeepEqual(got, []string{want}) {
			t.Errorf("%s: got %q", field, got)
		}
	}
}

// TestParquetInt96 has timestamps as Hive and Spark wrote them once.
func TestParquetInt96(t *testing.T) {
	schema := parquet.NewSchema("flow", parquet.Group{"x_time": parquet.Optional(parquet.Leaf(parquet.Int96Type))})
	var file bytes.Buffer
	w := parquet.NewWriter(&file, schema)
	for _, v := range []parquet.Value{
		parquet.Int96Value([3]uint32{1, 0, 2_440_589}).Level(0, 1, 0),
		parquet.NullValue().Level(0, 0, 0),
		parquet.Int96Value([3]uint32{0, 0, math.MaxUint32}).Level(0, 1, 0),
	} {
		if _, err := w.WriteRows([]parquet.Row{{v}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var out output
	if _, err := newFlowDecoder().Decode(t.Context(), bytes.NewReader(file.Bytes()), object(), &out); err != nil {
		t.Fatal(err)
	}
	if got, want := out.natives(t, "x_time"), []string{"1970-01-02T00:00:00.000000001Z", "<nil>", "0000000000000000ffffffff"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestParquetDamage cuts and changes a file: what comes before the damage is
// handed over, and the error says that the object is damaged.
func TestParquetDamage(t *testing.T) {
	fields := generate.FlowFields(5)
	file := parquetFlow(t, fields, flowLines(generate.New(5, generate.Options{}), fields, 300), parquet.Compression(&parquet.Gzip), parquet.MaxRowsPerRowGroup(100))
	change := func(at int, with string) []byte {
		b := bytes.Clone(file)
		if at < 0 {
			at += len(b)
		}
		copy(b[at:], with)
		return b
	}
	for name, b := range map[string][]byte{
		"magic only":    []byte("PAR1"),
		"two magics":    []byte("PAR1PAR1"),
		"empty footer":  []byte("PAR1\x00\x00\x00\x00PAR1"),
		"half":          file[:len(file)/2],
		"no end":        file[:len(file)-1],
		"footer length": change(-8, "\xff\xff\xff\xff"),
		"footer":        change(-200, strings.Repeat("\xff", 100)),
		"first page":    change(4, strings.Repeat("\xff", 64)),
		"hostile list":  []byte("PAR1\x29\xfc\xff\xff\xff\xff\x07\x00\x00\x00PAR1"),
	} {
		t.Run(name, func(t *testing.T) {
			var out output
			_, err := newFlowDecoder().Decode(t.Context(), bytes.NewReader(b), parquetObject(b), &out)
			if !errors.As(err, new(*decode.StreamError)) {
				t.Fatalf("error %v, want a StreamError", err)
			}
			out.decoded(t)
		})
	}
	var out output
	b := change(len(file)/2, strings.Repeat("\xff", 400))
	_, err := newFlowDecoder().Decode(t.Context(), bytes.NewReader(b), parquetObject(b), &out)
	var damaged *decode.StreamError
	if !errors.As(err, &damaged) || damaged.Ordinal < 100 || uint64(len(out.decoded(t))) != damaged.Ordinal {
		t.Errorf("damage in a later row group: %v, %d records", err, len(out.decoded(t)))
	}
}

// TestParquetSource tells a store that fails from a damaged file, and a file
// too large for the window without random access is refused.
func TestParquetSource(t *testing.T) {
	fields := generate.FlowFields(5)
	file := parquetFlow(t, fields, flowLines(generate.New(5, generate.Options{}), fields, 20_000))
	if len(file) < 2*window {
		t.Fatalf("the file has only %d bytes", len(file))
	}
	cause := errors.New("connection reset")
	o := object()
	o.ReaderAt = func() (io.ReaderAt, int64) {
		return readerAt(func(p []byte, off int64) (int, error) {
			if off < int64(len(file))/2 {
				return 0, cause
			}
			return bytes.NewReader(file).ReadAt(p, off)
		}), int64(len(file))
	}
	_, err := newFlowDecoder().Decode(t.Context(), bytes.NewReader(file), o, &output{})
	if !errors.Is(err, cause) || errors.As(err, new(*decode.StreamError)) {
		t.Errorf("error %v, want the store's", err)
	}
	_, err = newFlowDecoder().Decode(t.Context(), bytes.NewReader(file), object(), &output{})
	if !errors.As(err, new(*decode.StreamError)) {
		t.Errorf("no random access: error %v", err)
	}
	var out output
	if stats, err := newFlowDecoder().Decode(t.Context(), bytes.NewReader(file), parquetObject(file), &out); err != nil || stats.Records != 20_000 {
		t.Errorf("%+v, error %v", stats, err)
	}
}

// TestParquetAndText decodes objects of both forms in turn with one decoder.
func TestParquetAndText(t *testing.T) {
	file := parquetFlow(t, []string{"interface-id", "version"}, []string{"a 2", "b 2"})
	d := newFlowDecoder()
	for _, in := range []string{string(file), flowLine("a") + "\n" + flowLine("b"), string(file), "interface-id\na\nb", zip(t, string(file))} {
		var out output
		if _, err := d.Decode(t.Context(), strings.NewReader(in), object(), &out); err != nil {
			t.Fatal(err)
		}
		if got := out.natives(t, "interface_id"); !reflect.DeepEqual(got, []string{"a", "b"}) {
			t.Errorf("got %v", got)
		}
	}
}

type readerAt func(p []byte, off int64) (int, error)

func (f readerAt) ReadAt(p []byte, off int64) (int, error) { return f(p, off) }
