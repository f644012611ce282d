package decode

import (
	"context"
	"fmt"

	"github.com/klauspost/compress/gzip"
	"github.com/parquet-go/parquet-go/format"
)

// Memory that reading a Parquet file takes, in bytes.
const (
	maxPages  = 64 << 20 // what a row group holds at a time, of all columns
	minPages  = 1 << 20  // for what the footer does not tell: headers, a value that others begin with
	maxBlocks = 16 << 20 // what a store's io.ReaderAt keeps at the most
)

// pageMemory is what the pages of a row group's columns share.
type pageMemory struct {
	left int64  // bytes
	raw  []byte // a header, or a page as it is stored; one is looked at at a time
	gzip *gzip.Reader
}

func (m *pageMemory) take(n int64) error {
	if m.left -= n; m.left < 0 {
		return fmt.Errorf("the pages of a row group need %d bytes more than the footer lets expect, or than %d", -m.left, maxPages)
	}
	return nil
}

// pagesOf is how much memory the pages of a file need at the most, by its
// footer: of each column chunk the content, as much again for the places of
// the values in a dictionary, and the page as it is stored.
func pagesOf(meta *format.FileMetaData) int64 {
	most := int64(0)
	for k := range meta.RowGroups {
		sum, stored := int64(0), int64(0)
		for c := range meta.RowGroups[k].Columns {
			chunk := &meta.RowGroups[k].Columns[c].MetaData
			sum += 2 * min(max(chunk.TotalUncompressedSize, 0), maxPages)
			stored = max(stored, min(chunk.TotalCompressedSize, maxPage))
		}
		most = max(most, sum+stored)
	}
	return min(most+minPages, maxPages)
}

// reserve waits for n bytes of what the process lets decoders have, and
// returns what gives them back.
func (o *Object) reserve(ctx context.Context, n int64) (release func(), err error) {
	if o.Reserve == nil {
		return func() {}, nil
	}
	return o.Reserve(ctx, n)
}
