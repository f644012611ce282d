package decode

import (
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// Limits of pages, in bytes. Writers aim at pages of 1 MiB.
const (
	maxPage       = 16 << 20 // one page, inflated or not
	maxPageHeader = 64 << 10
)

// pageReader reads the pages of a column chunk: their headers, and their
// content inflated
// (https://parquet.apache.org/docs/file-format/data-pages/).
type pageReader struct {
	r       io.ReaderAt
	at, end int64 // of the chunk's rest in the file
	codec   format.CompressionCodec
	memory  *pageMemory

	plain []byte // the content of the page at hand
	held  int64  // bytes of memory that it has
}

func newPageReader(meta *format.ColumnMetaData, r io.ReaderAt, size int64, memory *pageMemory) (pageReader, error) {
	from, length := meta.DataPageOffset, meta.TotalCompressedSize
	if d := meta.DictionaryPageOffset; d > 0 {
		from = min(from, d)
	}
	if from < 0 || length < 0 || from > size || length > size-from {
		return pageReader{}, fmt.Errorf("%d bytes from byte %d on are not in the file", length, from)
	}
	switch meta.Codec {
	case format.Uncompressed, format.Snappy, format.Gzip, format.Zstd, format.Brotli, format.Lz4Raw:
		return pageReader{r: r, at: from, end: from + length, codec: meta.Codec, memory: memory}, nil
	}
	return pageReader{}, fmt.Errorf("the compression %v is not supported", meta.Codec)
}

// next reads the next page. It returns io.EOF after the last one.
func (p *pageReader) next() (*format.PageHeader, error) {
	if p.at >= p.end {
		return nil, io.EOF
	}
	h, length, err := p.header()
	if err != nil {
		return nil, fmt.Errorf("read page header at byte %d: %w", p.at, err)
	}
	stored, inflated := int64(h.CompressedPageSize), int64(h.UncompressedPageSize)
	if stored < 0 || stored > maxPage || inflated < 0 || inflated > maxPage || stored > p.end-p.at-length {
		return nil, fmt.Errorf("page at byte %d has %d bytes, %d when inflated: want at most %d, and %d are left", p.at, stored, inflated, maxPage, p.end-p.at-length)
	}
	if grown := inflated - p.held; grown > 0 {
		if err := p.memory.take(grown); err != nil {
			return nil, err
		}
		p.held = inflated
	}
	if err := p.read(p.at+length, stored); err != nil {
		return nil, fmt.Errorf("read page at byte %d: %w", p.at, err)
	}
	if err := p.inflate(h, p.memory.raw); err != nil {
		return nil, fmt.Errorf("inflate page at byte %d: %w", p.at, err)
	}
	p.at += length + stored
	return h, nil
}

// keep gives the content of the page at hand away, with the memory that it
// has.
func (p *pageReader) keep() []byte {
	plain := p.plain
	p.plain, p.held = nil, 0
	return plain
}

// read reads n bytes at off into the raw memory.
func (p *pageReader) read(off, n int64) error {
	m := p.memory
	if grown := n - int64(cap(m.raw)); grown > 0 {
		if err := m.take(grown); err != nil {
			return err
		}
		m.raw = make([]byte, n)
	}
	m.raw = m.raw[:n]
	k, err := p.r.ReadAt(m.raw, off)
	if int64(k) == n {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// header reads the page header at p.at and tells how long it is.
func (p *pageReader) header() (h *format.PageHeader, length int64, err error) {
	for _, look := range [...]int64{512, maxPageHeader} { // mostly some dozen bytes; statistics may be long
		if err = p.read(p.at, min(look, p.end-p.at)); err != nil {
			return nil, 0, err
		}
		if length, err = checkThrift(p.memory.raw); err != nil {
			continue
		}
		h = new(format.PageHeader)
		var protocol thrift.CompactProtocol
		return h, length, thrift.NewDecoder(protocol.NewReaderFromBytes(p.memory.raw[:length])).Decode(h)
	}
	return nil, 0, err
}
