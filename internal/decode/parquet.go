package decode

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"
)

// parquetMagic begins and ends a Parquet file
// (https://parquet.apache.org/docs/file-format/).
const parquetMagic = "PAR1"

// parquet reads the object as a Parquet file, with Apache Arrow's library. It
// believes some of what it reads, so that a few bytes could make it allocate
// gigabytes, which no Go program survives: what it believes is checked before
// (parquet_footer.go, parquet_guard.go), its memory is counted
// (parquet_memory.go), and its panics become errors. TestLibraryBelieves has a
// file for each of these checks.
//
// The footer, at the end, says where everything is. A small object lies in the
// window already; of a larger one the parts that are needed are read.
func (d *Flow) parquet() error {
	reader, size := io.ReaderAt(bytes.NewReader(d.win.b)), int64(len(d.win.b))
	if !d.win.eof {
		if d.object.ReaderAt == nil || d.inflater.wraps > 0 {
			return errors.New("a Parquet file of this size cannot be read from a stream")
		}
		reader, size = d.object.ReaderAt()
	}
	return safely(func() error { return d.parquetFile(&trackedReaderAt{reader, d.source}, size) })
}

// safely calls f and makes its panic an error: the Parquet library panics on
// some damaged files.
func safely(f func() error) (err error) {
	defer func() {
		switch v := recover().(type) {
		case nil:
		case runtime.Error:
			err = fmt.Errorf("damaged Parquet file: %w", v)
		case error:
			err = fmt.Errorf("read Parquet file: %w", v)
		default:
			err = fmt.Errorf("read Parquet file: %v", v)
		}
	}()
	return f()
}

// trackedReaderAt remembers an error of the source, so that it can be told from
// damage in the bytes.
type trackedReaderAt struct {
	r      io.ReaderAt
	source *errTracker
}

func (t *trackedReaderAt) ReadAt(p []byte, off int64) (int, error) {
	n, err := t.r.ReadAt(p, off)
	if err != nil && !errors.Is(err, io.EOF) {
		t.source.err = err
	}
	return n, err
}

// Limits of a Parquet file's parts, in bytes.
const (
	maxPage       = 16 << 20 // one page, inflated or not; writers aim at 1 MiB
	maxPageHeader = 64 << 10 // mostly some dozen bytes; statistics may be long
	readAhead     = 16 << 10 // of a column, beside the page at hand
)

func (d *Flow) parquetFile(r io.ReaderAt, size int64) error {
	if err := checkFooter(r, size); err != nil {
		return err
	}
	memory := new(pageMemory)
	properties := parquet.NewReaderProperties(memory)
	properties.BufferedStreamEnabled, properties.BufferSize = true, readAhead
	properties.MaxCompressedPageSize, properties.MaxUncompressedPageSize = maxPage, maxPage
	reader, err := file.NewParquetReader(io.NewSectionReader(r, 0, size), file.WithReadProps(properties))
	if err != nil {
		return fmt.Errorf("open Parquet file: %w", err)
	}
	names, err := columnNames(reader.MetaData().Schema)
	if err != nil {
		return err
	}
	d.setFormat([]byte(strings.Join(names, " ")))
	pages, total := int64(0), int64(0)
	for k := range reader.NumRowGroups() {
		group := reader.MetaData().RowGroup(k)
		n, err := pagesOf(group)
		if err != nil {
			return fmt.Errorf("look at row group %d: %w", k+1, err)
		}
		pages, total = max(pages, n), total+group.NumRows()
	}
	release, err := d.object.reserve(d.ctx, pages+min(size, maxBlocks))
	if err != nil {
		d.outErr = err
		return err
	}
	defer release()
	rows := parquetRows{flow: d, memory: memory, pages: pages, size: size}
	for k := range reader.NumRowGroups() {
		if err := rows.group(reader.RowGroup(k)); err != nil {
			return fmt.Errorf("read row group %d: %w", k+1, err)
		}
	}
	if total != reader.NumRows() {
		return fmt.Errorf("a Parquet file of %d rows, %d of them in its row groups", reader.NumRows(), total)
	}
	return nil
}

// columnNames returns the names of the columns, of which each is one word, as
// those of a text's header are.
func columnNames(columns *schema.Schema) (names []string, err error) {
	if n := columns.NumColumns(); n == 0 || n > maxColumns {
		return nil, fmt.Errorf("a Parquet file of %d columns, want 1 to %d", n, maxColumns)
	}
	for k := range columns.NumColumns() {
		column := columns.Column(k)
		if column.MaxRepetitionLevel() > 0 {
			return nil, fmt.Errorf("column %q of the Parquet file holds more than one value", column.Name())
		}
		word := strings.Join(strings.Fields(column.Name()), "_")
		if word == "" {
			return nil, fmt.Errorf("column %d of the Parquet file has no name", k+1)
		}
		names = append(names, word)
	}
	return names, nil
}
