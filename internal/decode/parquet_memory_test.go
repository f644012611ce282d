package decode_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"

	"in_stellar_aws/internal/decode"
	"in_stellar_aws/tests/generate"
)

// TestParquetFixed has values of a fixed length in every encoding of theirs.
func TestParquetFixed(t *testing.T) {
	for _, encoding := range []encoding.Encoding{&parquet.Plain, &parquet.RLEDictionary, &parquet.ByteStreamSplit} {
		schema := parquet.NewSchema("flow", parquet.Group{"x_uuid": parquet.Optional(parquet.Encoded(parquet.UUID(), encoding))})
		var rows []map[string]any
		var want []string
		for k := range 100 {
			id := bytes.Repeat([]byte{byte(k)}, 16)
			id[15] = 7
			rows, want = append(rows, map[string]any{"x_uuid": id}), append(want, fmt.Sprintf("%x", id))
		}
		file := parquetFile(t, schema, rows, parquet.Compression(&parquet.Zstd))
		var out output
		if _, err := newFlowDecoder().Decode(t.Context(), bytes.NewReader(file), object(), &out); err != nil {
			t.Fatalf("%v: %v", encoding, err)
		}
		if got := out.natives(t, "x_uuid"); !reflect.DeepEqual(got, want) {
			t.Errorf("%v: got %v", encoding, got)
		}
	}
}

// TestParquetMemory asks for the memory that the footer lets expect, gives it
// back, and ends with the error of who refuses it.
func TestParquetMemory(t *testing.T) {
	fields := generate.FlowFields(5)
	lines := flowLines(generate.New(5, generate.Options{}), fields, 2000)
	small, large := parquetFlow(t, fields, lines[:10]), parquetFlow(t, fields, lines)
	asked, held := []int64{}, int64(0)
	cause := errors.New("no more memory")
	for _, test := range []struct {
		file   []byte
		refuse error
	}{{small, nil}, {large, nil}, {large, cause}} {
		o := parquetObject(test.file)
		o.Reserve = func(_ context.Context, n int64) (func(), error) {
			asked = append(asked, n)
			if test.refuse != nil {
				return nil, test.refuse
			}
			held += n
			return func() { held -= n }, nil
		}
		_, err := newFlowDecoder().Decode(t.Context(), bytes.NewReader(test.file), o, &output{})
		if !errors.Is(err, test.refuse) || errors.As(err, new(*decode.StreamError)) || held != 0 {
			t.Errorf("error %v, want %v; %d bytes are not given back", err, test.refuse, held)
		}
	}
	if len(asked) != 3 || asked[0] > 4<<20 || asked[1] < asked[0]+int64(len(large)) || asked[1] > 80<<20 {
		t.Errorf("asked for %d bytes for files of %d and %d", asked, len(small), len(large))
	}
}

// TestParquetShortTexts has as many different short texts as dictionaries have,
// whose lists need the most memory for their bytes: they fit to what is asked
// for.
func TestParquetShortTexts(t *testing.T) {
	fields := []string{"srcaddr", "dstaddr", "pkt-srcaddr", "pkt-dstaddr"}
	var lines []string
	for k := range 20_000 {
		lines = append(lines, fmt.Sprintf("%x %x %d %d", k, k*7&0xffff, k&0xfff, k))
	}
	for _, texts := range []encoding.Encoding{&parquet.RLEDictionary, &parquet.DeltaByteArray, &parquet.DeltaLengthByteArray} {
		file := encodedFlow(t, []encoding.Encoding{texts, &parquet.Plain}, fields, lines, parquet.Compression(&parquet.Snappy))
		stats, err := newFlowDecoder().Decode(t.Context(), bytes.NewReader(file), parquetObject(file), &discard{})
		if err != nil || stats.Records != uint64(len(lines)) {
			t.Errorf("%v: %+v, error %v", texts, stats, err)
		}
	}
}
