package decode

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// Limits of pages, in bytes. Writers aim at pages of 1 MiB.
const (
	maxPage       = 16 << 20 // one page, inflated or not
	maxPages      = 64 << 20 // what a row group holds at a time, of all columns
	maxPageHeader = 64 << 10
)

// pageBudget is what the pages of a row group's columns share, in bytes.
type pageBudget struct{ left int64 }

func (b *pageBudget) take(n int64) error {
	if b.left -= n; b.left < 0 {
		return fmt.Errorf("the pages of a row group need more than %d bytes at a time", maxPages)
	}
	return nil
}

// pageReader reads the pages of a column chunk: their headers, and their
// content inflated
// (https://parquet.apache.org/docs/file-format/data-pages/).
type pageReader struct {
	r       io.ReaderAt
	at, end int64 // of the chunk's rest in the file
	codec   format.CompressionCodec
	budget  *pageBudget
	gzip    *gzip.Reader

	raw   []byte // a header, or content as it is stored
	plain []byte // the content of the page at hand
	held  int64  // what the page at hand has of the budget
}

func newPageReader(meta *format.ColumnMetaData, r io.ReaderAt, size int64, budget *pageBudget) (pageReader, error) {
	from, length := meta.DataPageOffset, meta.TotalCompressedSize
	if d := meta.DictionaryPageOffset; d > 0 {
		from = min(from, d)
	}
	if from < 0 || length < 0 || from > size || length > size-from {
		return pageReader{}, fmt.Errorf("%d bytes from byte %d on are not in the file", length, from)
	}
	switch meta.Codec {
	case format.Uncompressed, format.Snappy, format.Gzip, format.Zstd:
		return pageReader{r: r, at: from, end: from + length, codec: meta.Codec, budget: budget}, nil
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
	p.budget.left += p.held
	p.held = stored + inflated
	if err := p.budget.take(p.held); err != nil {
		return nil, err
	}
	if p.raw, err = p.read(p.raw, p.at+length, stored); err != nil {
		return nil, fmt.Errorf("read page at byte %d: %w", p.at, err)
	}
	if err := p.inflate(h, p.raw); err != nil {
		return nil, fmt.Errorf("inflate page at byte %d: %w", p.at, err)
	}
	p.at += length + stored
	return h, nil
}

// keep gives the content of the page at hand away, with its share of the
// budget.
func (p *pageReader) keep() []byte {
	plain := p.plain
	p.plain, p.held = nil, 0
	return plain
}

// read reads n bytes at off into dst's memory.
func (p *pageReader) read(dst []byte, off, n int64) ([]byte, error) {
	if int64(cap(dst)) < n {
		dst = make([]byte, n)
	}
	dst = dst[:n]
	k, err := p.r.ReadAt(dst, off)
	if int64(k) == n {
		return dst, nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return dst[:0], err
}

// header reads the page header at p.at and tells how long it is.
func (p *pageReader) header() (h *format.PageHeader, length int64, err error) {
	for _, look := range [...]int64{512, maxPageHeader} { // mostly some dozen bytes; statistics may be long
		if p.raw, err = p.read(p.raw, p.at, min(look, p.end-p.at)); err != nil {
			return nil, 0, err
		}
		if length, err = checkThrift(p.raw); err != nil {
			continue
		}
		h = new(format.PageHeader)
		var protocol thrift.CompactProtocol
		return h, length, thrift.NewDecoder(protocol.NewReaderFromBytes(p.raw[:length])).Decode(h)
	}
	return nil, 0, err
}

// inflate makes p.plain the page's content. In a page of version 2 the levels
// come first and are not compressed.
func (p *pageReader) inflate(h *format.PageHeader, raw []byte) error {
	p.plain = p.plain[:0]
	codec := p.codec
	if v2 := &h.DataPageHeaderV2; h.Type == format.DataPageV2 && v2.Valid {
		levels := int64(v2.V.RepetitionLevelsByteLength) + int64(v2.V.DefinitionLevelsByteLength)
		if v2.V.RepetitionLevelsByteLength < 0 || v2.V.DefinitionLevelsByteLength < 0 || levels > int64(len(raw)) {
			return io.ErrUnexpectedEOF
		}
		p.plain, raw = append(p.plain, raw[:levels]...), raw[levels:]
		if v2.V.IsCompressed.Valid && !v2.V.IsCompressed.V {
			codec = format.Uncompressed
		}
	}
	if len(raw) == 0 {
		return nil
	}
	return p.inflateBody(codec, raw, int64(h.UncompressedPageSize))
}

// inflateBody appends what raw inflates to, at most limit bytes in all, to
// p.plain.
func (p *pageReader) inflateBody(codec format.CompressionCodec, raw []byte, limit int64) (err error) {
	switch codec {
	case format.Snappy:
		n, err := snappy.DecodedLen(raw)
		if err != nil {
			return err
		}
		if int64(len(p.plain)+n) > limit {
			return errTooMuch
		}
		body, err := snappy.Decode(nil, raw)
		p.plain = append(p.plain, body...)
		return err
	case format.Gzip:
		if p.gzip == nil {
			p.gzip = new(gzip.Reader)
		}
		if err := p.gzip.Reset(bytes.NewReader(raw)); err != nil {
			return err
		}
		return p.drain(p.gzip, limit)
	case format.Zstd:
		z, err := zstd.NewReader(bytes.NewReader(raw), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxPage), zstd.WithDecoderMaxWindow(maxPage))
		if err != nil {
			return err
		}
		defer z.Close()
		return p.drain(z, limit)
	}
	if int64(len(p.plain)+len(raw)) > limit {
		return errTooMuch
	}
	p.plain = append(p.plain, raw...)
	return nil
}

var errTooMuch = errors.New("the content is larger than its header says")

// drain appends all of r to p.plain.
func (p *pageReader) drain(r io.Reader, limit int64) error {
	buf := bytes.NewBuffer(p.plain)
	_, err := io.Copy(buf, io.LimitReader(r, limit+1-int64(len(p.plain))))
	p.plain = buf.Bytes()
	if err == nil && int64(len(p.plain)) > limit {
		err = errTooMuch
	}
	return err
}
