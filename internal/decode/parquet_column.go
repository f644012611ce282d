package decode

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"in_stellar_aws/internal/interflow"
)

// parquetColumn reads the values of one column of a row group, one after
// another, out of the inflated page that they stand in. Nothing is decoded
// ahead, so a page costs what its bytes are, whatever its headers promise.
type parquetColumn struct {
	pages    pageReader
	optional bool
	kind     parquet.Kind
	width    int // bytes of a value; 0: each begins with its length, bits when boolean
	convert  converter

	left    int         // values of the page that are still to be read
	levels  hybrid      // 1: present, 0: null
	dict    *dictionary // nil: there is none
	coded   coding      // how the page has its values
	indexes hybrid      // into dict, or booleans
	plain   []byte
	numbers delta
	texts   deltaText
	stride  int    // bytes from one part of a split value to the next
	scratch []byte // a value that does not stand in one piece
}

// coding is how a page has its values.
type coding int

const (
	plainly coding = iota
	asIndexes
	asBits
	asNumbers
	asTexts
	asSplits
)

func newParquetColumn(field *parquet.Column, pages pageReader) *parquetColumn {
	c := &parquetColumn{pages: pages, optional: field.Optional(), kind: field.Type().Kind(), convert: converterOf(field.Type())}
	switch c.kind {
	case parquet.Int32, parquet.Float:
		c.width = 4
	case parquet.Int64, parquet.Double:
		c.width = 8
	case parquet.Int96:
		c.width = 12
	case parquet.FixedLenByteArray:
		c.width = field.Type().Length()
	}
	return c
}

// next returns the next row's value. Text in it is good until the next call.
func (c *parquetColumn) next() (interflow.FlowValue, error) {
	for c.left == 0 {
		if err := c.page(); err != nil {
			return interflow.FlowValue{}, err
		}
	}
	c.left--
	if c.optional {
		if level, err := c.levels.next(); err != nil || level == 0 {
			return interflow.FlowValue{}, err
		}
	}
	raw, err := c.raw()
	if err != nil {
		return interflow.FlowValue{}, err
	}
	return c.convert(raw), nil
}

// raw returns the bytes of the page's next value.
func (c *parquetColumn) raw() ([]byte, error) {
	switch c.coded {
	case asIndexes:
		k, err := c.indexes.next()
		if err != nil {
			return nil, err
		}
		return c.dict.at(k)
	case asBits:
		bit, err := c.indexes.next()
		c.scratch = append(c.scratch[:0], byte(bit))
		return c.scratch, err
	case asNumbers:
		n, err := c.numbers.next()
		c.scratch = binary.LittleEndian.AppendUint64(c.scratch[:0], uint64(n))
		return c.scratch[:c.width], err
	case asTexts:
		return c.fitting(c.texts.next())
	case asSplits:
		return c.gather()
	}
	raw, rest, err := cutPlain(c.plain, c.width)
	c.plain = rest
	return raw, err
}

// fitting refuses a value that has not the bytes of its type.
func (c *parquetColumn) fitting(raw []byte, err error) ([]byte, error) {
	if err == nil && c.width > 0 && len(raw) != c.width {
		err = fmt.Errorf("a value of %d bytes, want %d", len(raw), c.width)
	}
	return raw, err
}

// gather puts the next value together whose bytes stand apart: first the first
// ones of all values, then the second ones
// (https://parquet.apache.org/docs/file-format/data-pages/encodings/, BYTE_STREAM_SPLIT).
func (c *parquetColumn) gather() ([]byte, error) {
	if len(c.plain) <= c.stride*(c.width-1) {
		return nil, io.ErrUnexpectedEOF
	}
	c.scratch = c.scratch[:0]
	for k := range c.width {
		c.scratch = append(c.scratch, c.plain[k*c.stride])
	}
	c.plain = c.plain[1:]
	return c.scratch, nil
}

// cutPlain takes the next value's bytes off a page; width 0: they begin with
// how many they are
// (https://parquet.apache.org/docs/file-format/data-pages/encodings/, PLAIN).
func cutPlain(page []byte, width int) (raw, rest []byte, err error) {
	if width == 0 {
		if len(page) < 4 {
			return nil, page, io.ErrUnexpectedEOF
		}
		size := binary.LittleEndian.Uint32(page)
		if page = page[4:]; int64(size) > int64(len(page)) {
			return nil, page, io.ErrUnexpectedEOF
		}
		width = int(size)
	}
	if width > len(page) {
		return nil, page, io.ErrUnexpectedEOF
	}
	return page[:width], page[width:], nil
}

