package decode_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"runtime"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"in_stellar_aws/internal/decode"
)

// craftedFile is a Parquet file of one column, `bytes`, and one page, whose
// header is true to its body: so many values, so many bytes.
func craftedFile(t testing.TB, kind format.Type, repetition format.FieldRepetitionType, encoding format.Encoding, values int32, body []byte) []byte {
	t.Helper()
	marshal := func(v any) []byte {
		b, err := thrift.Marshal(&thrift.CompactProtocol{}, v)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	header := marshal(&format.PageHeader{
		Type: format.DataPage, UncompressedPageSize: int32(len(body)), CompressedPageSize: int32(len(body)),
		DataPageHeader: thrift.New(format.DataPageHeader{NumValues: values, Encoding: encoding, DefinitionLevelEncoding: format.RLE, RepetitionLevelEncoding: format.RLE}),
	})
	size := int64(len(header) + len(body))
	footer := marshal(&format.FileMetaData{
		Version: 1, NumRows: int64(values),
		Schema: []format.SchemaElement{
			{Name: "flow", NumChildren: thrift.New(int32(1))},
			{Name: "bytes", Type: thrift.New(kind), RepetitionType: thrift.New(repetition)},
		},
		RowGroups: []format.RowGroup{{
			NumRows: int64(values), TotalByteSize: size,
			Columns: []format.ColumnChunk{{MetaData: format.ColumnMetaData{
				Type: kind, Encoding: []format.Encoding{encoding}, PathInSchema: []string{"bytes"}, NumValues: int64(values),
				TotalUncompressedSize: size, TotalCompressedSize: size, DataPageOffset: 4,
			}}},
		}},
	})
	file := append(append(append([]byte("PAR1"), header...), body...), footer...)
	return append(binary.LittleEndian.AppendUint32(file, uint32(len(footer))), "PAR1"...)
}

// TestLibraryBelievesPages is why the pages of Parquet files are read by own
// code: the library allocates what is said inside of a page, where no check of
// headers sees it, and makes up the values that a page lacks. If it fails after
// an update, the library may have become good enough to read them.
func TestLibraryBelievesPages(t *testing.T) {
	const promised = 8 << 20
	deltas := append(binary.AppendUvarint([]byte{0x80, 1, 4}, promised), 0)                    // 4 groups of 32, the first is 0
	levels := append([]byte{5, 0, 0, 0}, append(binary.AppendUvarint(nil, promised<<1), 0)...) // a run of nulls
	for name, test := range map[string]struct {
		file   []byte
		values int // that the library gives
		memory uint64
		ours   int // records before the damage; the file is whole when they are all
	}{
		"count of differences": {craftedFile(t, format.Int64, format.Required, format.DeltaBinaryPacked, 1, deltas), 0, 8 * promised, 1},
		"run of levels":        {craftedFile(t, format.Int64, format.Optional, format.Plain, 1, levels), 1, promised, 1},
		"missing values":       {craftedFile(t, format.Int64, format.Required, format.Plain, 64, make([]byte, 8)), 64, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			memory := allocated(func() {
				n, err := libraryValues(test.file)
				if n != test.values {
					t.Errorf("the library gives %d values, error %v; want %d", n, err, test.values)
				}
			})
			if memory < test.memory {
				t.Errorf("the library allocates %d bytes, want %d", memory, test.memory)
			}
			var out output
			memory = allocated(func() {
				_, err := newFlowDecoder().Decode(t.Context(), bytes.NewReader(test.file), parquetObject(test.file), &out)
				if whole := test.values <= test.ours; whole != (err == nil) || !whole && !errors.As(err, new(*decode.StreamError)) {
					t.Errorf("error %v", err)
				}
			})
			if n := len(out.decoded(t)); n != test.ours || memory > 2<<20 {
				t.Errorf("%d records in %d bytes, want %d in at most 2 MiB", n, memory, test.ours)
			}
		})
	}
}

func libraryValues(b []byte) (n int, err error) {
	file, err := parquet.OpenFile(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return 0, err
	}
	r := parquet.NewColumnChunkValueReader(file.RowGroups()[0].ColumnChunks()[0])
	n, err = r.ReadValues(make([]parquet.Value, 1000))
	return n, errors.Join(err, r.Close())
}

// allocated is how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
