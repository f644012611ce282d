package decode

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
)

// maxWraps is how many gzip layers an object may have: one from the sender
// and one from Firehose, whose compression wraps what was already compressed
// (https://docs.aws.amazon.com/firehose/latest/dev/writing-with-cloudwatch-logs.html).
const maxWraps = 2

// inflater reads through the gzip layers of an object, recognised by content
// and not by name: objects with the wrong suffix, Content-Encoding or none
// are common. Members that follow each other are one stream.
type inflater struct {
	body   body
	layers [maxWraps]*bufio.Reader // between two layers of gzip
	gzip   [maxWraps]*gzip.Reader
	wraps  int // layers of the object at hand
}

// bytewise is what gzip reads without a buffer of its own.
type bytewise interface {
	io.Reader
	io.ByteReader
}

const inflateBuffer = 32 << 10

// reset begins an object, of about size stored bytes, and returns its plain
// bytes.
func (f *inflater) reset(r io.Reader, size int64) (io.Reader, error) {
	in, magic, err := f.body.reset(r, size)
	for f.wraps = 0; err == nil; f.wraps++ {
		if len(magic) < 2 || magic[0] != 0x1f || magic[1] != 0x8b || f.wraps == maxWraps {
			return in, nil
		}
		k := f.wraps
		if f.gzip[k] == nil {
			f.gzip[k] = new(gzip.Reader)
			f.layers[k] = bufio.NewReaderSize(nil, inflateBuffer)
		}
		if err := f.gzip[k].Reset(in); err != nil {
			return nil, err
		}
		f.layers[k].Reset(f.gzip[k])
		in = f.layers[k]
		magic, err = peek(f.layers[k])
	}
	return nil, err
}

// peek returns the first two bytes, fewer where there are no more.
func peek(r *bufio.Reader) ([]byte, error) {
	magic, err := r.Peek(2)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return magic, err
}

// maxWhole is how large an object may be, compressed, to be read into memory
// before it is inflated. Most are: CloudTrail, flow logs and WAF write one in
// five minutes or less. Inflating takes a byte at a time from what it reads,
// and takes it from memory for an eighth less than from a buffered reader.
const maxWhole = 256 << 10

// body is the stored bytes of an object.
type body struct {
	head   []byte // the first of them, maxWhole at the most
	whole  bytes.Reader
	rest   bodyRest
	stream *bufio.Reader
}

// reset begins an object of about size bytes, 0 where that is not known. It
// returns its bytes and the first two of them.
func (b *body) reset(r io.Reader, size int64) (bytewise, []byte, error) {
	if size > maxWhole {
		b.head = nil // not held all the time that a large object takes
		return b.streamed(bodyRest{r: r})
	}
	b.head = b.head[:0]
	var err error
	for err == nil && len(b.head) < maxWhole {
		if len(b.head) == cap(b.head) {
			// One byte more than all of it: only then does a reader say that it ends.
			room := max(2*cap(b.head), int(size)+1, inflateBuffer)
			grown := make([]byte, len(b.head), min(room, maxWhole))
			copy(grown, b.head)
			b.head = grown
		}
		var n int
		n, err = r.Read(b.head[len(b.head):cap(b.head)])
		b.head = b.head[:len(b.head)+n]
	}
	if errors.Is(err, io.EOF) {
		b.whole.Reset(b.head)
		return &b.whole, b.head[:min(2, len(b.head))], nil
	}
	rest := bodyRest{head: b.head, r: r, err: err}
	b.head = nil
	return b.streamed(rest)
}

func (b *body) streamed(rest bodyRest) (bytewise, []byte, error) {
	b.rest = rest
	if b.stream == nil {
		b.stream = bufio.NewReaderSize(nil, inflateBuffer)
	}
	b.stream.Reset(&b.rest)
	magic, err := peek(b.stream)
	return b.stream, magic, err
}

// bodyRest is an object's head, and then the error that ended it or what
// comes after it.
type bodyRest struct {
	head []byte
	r    io.Reader
	err  error
}

func (b *bodyRest) Read(p []byte) (int, error) {
	if len(b.head) > 0 {
		n := copy(p, b.head)
		if b.head = b.head[n:]; len(b.head) == 0 {
			b.head = nil // an empty slice would hold its array
		}
		return n, nil
	}
	if b.err != nil {
		return 0, b.err
	}
	return b.r.Read(p)
}
