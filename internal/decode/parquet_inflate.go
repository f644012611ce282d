package decode

import (
	"bytes"
	"errors"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"
	"github.com/pierrec/lz4/v4"
)

// inflate makes p.plain the page's content. In a page of version 2 the levels
// come first and are not compressed.
func (p *pageReader) inflate(h *format.PageHeader, raw []byte) error {
	if int64(cap(p.plain)) < int64(h.UncompressedPageSize) {
		p.plain = make([]byte, h.UncompressedPageSize)
	}
	p.plain = p.plain[:0]
	codec := p.codec
	if v2 := &h.DataPageHeaderV2; h.Type == format.DataPageV2 && v2.Valid {
		levels := int64(v2.V.RepetitionLevelsByteLength) + int64(v2.V.DefinitionLevelsByteLength)
		if v2.V.RepetitionLevelsByteLength < 0 || v2.V.DefinitionLevelsByteLength < 0 || levels > int64(len(raw)) {
			return io.ErrUnexpectedEOF
		}
		if levels > int64(h.UncompressedPageSize) {
			return errTooMuch
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
// p.plain. The window of an inflater, 16 MiB at the most, comes and goes with
// the call.
func (p *pageReader) inflateBody(codec format.CompressionCodec, raw []byte, limit int64) error {
	used := len(p.plain)
	if int64(used) > limit {
		return errTooMuch
	}
	room := p.plain[used:limit]
	switch codec {
	case format.Snappy:
		n, err := snappy.DecodedLen(raw)
		if err != nil {
			return err
		}
		if n > len(room) {
			return errTooMuch
		}
		p.plain = p.plain[:used+n]
		_, err = snappy.Decode(room, raw)
		return err
	case format.Lz4Raw:
		n, err := lz4.UncompressBlock(raw, room)
		if err == nil {
			p.plain = p.plain[:used+n]
		}
		return err
	case format.Gzip:
		if p.memory.gzip == nil {
			p.memory.gzip = new(gzip.Reader)
		}
		if err := p.memory.gzip.Reset(bytes.NewReader(raw)); err != nil {
			return err
		}
		return p.drain(p.memory.gzip, room)
	case format.Brotli:
		return p.drain(brotli.NewReader(bytes.NewReader(raw)), room)
	case format.Zstd:
		z, err := zstd.NewReader(bytes.NewReader(raw), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxPage), zstd.WithDecoderMaxWindow(maxPage))
		if err != nil {
			return err
		}
		defer z.Close()
		return p.drain(z, room)
	}
	return p.drain(bytes.NewReader(raw), room)
}

var errTooMuch = errors.New("the content is larger than its header says")

// drain reads all of r into room, which is what is free of p.plain.
func (p *pageReader) drain(r io.Reader, room []byte) error {
	n, err := io.ReadFull(r, room)
	p.plain = p.plain[:len(p.plain)+n]
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF) && n < len(room):
		return nil // less than the header says: the values are missed where they are read
	case err != nil:
		return err
	}
	if n, err := io.ReadFull(r, make([]byte, 1)); n > 0 {
		return errTooMuch
	} else if !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}