// page begins the next page.
func (c *parquetColumn) page() error {
	h, err := c.pages.next()
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF // rows are missing
	}
	if err != nil {
		return err
	}
	switch {
	case h.Type == format.DictionaryPage && h.DictionaryPageHeader.Valid:
		return c.dictionary(int(h.DictionaryPageHeader.V.NumValues))
	case h.Type == format.DataPage && h.DataPageHeader.Valid:
		v1 := &h.DataPageHeader.V
		return c.dataPage(int(v1.NumValues), v1.Encoding, -1)
	case h.Type == format.DataPageV2 && h.DataPageHeaderV2.Valid:
		v2 := &h.DataPageHeaderV2.V
		if v2.RepetitionLevelsByteLength != 0 {
			return errors.New("a page with levels of repetition in a flat column")
		}
		return c.dataPage(int(v2.NumValues), v2.Encoding, int(v2.DefinitionLevelsByteLength))
	}
	return nil // an index page, or a kind of the future: no values
}

// dataPage begins a page of values. Of a page of version 2 the header says how
// long the levels are.
func (c *parquetColumn) dataPage(values int, encoding format.Encoding, levels int) error {
	if values < 0 {
		return fmt.Errorf("a page of %d values", values)
	}
	body := c.pages.plain
	if levels < 0 && c.optional {
		if len(body) < 4 {
			return io.ErrUnexpectedEOF
		}
		levels = int(binary.LittleEndian.Uint32(body))
		body = body[4:]
	}
	if levels = max(levels, 0); levels > len(body) {
		return io.ErrUnexpectedEOF
	}
	c.levels = hybrid{b: body[:levels], width: 1}
	return c.values(values, encoding, body[levels:])
}

// values begins the values of a page by their encoding.
func (c *parquetColumn) values(n int, encoding format.Encoding, body []byte) error {
	c.left, c.coded, c.plain = n, plainly, nil
	switch encoding {
	case format.Plain:
		c.plain = body
		if c.kind == parquet.Boolean {
			c.coded, c.indexes = asBits, hybrid{width: 1, packed: body, run: 8 * len(body)}
		}
		return nil
	case format.RLEDictionary, plainDictionary:
		if c.dict == nil {
			return errors.New("a page of dictionary indexes without a dictionary")
		}
		c.coded, c.indexes = asIndexes, hybrid{}
		if len(body) == 0 { // of nulls only
			return nil
		}
		if body[0] > 32 {
			return fmt.Errorf("dictionary indexes of %d bits", body[0])
		}
		c.indexes = hybrid{b: body[1:], width: int(body[0])}
		return nil
	case format.RLE:
		if c.kind == parquet.Boolean && len(body) >= 4 { // after its length
			c.coded, c.indexes = asBits, hybrid{b: body[4:], width: 1}
			return nil
		}
	case format.DeltaBinaryPacked:
		if c.width == 4 || c.width == 8 {
			c.coded = asNumbers
			return c.delta(body)
		}
	case format.DeltaLengthByteArray, format.DeltaByteArray:
		if c.kind == parquet.ByteArray || c.kind == parquet.FixedLenByteArray && encoding == format.DeltaByteArray {
			c.coded = asTexts
			return c.deltaText(body, encoding == format.DeltaByteArray)
		}
	case format.ByteStreamSplit:
		if c.width > 0 && len(body)%c.width == 0 {
			c.coded, c.plain, c.stride = asSplits, body, len(body)/c.width
			return nil
		}
	}
	return fmt.Errorf("the encoding %v is not supported", encoding)
}

// delta begins numbers as differences; a page of nulls only has none.
func (c *parquetColumn) delta(body []byte) (err error) {
	c.numbers = delta{}
	if len(body) > 0 {
		c.numbers, err = newDelta(body)
	}
	return err
}

func (c *parquetColumn) deltaText(body []byte, prefixed bool) (err error) {
	last := c.texts.last[:0]
	c.texts = deltaText{}
	if len(body) > 0 {
		c.texts, err = newDeltaText(body, prefixed)
	}
	c.texts.last, c.texts.memory = last, c.pages.memory
	return err
}

// plainDictionary is the older name of RLE_DICTIONARY on data pages, which
// files in use still have.
const plainDictionary format.Encoding = 2
