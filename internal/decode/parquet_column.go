package decode

import (
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"

	"in_stellar_aws/internal/interflow"
)

// parquetColumn gives the values of one column of a row group, one after
// another.
type parquetColumn interface {
	name() string
	// next returns the next row's value. Text in it is good until the next call.
	next() (interflow.FlowValue, error)
	close() error
}

// columnsOf begins the columns of a row group, of which atOnce values are
// decoded at a time.
func columnsOf(group *file.RowGroupReader, memory *pageMemory, atOnce int) (columns []parquetColumn, err error) {
	schema := group.MetaData().Schema
	if group.NumColumns() != schema.NumColumns() {
		return nil, fmt.Errorf("%d columns, the schema has %d", group.NumColumns(), schema.NumColumns())
	}
	for k := range group.NumColumns() {
		pages, err := group.GetColumnPageReader(k)
		if err != nil {
			return columns, fmt.Errorf("column %s: %w", schema.Column(k).Name(), err)
		}
		pages.SetMaxPageHeaderSize(maxPageHeader)
		guard := &guardedPages{PageReader: pages, column: schema.Column(k), rows: group.NumRows(), memory: memory}
		// RowGroupReader.Column would read pages that nobody has looked at.
		reader := file.NewColumnReader(guard.column, guard, memory, nil) //nolint:staticcheck // no other way to guard pages
		columns = append(columns, columnOf(reader, guard, atOnce))
	}
	return columns, nil
}

// columnOf begins a column by the type that its values have in the file.
func columnOf(reader file.ColumnChunkReader, pages *guardedPages, atOnce int) parquetColumn {
	logical := pages.column.LogicalType()
	base := columnBase{ColumnChunkReader: reader, pages: pages, levels: make([]int16, atOnce)}
	switch r := reader.(type) {
	case *file.BooleanColumnChunkReader:
		return newColumn(base, r.ReadBatchInPage, boolean)
	case *file.Int32ColumnChunkReader:
		return newColumn(base, r.ReadBatchInPage, integersOf[int32](logical))
	case *file.Int64ColumnChunkReader:
		return newColumn(base, r.ReadBatchInPage, integersOf[int64](logical))
	case *file.Int96ColumnChunkReader:
		return newColumn(base, r.ReadBatchInPage, int96)
	case *file.Float32ColumnChunkReader:
		return newColumn(base, r.ReadBatchInPage, float[float32])
	case *file.Float64ColumnChunkReader:
		return newColumn(base, r.ReadBatchInPage, float[float64])
	case *file.FixedLenByteArrayColumnChunkReader:
		return newColumn(base, r.ReadBatchInPage, bytesOf[parquet.FixedLenByteArray](logical))
	}
	return newColumn(base, reader.(*file.ByteArrayColumnChunkReader).ReadBatchInPage, bytesOf[parquet.ByteArray](logical))
}

// columnBase is what the columns of all types have in common.
type columnBase struct {
	file.ColumnChunkReader
	pages  *guardedPages
	levels []int16 // of the rows of a batch: 1: present, 0: null
}

func (c *columnBase) name() string { return c.pages.column.Name() }
func (c *columnBase) close() error { return c.Close() }

// column is a column whose values are T in the file.
type column[T any] struct {
	columnBase
	read    batchReader[T]
	convert func(T) interflow.FlowValue

	values    []T // of a batch, without those that are null
	row, rows int // the next row of the batch, and how many it has
	value     int // the next one of values
}

// batchReader is the library's way to read the next rows of a page. rows is how
// many there are, and values how many of them are not null.
type batchReader[T any] func(most int64, values []T, definitionLevels, repetitionLevels []int16) (rows int64, present int, err error)

func newColumn[T any](base columnBase, read batchReader[T], convert func(T) interflow.FlowValue) *column[T] {
	return &column[T]{columnBase: base, read: read, convert: convert, values: make([]T, len(base.levels))}
}

func (c *column[T]) next() (interflow.FlowValue, error) {
	if c.row == c.rows {
		if err := c.batch(); err != nil {
			return interflow.FlowValue{}, err
		}
	}
	level := c.levels[c.row]
	c.row++
	if level == 0 {
		return interflow.FlowValue{}, nil
	}
	c.value++
	return c.convert(c.values[c.value-1]), nil
}

// batch reads the next values of the page, or of the next one. The library
// returns fewer than there should be, without an error, when a page lacks them.
func (c *column[T]) batch() error {
	if !c.HasNext() {
		if err := c.Err(); err != nil {
			return err
		}
		return io.ErrUnexpectedEOF // rows are missing
	}
	most := min(len(c.values), c.pages.atOnce)
	rows, present, err := c.read(int64(most), c.values[:most], c.levels, nil)
	if err != nil {
		return err
	}
	c.row, c.rows, c.value = 0, int(rows), 0
	want := 0
	for k := range c.levels[:rows] {
		if c.pages.column.MaxDefinitionLevel() == 0 {
			c.levels[k] = 1
		}
		if c.levels[k] != 0 && c.levels[k] != 1 {
			return fmt.Errorf("level %d, want 0 or 1", c.levels[k])
		}
		want += int(c.levels[k])
	}
	if rows == 0 || present != want {
		return io.ErrUnexpectedEOF
	}
	return nil
}
