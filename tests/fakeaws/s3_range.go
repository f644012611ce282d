package fakeaws

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// byteRange is length bytes from start.
type byteRange struct{ start, length int64 }

// parseRange reads a Range header of one range. Others, and unreadable ones,
// are ignored and give the whole object (ok is false): "Amazon S3 doesn't
// support retrieving multiple ranges of data per GET request".
func parseRange(header string, size int64) (r byteRange, ok bool, err error) {
	r.length = size
	spec, isBytes := strings.CutPrefix(header, "bytes=")
	first, last, isRange := strings.Cut(strings.TrimSpace(spec), "-")
	if !isBytes || !isRange || first == "" && last == "" {
		return r, false, nil
	}
	start, startErr := strconv.ParseUint(first, 10, 63)
	end, endErr := strconv.ParseUint(last, 10, 63)
	switch {
	case first != "" && startErr != nil, last != "" && endErr != nil, first != "" && last != "" && end < start:
		return r, false, nil
	case first == "": // the last bytes
		length := min(int64(end), size)
		r = byteRange{size - length, length}
	default:
		r.start, r.length = int64(start), size-int64(start)
		if last != "" && int64(end) < size {
			r.length = int64(end) + 1 - r.start
		}
	}
	if r.length <= 0 {
		return r, false, &apiError{
			Status: http.StatusRequestedRangeNotSatisfiable, Code: "InvalidRange", Message: "The requested range is not satisfiable",
			Fields: []field{{"RangeRequested", header}, {"ActualObjectSize", strconv.FormatInt(size, 10)}},
		}
	}
	return r, true, nil
}

// bodyReader is the part of an object that a request gets.
type bodyReader interface {
	io.WriterTo
	io.Closer
}

// reader opens the range, or nothing for a HEAD.
func (c *content) reader(method string, span byteRange) (bodyReader, error) {
	if method == http.MethodHead {
		return memoryBody{bytes.NewReader(nil)}, nil
	}
	if c.open == nil {
		return memoryBody{bytes.NewReader(c.data[span.start : span.start+span.length])}, nil
	}
	source, err := c.open()
	if err != nil {
		return nil, fmt.Errorf("open object body: %w", err)
	}
	body := streamBody{source: source, length: span.length}
	if _, err := source.Seek(span.start, io.SeekStart); err != nil {
		_ = body.Close() // the seek is the error to tell
		return nil, fmt.Errorf("seek object body: %w", err)
	}
	return body, nil
}

// memoryBody is a body given as bytes: it is written without a copy.
type memoryBody struct{ *bytes.Reader }

func (memoryBody) Close() error { return nil }

// streamBody is a body of PutObjectFunc.
type streamBody struct {
	source io.ReadSeeker
	length int64
}

// copyBuffers keeps streamed bodies from costing a buffer each.
var copyBuffers = sync.Pool{New: func() any { b := make([]byte, 128<<10); return &b }}

// WriteTo copies the range.
func (b streamBody) WriteTo(w io.Writer) (int64, error) {
	buffer := copyBuffers.Get().(*[]byte)
	defer copyBuffers.Put(buffer)
	return io.CopyBuffer(w, io.LimitReader(b.source, b.length), *buffer)
}

// Close closes what open returned, if it can be.
func (b streamBody) Close() error {
	if closer, ok := b.source.(io.Closer); ok {
		return closer.Close()
	}
	return nil
}
