package decode

import (
	"errors"
	"fmt"

	"github.com/apache/arrow-go/v18/parquet/file"

	"in_stellar_aws/internal/interflow"
)

// parquetRows hands over the rows of a Parquet file, one group after another.
type parquetRows struct {
	flow   *Flow
	memory *pageMemory
	pages  int64 // bytes of it that a group may have
	size   int64 // bytes of the file
	events int64 // bytes of the events made of it
}

// valuesAtOnce is how many values of a column are decoded at a time, when the
// page allows it.
const valuesAtOnce = 256

// group hands over the rows of a group. Of a batch of values that are damaged
// nobody knows how many are whole: the group is then read again, value by
// value, up to the first that is not.
func (r *parquetRows) group(g *file.RowGroupReader) error {
	d := r.flow
	if g.NumRows() < 0 {
		return fmt.Errorf("%d rows", g.NumRows())
	}
	if rows := uint64(g.NumRows()); d.ordinal+rows <= d.from {
		d.ordinal += rows
		return nil
	}
	start, from := d.ordinal, d.from
	err := safely(func() error { return r.read(g, valuesAtOnce) })
	if err == nil || d.outErr != nil || d.source.err != nil || errors.As(err, new(*bombError)) {
		return err
	}
	handed := d.ordinal
	d.ordinal, d.from = start, max(from, handed)
	err = safely(func() error { return r.read(g, 1) })
	d.ordinal, d.from = max(d.ordinal, handed), from
	return err
}

// read reads the rows of a group: all columns at once, a page of each.
func (r *parquetRows) read(g *file.RowGroupReader, atOnce int) (err error) {
	r.memory.left = r.pages
	columns, err := columnsOf(g, r.memory, atOnce)
	defer func() {
		for _, c := range columns {
			err = errors.Join(err, c.close())
		}
	}()
	if err != nil {
		return err
	}
	values := make([]interflow.FlowValue, len(columns))
	for row := range g.NumRows() {
		if row%rowsBetweenChecks == 0 {
			if err := r.flow.tick(); err != nil {
				return err
			}
		}
		for k, c := range columns {
			if values[k], err = c.next(); err != nil {
				return fmt.Errorf("column %s, row %d: %w", c.name(), row+1, err)
			}
		}
		if err := r.accept(values); err != nil {
			return err
		}
	}
	return nil
}

// rowsBetweenChecks is after how many rows the clock and the context are
// looked at: some milliseconds.
const rowsBetweenChecks = 1024

// accept hands over a row, unless it was before.
func (r *parquetRows) accept(values []interflow.FlowValue) error {
	d := r.flow
	if d.ordinal < d.from {
		d.ordinal++
		return nil
	}
	buf := d.mapper.MapValues(d.buf, values, d.ordinal)
	r.events += int64(len(buf) - len(d.buf))
	if err := proportionate(r.size, r.events, maxRowRatio); err != nil {
		return err
	}
	return d.accept(buf)
}
