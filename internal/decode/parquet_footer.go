package decode

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/apache/thrift/lib/go/thrift"
)

// Limits of a Parquet file's footer. AWS's have some dozen columns and some
// kilobytes; what is beyond is damaged or hostile.
const (
	maxFooter           = 4 << 20 // bytes
	maxColumns          = 256
	maxFooterDepth      = 32
	maxFooterElements   = 64 << 10 // of all lists together
	maxFooterStructures = 16 << 10 // of these: what is built of them has some hundred bytes each
)

// checkFooter looks at what the library would believe: how long the footer is,
// how many elements its lists have, and how columns are nested.
func checkFooter(r io.ReaderAt, size int64) error {
	var tail [8]byte // the footer's length and the magic
	if size < int64(len(tail)+len(parquetMagic)) {
		return io.ErrUnexpectedEOF
	}
	if _, err := r.ReadAt(tail[:], size-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read end of Parquet file: %w", err)
	}
	if string(tail[4:]) != parquetMagic {
		return errors.New("a Parquet file without its end")
	}
	length := int64(binary.LittleEndian.Uint32(tail[:]))
	if length == 0 || length > maxFooter || length > size-int64(len(tail)+len(parquetMagic)) {
		return fmt.Errorf("a Parquet file of %d bytes with a footer of %d", size, length)
	}
	content := make([]byte, length)
	if _, err := r.ReadAt(content, size-int64(len(tail))-length); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read footer of Parquet file: %w", err)
	}
	if err := newFooterCheck(content).file(); err != nil {
		return fmt.Errorf("check footer of Parquet file: %w", err)
	}
	return nil
}

// footerCheck reads a footer without building anything of it. The format is a
// structure of Thrift
// (https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift)
// in its compact protocol. The library allocates lists by the counts that they
// begin with, and builds its columns by what the schema says of its children.
type footerCheck struct {
	p          thrift.TProtocol
	elements   int
	structures int
}

func newFooterCheck(content []byte) *footerCheck {
	// No list or text may promise more bytes than the footer has.
	limits := &thrift.TConfiguration{MaxMessageSize: int32(len(content))}
	return &footerCheck{p: thrift.NewTCompactProtocolConf(&thrift.TMemoryBuffer{Buffer: bytes.NewBuffer(content)}, limits)}
}

// file checks a FileMetaData.
func (c *footerCheck) file() error {
	const schema = 2
	return c.structure(0, func(id int16, kind thrift.TType) error {
		if id == schema && kind == thrift.LIST {
			return c.list(0, c.column)
		}
		return c.value(kind, 0)
	})
}

// column checks the SchemaElement k, the first of which is the root: all others
// are its children, and have none.
func (c *footerCheck) column(k int, kind thrift.TType) error {
	if kind != thrift.STRUCT || k > maxColumns {
		return fmt.Errorf("more than %d columns, or what is none", maxColumns)
	}
	const children = 5
	return c.structure(0, func(id int16, kind thrift.TType) error {
		if id != children || kind != thrift.I32 {
			return c.value(kind, 0)
		}
		n, err := c.p.ReadI32(context.Background())
		if err == nil && (n < 0 || k > 0 && n > 0 || n > maxColumns) {
			err = fmt.Errorf("column %d has %d columns in it", k, n)
		}
		return err
	})
}

// structure hands each field of a structure to take, which reads its value.
func (c *footerCheck) structure(depth int, take func(id int16, kind thrift.TType) error) error {
	ctx := context.Background()
	if c.structures++; c.structures > maxFooterStructures || depth > maxFooterDepth {
		return fmt.Errorf("more than %d structures, or %d levels", maxFooterStructures, maxFooterDepth)
	}
	if _, err := c.p.ReadStructBegin(ctx); err != nil {
		return err
	}
	for {
		_, kind, id, err := c.p.ReadFieldBegin(ctx)
		if err != nil {
			return err
		}
		if kind == thrift.STOP {
			return c.p.ReadStructEnd(ctx)
		}
		if err := take(id, kind); err != nil {
			return err
		}
	}
}

// list hands each element of a list to take.
func (c *footerCheck) list(depth int, take func(k int, kind thrift.TType) error) error {
	kind, n, err := c.p.ReadListBegin(context.Background())
	if err != nil {
		return err
	}
	if c.elements += n; c.elements > maxFooterElements || depth > maxFooterDepth {
		return fmt.Errorf("more than %d elements, or %d levels", maxFooterElements, maxFooterDepth)
	}
	for k := range n {
		if err := take(k, kind); err != nil {
			return err
		}
	}
	return nil
}

// value reads any value.
func (c *footerCheck) value(kind thrift.TType, depth int) error {
	switch kind {
	case thrift.STRUCT:
		return c.structure(depth+1, func(_ int16, kind thrift.TType) error { return c.value(kind, depth+1) })
	case thrift.LIST, thrift.SET:
		return c.list(depth+1, func(_ int, kind thrift.TType) error { return c.value(kind, depth+1) })
	case thrift.MAP:
		return errors.New("a map: Parquet has none")
	}
	return thrift.SkipDefaultDepth(context.Background(), c.p, kind)
}
