package decode

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Limits of what the metadata of a Parquet file may hold. A decoder allocates
// lists by the counts that they begin with.
const (
	maxThriftDepth      = 32
	maxThriftElements   = 64 << 10 // of all lists together
	maxThriftStructures = 16 << 10 // of these; up to 560 bytes each
)

// checkThrift reads a structure in Thrift's compact protocol, as the metadata
// of Parquet files are, without building anything: every length and count must
// be covered by bytes
// (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md).
// It returns how long the structure is.
func checkThrift(b []byte) (length int64, err error) {
	c := thriftChecker{b: b}
	err = c.structure(0)
	return int64(c.i), err
}

// The types of Thrift's compact protocol.
const (
	thriftTrue   = 1
	thriftFalse  = 2
	thriftByte   = 3
	thriftI16    = 4
	thriftI32    = 5
	thriftI64    = 6
	thriftDouble = 7
	thriftBinary = 8
	thriftList   = 9
	thriftSet    = 10
	thriftStruct = 12
)

type thriftChecker struct {
	b          []byte
	i          int
	elements   int
	structures int
}

func (c *thriftChecker) byte() (byte, error) {
	if c.i >= len(c.b) {
		return 0, io.ErrUnexpectedEOF
	}
	c.i++
	return c.b[c.i-1], nil
}

func (c *thriftChecker) varint() (uint64, error) {
	v, n := binary.Uvarint(c.b[c.i:])
	if n <= 0 {
		return 0, io.ErrUnexpectedEOF
	}
	c.i += n
	return v, nil
}

func (c *thriftChecker) skip(n uint64) error {
	if n > uint64(len(c.b)-c.i) {
		return io.ErrUnexpectedEOF
	}
	c.i += int(n)
	return nil
}

func (c *thriftChecker) structure(depth int) error {
	for {
		head, err := c.byte()
		if err != nil || head == 0 {
			return err
		}
		if head>>4 == 0 { // the field's number, else a step from the last one's
			if _, err := c.varint(); err != nil {
				return err
			}
		}
		if kind := head & 0x0f; kind != thriftTrue && kind != thriftFalse { // those are their own value
			if err := c.value(kind, depth+1); err != nil {
				return err
			}
		}
	}
}

func (c *thriftChecker) value(kind byte, depth int) error {
	if depth > maxThriftDepth {
		return errors.New("the metadata are nested too deep")
	}
	switch kind {
	case thriftTrue, thriftFalse, thriftByte:
		return c.skip(1)
	case thriftI16, thriftI32, thriftI64:
		_, err := c.varint()
		return err
	case thriftDouble:
		return c.skip(8)
	case thriftBinary:
		n, err := c.varint()
		if err != nil {
			return err
		}
		return c.skip(n)
	case thriftList, thriftSet:
		return c.list(depth)
	case thriftStruct:
		return c.structure(depth)
	}
	return fmt.Errorf("type %d in the metadata", kind) // maps: Parquet has none
}

func (c *thriftChecker) list(depth int) error {
	head, err := c.byte()
	if err != nil {
		return err
	}
	n := uint64(head >> 4)
	if n == 15 {
		if n, err = c.varint(); err != nil {
			return err
		}
	}
	if n > uint64(len(c.b)-c.i) {
		return io.ErrUnexpectedEOF
	}
	if head&0x0f == thriftStruct {
		c.structures += int(n)
	}
	if c.elements += int(n); c.elements > maxThriftElements || c.structures > maxThriftStructures {
		return fmt.Errorf("the metadata have more than %d elements or %d structures", maxThriftElements, maxThriftStructures)
	}
	for range n {
		if err := c.value(head&0x0f, depth+1); err != nil {
			return err
		}
	}
	return nil
}
