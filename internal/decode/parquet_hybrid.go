package decode

import (
	"encoding/binary"
	"io"
)

// hybrid reads small numbers in Parquet's mixture of runs and packed bits
// (https://parquet.apache.org/docs/file-format/data-pages/encodings/, RLE).
type hybrid struct {
	b      []byte // the runs after the one at hand
	width  int    // bits of a number, up to 32
	run    int    // numbers left in the run at hand
	packed []byte // its bits; nil: all are value
	bit    int    // of packed
	value  uint32
}

func (h *hybrid) next() (uint32, error) {
	for h.run == 0 {
		if err := h.begin(); err != nil {
			return 0, err
		}
	}
	h.run--
	if h.packed == nil {
		return h.value, nil
	}
	v := bitsAt(h.packed, h.bit, h.width)
	h.bit += h.width
	return uint32(v), nil
}

// begin reads the header of the next run.
func (h *hybrid) begin() error {
	u, n := binary.Uvarint(h.b)
	if n <= 0 {
		return io.ErrUnexpectedEOF
	}
	h.b = h.b[n:]
	count := int64(min(u>>1, 1<<40))
	if u&1 == 0 {
		size := (h.width + 7) / 8
		if size > len(h.b) {
			return io.ErrUnexpectedEOF
		}
		h.value = 0
		for k, c := range h.b[:size] {
			h.value |= uint32(c) << (8 * k)
		}
		h.b, h.packed, h.run = h.b[size:], nil, int(count)
		return nil
	}
	size := count * int64(h.width) // groups of eight numbers
	if size > int64(len(h.b)) {
		return io.ErrUnexpectedEOF
	}
	h.packed, h.b = h.b[:size:size], h.b[size:]
	h.bit, h.run = 0, int(8*count)
	if h.width == 0 {
		h.packed, h.value = nil, 0
	}
	return nil
}
