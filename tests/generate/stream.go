package generate

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
)

// streamChunk is how much a Stream makes ahead of its reader.
const streamChunk = 64 << 10

// Stream is a log of any length made while it is read, in constant memory. It
// belongs to the goroutine of its generator.
type Stream struct {
	next              func([]byte) []byte
	separator, suffix string
	left, made        int
	buf               []byte
	at                int
	done              bool
}

// CloudTrailStream is a {"Records":[…]} object of n records.
func (g *Generator) CloudTrailStream(n int) *Stream {
	return newStream(n, `{"Records":[`, ",", `]}`, g.AppendCloudTrail)
}

// WAFStream is n WAF log lines.
func (g *Generator) WAFStream(n int) *Stream {
	return newStream(n, "", "\n", "\n", g.AppendWAF)
}

// FlowStream is a header and n flow log lines of those fields.
func (g *Generator) FlowStream(fields []string, n int) *Stream {
	f := g.Flow(fields)
	return newStream(n, f.Header()+"\n", "\n", "\n", f.AppendLine)
}

func newStream(n int, prefix, separator, suffix string, next func([]byte) []byte) *Stream {
	return &Stream{next: next, separator: separator, suffix: suffix, left: n, buf: []byte(prefix)}
}

// Records is how many records were made so far.
func (s *Stream) Records() int { return s.made }

// Read implements io.Reader; its only error is io.EOF.
func (s *Stream) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if s.at == len(s.buf) {
		s.buf, s.at = s.buf[:0], 0
		s.fill()
		if len(s.buf) == 0 {
			return 0, io.EOF
		}
	}
	n := copy(p, s.buf[s.at:])
	s.at += n
	return n, nil
}

func (s *Stream) fill() {
	for len(s.buf) < streamChunk && s.left > 0 {
		if s.made > 0 {
			s.buf = append(s.buf, s.separator...)
		}
		s.buf = s.next(s.buf)
		s.made++
		s.left--
	}
	if s.left == 0 && !s.done {
		s.buf = append(s.buf, s.suffix...)
		s.done = true
	}
}

// GzipReader compresses what is read from r as it is read, in constant memory
// and without a goroutine. Level is one of compress/gzip's.
func GzipReader(r io.Reader, level int) (io.Reader, error) {
	z := &gzipReader{src: r, chunk: make([]byte, streamChunk)}
	w, err := gzip.NewWriterLevel(&z.out, level)
	if err != nil {
		return nil, fmt.Errorf("make gzip writer: %w", err)
	}
	z.w = w
	return z, nil
}

type gzipReader struct {
	src   io.Reader
	w     *gzip.Writer
	out   bytes.Buffer
	chunk []byte
	err   error // sticky end of src
}

// Read implements io.Reader.
func (z *gzipReader) Read(p []byte) (int, error) {
	for z.out.Len() == 0 && z.err == nil {
		z.err = z.pull()
	}
	if z.out.Len() > 0 {
		return z.out.Read(p)
	}
	return 0, z.err
}

func (z *gzipReader) pull() error {
	n, err := z.src.Read(z.chunk)
	if n > 0 {
		if _, werr := z.w.Write(z.chunk[:n]); werr != nil {
			return fmt.Errorf("deflate: %w", werr)
		}
	}
	if errors.Is(err, io.EOF) {
		if cerr := z.w.Close(); cerr != nil {
			return fmt.Errorf("end deflate: %w", cerr)
		}
	}
	return err
}
