package decode

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"
)

// guardedPages looks at the pages of a column chunk before the library decodes
// them: what it would allocate by what a page says, beyond the page itself,
// must fit to the bytes that the page has, and is taken from memory.
type guardedPages struct {
	file.PageReader
	column *schema.Column
	rows   int64 // of the row group
	memory *pageMemory

	dictionary int64 // bytes taken for it
	held       int64 // bytes taken for the data page at hand
	atOnce     int   // how many values of the page at hand may be decoded at a time
	err        error
}

// Next implements file.PageReader. It steps over pages without values, which
// the library takes for the end of the column.
func (g *guardedPages) Next() bool {
	for g.err == nil && g.PageReader.Next() {
		switch page := g.Page().(type) {
		case *file.DictionaryPage:
			g.err = g.dictionaryPage(page)
		case file.DataPage:
			if page.NumValues() == 0 {
				continue
			}
			g.err = g.dataPage(page)
		}
		return g.err == nil
	}
	return false
}

// Err implements file.PageReader.
func (g *guardedPages) Err() error { return errors.Join(g.err, g.PageReader.Err()) }

// GetDictionaryPage implements file.PageReader: there is no dictionary but the
// one that comes first, which Next has.
func (g *guardedPages) GetDictionaryPage() (*file.DictionaryPage, error) { return nil, nil }

// Close implements file.PageReader.
func (g *guardedPages) Close() error {
	g.memory.left += g.dictionary + g.held
	g.dictionary, g.held = 0, 0
	return g.PageReader.Close()
}

// dictionaryPage checks the count of values that the library makes a list of.
func (g *guardedPages) dictionaryPage(page *file.DictionaryPage) error {
	least, entry := int64(g.column.PhysicalType().ByteSize()), int64(g.column.PhysicalType().ByteSize())
	switch g.column.PhysicalType() {
	case parquet.Types.ByteArray:
		least, entry = 4, sliceBytes // the bytes begin with how many they are
	case parquet.Types.FixedLenByteArray:
		least, entry = int64(g.column.TypeLength()), sliceBytes
	}
	n := int64(page.NumValues())
	if n > int64(len(page.Data()))/least {
		return fmt.Errorf("a dictionary of %d values in %d bytes", n, len(page.Data()))
	}
	g.dictionary += growing * entry * n
	return g.memory.take(growing * entry * n)
}

const (
	sliceBytes = 24 // of a slice of bytes in a list, beside the bytes
	growing    = 2  // a list, and the one that it grows out of
)

// dataPage checks what stands before the values of a page
// (https://parquet.apache.org/docs/file-format/data-pages/encodings/).
func (g *guardedPages) dataPage(page file.DataPage) error {
	n := int64(page.NumValues())
	if n > g.rows {
		return fmt.Errorf("a page of %d values in a group of %d rows", n, g.rows)
	}
	g.memory.left += g.held
	g.held, g.atOnce = 0, valuesAtOnce
	b, err := g.afterLevels(page)
	if err != nil {
		return err
	}
	switch encoding := parquet.Encoding(page.Encoding()); encoding {
	case parquet.Encodings.RLEDict, parquet.Encodings.PlainDict: // PLAIN_DICTIONARY is the older name
		return checkIndexes(b)
	case parquet.Encodings.DeltaByteArray:
		g.atOnce = 1 // a value may be as long as all that come before it in the page
		g.held = int64(2 * len(b))
		if b, err = checkDelta(b, n); err != nil {
			return err
		}
		fallthrough
	case parquet.Encodings.DeltaLengthByteArray:
		g.held += deltaTextBytes * n
		fallthrough
	case parquet.Encodings.DeltaBinaryPacked:
		if _, err := checkDelta(b, n); err != nil {
			return err
		}
	}
	return g.memory.take(g.held)
}

// checkIndexes looks at the indexes into a dictionary, which begin with how many
// bits they have. Of no bits, as are those into a dictionary of one value, the
// library makes up all but the last run.
func checkIndexes(b []byte) error {
	if len(b) == 0 { // of nulls only
		return nil
	}
	if _, n := binary.Uvarint(b[1:]); b[0] > 32 || b[0] == 0 && n != len(b)-1 {
		return fmt.Errorf("dictionary indexes of %d bits in %d bytes", b[0], len(b)-1)
	}
	return nil
}

func isDictionary(e parquet.Encoding) bool {
	return e == parquet.Encodings.RLEDict || e == parquet.Encodings.PlainDict
}

// isDeltaText tells that texts are stored as lengths, and parts of the text
// before.
func isDeltaText(e parquet.Encoding) bool {
	return e == parquet.Encodings.DeltaLengthByteArray || e == parquet.Encodings.DeltaByteArray
}

// deltaTextBytes is what the library makes of a length and of how much a text
// takes over, in bytes.
const deltaTextBytes = 8

// afterLevels returns the values of a page, which come after what says which
// ones are null.
func (g *guardedPages) afterLevels(page file.DataPage) ([]byte, error) {
	b, length := page.Data(), int64(0)
	switch page := page.(type) {
	case *file.DataPageV2:
		length = int64(page.RepetitionLevelByteLen()) + int64(page.DefinitionLevelByteLen())
	case *file.DataPageV1:
		switch {
		case g.column.MaxDefinitionLevel() == 0:
		case page.DefinitionLevelEncoding() == parquet.Encodings.BitPacked:
			length = (int64(page.NumValues())*int64(bits.Len16(uint16(g.column.MaxDefinitionLevel()))) + 7) / 8
		case len(b) < 4:
			return nil, io.ErrUnexpectedEOF
		default:
			length = 4 + int64(binary.LittleEndian.Uint32(b))
		}
	}
	if length > int64(len(b)) {
		return nil, io.ErrUnexpectedEOF
	}
	return b[length:], nil
}

// maxDeltaBlock is how many differences a block may have, which the library
// makes a list of; writers put 128 to 2048 there.
const maxDeltaBlock = 4096

// checkDelta looks at numbers in DELTA_BINARY_PACKED, at most most, and returns
// what comes after them.
func checkDelta(b []byte, most int64) (rest []byte, err error) {
	var head [4]uint64 // differences in a block, groups of a block, numbers, the first number
	for k := range head {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			return nil, io.ErrUnexpectedEOF
		}
		head[k], b = v, b[n:]
	}
	block, groups, numbers := head[0], head[1], head[2]
	if block == 0 || block > maxDeltaBlock || groups == 0 || block%groups != 0 || block/groups%32 != 0 || numbers > uint64(most) {
		return nil, fmt.Errorf("%d numbers, want at most %d, in blocks of %d differences in %d groups", numbers, most, block, groups)
	}
	group := block / groups
	for left := int64(numbers) - 1; left > 0; {
		_, n := binary.Uvarint(b) // the least difference
		if n <= 0 || groups > uint64(len(b)-n) {
			return nil, io.ErrUnexpectedEOF
		}
		widths := b[n:][:groups]
		b = b[n+int(groups):]
		for k := 0; k < len(widths) && left > 0; k++ {
			size := int(group) / 8 * int(widths[k])
			if size > len(b) {
				return nil, io.ErrUnexpectedEOF
			}
			b, left = b[size:], left-int64(group)
		}
	}
	return b, nil
}
