package decode_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	arrow "github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"in_stellar_aws/internal/decode"
)

// lyingFile is a Parquet file of one column, `bytes`, and one page, and a
// dictionary before it if there is one. What it says of itself is true where
// nothing else is said.
type lyingFile struct {
	kind       format.Type
	repetition format.FieldRepetitionType
	codec      format.CompressionCodec
	encoding   format.Encoding
	values     int32 // of the page
	rows       int64 // of the row group; 0: as many as values
	total      int64 // rows of the file; 0: as many as in the group
	body       []byte
	inflated   int32 // bytes of body, inflated; 0: as many as it has
	dictionary []byte
	entries    int32 // of the dictionary
	children   int32 // of the schema's root; 0: one
}

func (l lyingFile) encode(t testing.TB) []byte {
	t.Helper()
	marshal := func(v any) []byte {
		b, err := thrift.Marshal(&thrift.CompactProtocol{}, v)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	if l.rows == 0 {
		l.rows = int64(l.values)
	}
	if l.total == 0 {
		l.total = l.rows
	}
	if l.inflated == 0 {
		l.inflated = int32(len(l.body))
	}
	column := format.ColumnMetaData{
		Type: l.kind, Encoding: []format.Encoding{l.encoding}, PathInSchema: []string{"bytes"}, Codec: l.codec, NumValues: l.rows, DataPageOffset: 4,
	}
	b := []byte("PAR1")
	if l.dictionary != nil {
		b = append(append(b, marshal(&format.PageHeader{
			Type: format.DictionaryPage, UncompressedPageSize: int32(len(l.dictionary)), CompressedPageSize: int32(len(l.dictionary)),
			DictionaryPageHeader: thrift.New(format.DictionaryPageHeader{NumValues: l.entries, Encoding: format.Plain}),
		})...), l.dictionary...)
		column.DictionaryPageOffset, column.DataPageOffset = 4, int64(len(b))
	}
	b = append(append(b, marshal(&format.PageHeader{
		Type: format.DataPage, UncompressedPageSize: l.inflated, CompressedPageSize: int32(len(l.body)),
		DataPageHeader: thrift.New(format.DataPageHeader{NumValues: l.values, Encoding: l.encoding, DefinitionLevelEncoding: format.RLE, RepetitionLevelEncoding: format.RLE}),
	})...), l.body...)
	size := int64(len(b) - 4)
	column.TotalCompressedSize, column.TotalUncompressedSize = size, size+int64(l.inflated)-int64(len(l.body))
	footer := marshal(&format.FileMetaData{
		Version: 1, NumRows: l.total,
		Schema: []format.SchemaElement{
			{Name: "flow", NumChildren: thrift.New(max(l.children, 1))},
			{Name: "bytes", Type: thrift.New(l.kind), RepetitionType: thrift.New(l.repetition)},
		},
		RowGroups: []format.RowGroup{{NumRows: l.rows, TotalByteSize: size, Columns: []format.ColumnChunk{{MetaData: column}}}},
	})
	b = append(b, footer...)
	return append(binary.LittleEndian.AppendUint32(b, uint32(len(footer))), "PAR1"...)
}

// deltas begins numbers in DELTA_BINARY_PACKED, the first of which is first.
func deltas(block, groups, numbers uint64, first int64) []byte {
	b := binary.AppendUvarint(nil, block)
	b = binary.AppendUvarint(binary.AppendUvarint(b, groups), numbers)
	return binary.AppendVarint(b, first)
}

// sameLengths is n lengths in DELTA_BINARY_PACKED, all but the first as the
// second.
func sameLengths(n int, first, second int64) []byte {
	b := deltas(128, 1, uint64(n), first)
	if n > 1 { // the second is a block of its own; those after it do not differ
		b = binary.AppendVarint(b, 0)
		b = append(b, 32)
		packed := make([]byte, 128*4)
		binary.LittleEndian.PutUint32(packed, uint32(second-first))
		b = append(b, packed...)
	}
	return b
}

// bombs are files of some kB, most of less than 200 bytes, that make the library
// allocate 16 MB, and would make it allocate as much as anybody likes.
func bombs(t testing.TB) map[string]lyingFile {
	t.Helper()
	const many = 2 << 20
	const long = 256 << 10
	writer, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	texts := append(sameLengths(64, 0, long), sameLengths(64, long, 1)...)
	texts = append(append(texts, make([]byte, long)...), bytes.Repeat([]byte("x"), 63)...)
	return map[string]lyingFile{
		"children of the root": {kind: format.Int64, values: 1, body: make([]byte, 8), children: many},
		"block of differences": {kind: format.Int64, encoding: format.DeltaBinaryPacked, values: 2, body: append(deltas(many, 1, 2, 0), 0, 0)},
		"block of lengths":     {kind: format.ByteArray, encoding: format.DeltaLengthByteArray, values: 2, body: append(deltas(2*many, 1, 2, 0), 0, 0)},
		"number of lengths":    {kind: format.ByteArray, encoding: format.DeltaLengthByteArray, values: 2 * many, rows: 1, body: append(deltas(128, 1, 2*many, 0), 0, 0)},
		"texts of texts":       {kind: format.ByteArray, encoding: format.DeltaByteArray, values: 64, body: texts},
		"size of a dictionary": {kind: format.ByteArray, encoding: format.RLEDictionary, values: 1, dictionary: make([]byte, 4), entries: many, body: binary.LittleEndian.AppendUint32([]byte{32, 2}, many-1)},
		"page of snappy":       {kind: format.Int64, codec: format.Snappy, values: 1, inflated: 8, body: binary.AppendUvarint(nil, 8*many)},
		"page of zstd":         {kind: format.Int64, codec: format.Zstd, values: 1, inflated: 8, body: writer.EncodeAll(make([]byte, 8*many), nil)},
	}
}

// TestParquetBombs reads them in little memory.
func TestParquetBombs(t *testing.T) {
	for name, lie := range bombs(t) {
		t.Run(name, func(t *testing.T) {
			b, want := lie.encode(t), 0
			if name == "texts of texts" {
				want = 64 // it is true, and read one by one
			}
			var out output
			var err error
			memory := allocated(func() {
				_, err = newFlowDecoder().Decode(t.Context(), bytes.NewReader(b), parquetObject(b), &out)
			})
			if want == 0 && !errors.As(err, new(*decode.StreamError)) || want > 0 && err != nil {
				t.Errorf("error %v", err)
			}
			if n := len(out.decoded(t)); n != want {
				t.Errorf("%d records, want %d", n, want)
			}
			if memory > 4<<20 && want == 0 {
				t.Errorf("%d bytes of memory for a file of %d", memory, len(b))
			}
		})
	}
}

// TestLibraryBelieves is why there is a guard before the library: alone it
// allocates what these files say. What an update has mended needs no guard any
// more. (Its inflaters are replaced in this process.)
func TestLibraryBelieves(t *testing.T) {
	for name, lie := range bombs(t) {
		if lie.codec != format.Uncompressed {
			continue
		}
		t.Run(name, func(t *testing.T) {
			b := lie.encode(t)
			var n int64
			var err error
			if memory := allocated(func() { n, err = libraryRows(b) }); memory < 15<<20 {
				t.Errorf("%d bytes of memory, %d rows, error %v", memory, n, err)
			}
		})
	}
}

// libraryRows reads the one column with the library alone.
func libraryRows(b []byte) (n int64, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	r, err := file.NewParquetReader(bytes.NewReader(b))
	if err != nil {
		return 0, err
	}
	column, err := r.RowGroup(0).Column(0)
	if err != nil {
		return 0, err
	}
	const most = 64
	levels := make([]int16, most)
	switch c := column.(type) {
	case *file.Int64ColumnChunkReader:
		n, _, err = c.ReadBatchInPage(most, make([]int64, most), levels, nil)
	case *file.ByteArrayColumnChunkReader:
		n, _, err = c.ReadBatchInPage(most, make([]arrow.ByteArray, most), levels, nil)
	}
	return n, errors.Join(err, column.Err(), column.Close())
}

// TestParquetLies has pages that promise more than they have: what is whole
// before is handed over, and nothing is made up.
func TestParquetLies(t *testing.T) {
	const many = 8 << 20
	levels := append([]byte{5, 0, 0, 0}, append(binary.AppendUvarint(nil, many<<1), 0)...) // a run of nulls
	for name, test := range map[string]struct {
		lie  lyingFile
		want int // records; the file is whole when that is all of them
	}{
		"run of levels":                {lyingFile{kind: format.Int64, repetition: format.Optional, values: 1, body: levels}, 1},
		"missing numbers":              {lyingFile{kind: format.Int64, values: 64, body: make([]byte, 8)}, 1},
		"missing texts":                {lyingFile{kind: format.ByteArray, values: 64, body: []byte("\x01\x00\x00\x00a\x02\x00\x00\x00bb\x03\x00\x00\x00c")}, 2},
		"missing indexes":              {lyingFile{kind: format.Int64, encoding: format.RLEDictionary, values: 64, dictionary: make([]byte, 8), entries: 1, body: []byte{1, 3 << 1, 0}}, 3},
		"missing entry":                {lyingFile{kind: format.Int64, encoding: format.RLEDictionary, values: 64, dictionary: make([]byte, 8), entries: 1, body: []byte{1, 3 << 1, 0, 3 << 1, 1}}, 3},
		"missing numbers behind nulls": {lyingFile{kind: format.Int64, repetition: format.Optional, values: 32, body: append([]byte{2, 0, 0, 0, 32 << 1, 1}, make([]byte, 8)...)}, 1},
		"indexes of no bits":           {lyingFile{kind: format.Int64, encoding: format.RLEDictionary, values: 2, dictionary: make([]byte, 16), entries: 2, body: []byte{0, 1 << 1, 1 << 1}}, 0},
		"indexes of 33 bits":           {lyingFile{kind: format.Int64, encoding: format.RLEDictionary, values: 1, dictionary: make([]byte, 8), entries: 1, body: []byte{33, 1 << 1, 0, 0, 0, 0, 1}}, 0},
		"fewer differences":            {lyingFile{kind: format.Int64, encoding: format.DeltaBinaryPacked, values: 64, body: deltas(128, 1, 1, 7)}, 1},
		"more rows than pages":         {lyingFile{kind: format.Int64, values: 1, rows: 64, body: make([]byte, 8)}, 1},
		"more values than rows":        {lyingFile{kind: format.Int64, values: 64, rows: 1, body: make([]byte, 8*64)}, 0},
		"fewer rows than the file":     {lyingFile{kind: format.Int64, values: 1, rows: 1, total: 2, body: make([]byte, 8)}, 1},
		"no rows, and fewer":           {lyingFile{kind: format.Int64, values: 1, rows: -1, body: make([]byte, 8)}, 0},
		"level of no column":           {lyingFile{kind: format.Int64, repetition: format.Optional, values: 2, body: append([]byte{2, 0, 0, 0, 2 << 1, 2}, make([]byte, 16)...)}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			b := test.lie.encode(t)
			var out output
			_, err := newFlowDecoder().Decode(t.Context(), bytes.NewReader(b), parquetObject(b), &out)
			if whole := int(test.lie.values) == test.want && test.lie.rows == 0; whole != (err == nil) || !whole && !errors.As(err, new(*decode.StreamError)) {
				t.Errorf("error %v", err)
			}
			if n := len(out.decoded(t)); n != test.want {
				t.Errorf("%d records, want %d; error %v", n, test.want, err)
			}
		})
	}
}

// TestParquetRepeated has a row that repeats a thousand million times in some
// kB.
func TestParquetRepeated(t *testing.T) {
	const rows = 1 << 30
	text := make([]byte, 60_000)
	b := lyingFile{
		kind: format.ByteArray, encoding: format.RLEDictionary, values: rows, body: append(binary.AppendUvarint([]byte{1}, rows<<1), 0),
		dictionary: append(binary.LittleEndian.AppendUint32(nil, uint32(len(text))), text...), entries: 1,
	}.encode(t)
	out := &discard{}
	stats, err := newFlowDecoder().Decode(t.Context(), bytes.NewReader(b), parquetObject(b), out)
	var damaged *decode.StreamError
	if !errors.As(err, &damaged) || !strings.Contains(err.Error(), "a zip bomb does") || damaged.Ordinal != stats.Records || stats.Records > 10_000 {
		t.Errorf("%+v, error %v", stats, err)
	}
}

// allocated is how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
