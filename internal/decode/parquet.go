package decode

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"in_stellar_aws/internal/interflow"
)

// parquetMagic begins and ends a Parquet file
// (https://parquet.apache.org/docs/file-format/).
const parquetMagic = "PAR1"

// Limits of a Parquet file. AWS's have some dozen columns and a footer of some
// kilobytes; what is beyond is damaged or hostile.
const (
	maxFooter  = 4 << 20 // bytes
	maxColumns = 256
)

// parquet reads the object as a Parquet file. The library reads the footer and
// the schema; the pages are read here, because it believes what stands inside
// of them: 112 bytes can make it allocate gigabytes, and values that a damaged
// page lacks it makes up (TestLibraryBelievesPages). The footer, at the end,
// says where everything is. A small object lies in the window already; of a
// larger one the parts that are needed are read.
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
		if v := recover(); v != nil {
			err = fmt.Errorf("damaged Parquet file: %v", v)
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

func (d *Flow) parquetFile(r io.ReaderAt, size int64) error {
	if err := checkFooter(r, size); err != nil {
		return err
	}
	file, err := parquet.OpenFile(r, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return fmt.Errorf("open Parquet file: %w", err)
	}
	fields := file.Root().Columns()
	if len(fields) == 0 || len(fields) > maxColumns {
		return fmt.Errorf("a Parquet file of %d columns, want 1 to %d", len(fields), maxColumns)
	}
	var names []string
	for _, field := range fields {
		if !field.Leaf() || field.Repeated() {
			return fmt.Errorf("column %q of the Parquet file holds more than one value", field.Name())
		}
		names = append(names, field.Name())
	}
	d.setFormat([]byte(strings.Join(names, " ")))
	pages := pagesOf(file.Metadata())
	release, err := d.object.reserve(d.ctx, pages+min(size, maxBlocks))
	if err != nil {
		d.outErr = err
		return err
	}
	defer release()
	for k := range file.Metadata().RowGroups {
		group := &file.Metadata().RowGroups[k]
		if rows := uint64(max(group.NumRows, 0)); d.ordinal+rows <= d.from {
			d.ordinal += rows
			continue
		}
		if err := d.rowGroup(r, size, fields, group, &pageMemory{left: pages}); err != nil {
			return fmt.Errorf("read row group %d: %w", k+1, err)
		}
	}
	return nil
}

// checkFooter reads what says how long the footer is, which the library would
// believe.
func checkFooter(r io.ReaderAt, size int64) error {
	var tail [8]byte
	if size < int64(len(tail)+len(parquetMagic)) {
		return io.ErrUnexpectedEOF
	}
	if _, err := r.ReadAt(tail[:], size-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read end of Parquet file: %w", err)
	}
	if string(tail[4:]) != parquetMagic {
		return errors.New("a Parquet file without its end")
	}
	footer := int64(binary.LittleEndian.Uint32(tail[:]))
	if footer > maxFooter || footer > size-int64(len(tail)+len(parquetMagic)) {
		return fmt.Errorf("a Parquet file of %d bytes with a footer of %d", size, footer)
	}
	content := make([]byte, footer)
	if _, err := r.ReadAt(content, size-int64(len(tail))-footer); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read footer of Parquet file: %w", err)
	}
	_, err := checkThrift(content)
	return err
}

// rowGroup reads the rows of a group: all columns at once, a page of each.
func (d *Flow) rowGroup(r io.ReaderAt, size int64, fields []*parquet.Column, group *format.RowGroup, memory *pageMemory) error {
	if len(group.Columns) != len(fields) {
		return fmt.Errorf("%d columns, the schema has %d", len(group.Columns), len(fields))
	}
	columns := make([]*parquetColumn, len(fields))
	for k, field := range fields {
		pages, err := newPageReader(&group.Columns[k].MetaData, r, size, memory)
		if err != nil {
			return fmt.Errorf("column %s: %w", field.Name(), err)
		}
		columns[k] = newParquetColumn(field, pages)
	}
	values := make([]interflow.FlowValue, len(columns))
	for row := range group.NumRows {
		if row%rowsBetweenChecks == 0 {
			if err := d.tick(); err != nil {
				return err
			}
		}
		for k, c := range columns {
			v, err := c.next()
			if err != nil {
				return fmt.Errorf("column %s, row %d: %w", fields[k].Name(), row+1, err)
			}
			values[k] = v
		}
		if err := d.accept(d.mapper.MapValues(d.buf, values, d.ordinal)); err != nil {
			return err
		}
	}
	return nil
}

// rowsBetweenChecks is after how many rows the clock and the context are
// looked at: some milliseconds.
const rowsBetweenChecks = 1024
