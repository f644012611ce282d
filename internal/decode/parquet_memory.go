package decode

import (
	"context"
	"fmt"
	"slices"

	arrow "github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/metadata"
)

// Memory that reading a Parquet file takes, in bytes.
const (
	maxPages  = 64 << 20 // what a row group holds at a time, of all columns
	minPages  = 1 << 20  // for what the footer does not tell
	minColumn = 64 << 10 // of a column: what is read ahead, and values that are decoded
	maxBlocks = 16 << 20 // what a store's io.ReaderAt keeps at the most
)

// pageMemory gives the library the memory of a row group's pages, all columns
// together, and counts it. What the library makes itself the guard takes here
// by its size.
type pageMemory struct {
	arrow.GoAllocator
	left int64 // bytes
}

func (m *pageMemory) take(n int64) error {
	if m.left -= n; m.left < 0 {
		return fmt.Errorf("the pages of a row group need %d bytes more than the footer lets expect, or than %d", -m.left, maxPages)
	}
	return nil
}

// mustTake panics, since an allocator has no other way to refuse; safely makes
// an error of it.
func (m *pageMemory) mustTake(n int) {
	if err := m.take(int64(n)); err != nil {
		panic(err)
	}
}

// Allocate implements arrow.Allocator.
func (m *pageMemory) Allocate(size int) []byte {
	m.mustTake(size)
	return m.GoAllocator.Allocate(size)
}

// Reallocate implements arrow.Allocator.
func (m *pageMemory) Reallocate(size int, b []byte) []byte {
	m.mustTake(size - len(b))
	return m.GoAllocator.Reallocate(size, b)
}

// Free implements arrow.Allocator.
func (m *pageMemory) Free(b []byte) { m.left += int64(len(b)) }

// pagesOf is how much memory the pages of a row group need at the most, by the
// file's footer; what they really take is counted.
func pagesOf(group *metadata.RowGroupMetaData) (int64, error) {
	sum := int64(minPages)
	for k := range group.NumColumns() {
		chunk, err := group.ColumnChunk(k)
		if err != nil {
			return 0, fmt.Errorf("column %d: %w", k+1, err)
		}
		sum += minColumn + chunkOf(chunk)
	}
	return min(sum, maxPages), nil
}

// chunkOf is how much of it a column chunk needs: what is stored, what that
// inflates to, and the lists that the library makes of it (parquet_guard.go).
func chunkOf(chunk *metadata.ColumnChunkMetaData) int64 {
	need := min(max(chunk.TotalCompressedSize(), 0), maxPage)
	plain := min(max(chunk.TotalUncompressedSize(), 0), maxPages)
	need += plain
	if chunk.HasDictionaryPage() || slices.ContainsFunc(chunk.Encodings(), isDictionary) {
		switch chunk.Type() {
		case parquet.Types.ByteArray, parquet.Types.FixedLenByteArray:
			need += 5 * plain // sliceBytes for a text of, say, 8 bytes, while the list grows
		default:
			need += growing * plain
		}
	}
	if slices.ContainsFunc(chunk.Encodings(), isDeltaText) {
		need += deltaTextBytes*min(max(chunk.NumValues(), 0), maxPages) + 2*plain
	}
	return need
}

// reserve waits for n bytes of what the process lets decoders have, and
// returns what gives them back.
func (o *Object) reserve(ctx context.Context, n int64) (release func(), err error) {
	if o.Reserve == nil {
		return func() {}, nil
	}
	return o.Reserve(ctx, n)
}
