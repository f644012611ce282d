package decode

import (
	"bufio"
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
	layers [maxWraps + 1]*bufio.Reader
	gzip   [maxWraps]*gzip.Reader
	wraps  int // layers of the object at hand
}

const inflateBuffer = 32 << 10

// reset begins an object and returns its plain bytes.
func (f *inflater) reset(r io.Reader) (io.Reader, error) {
	for k := range f.layers {
		f.wraps = k
		if f.layers[k] == nil {
			f.layers[k] = bufio.NewReaderSize(r, inflateBuffer)
		} else {
			f.layers[k].Reset(r)
		}
		magic, err := f.layers[k].Peek(2)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if len(magic) < 2 || magic[0] != 0x1f || magic[1] != 0x8b || k == maxWraps {
			return f.layers[k], nil
		}
		if f.gzip[k] == nil {
			f.gzip[k] = new(gzip.Reader)
		}
		if err := f.gzip[k].Reset(f.layers[k]); err != nil {
			return nil, err
		}
		r = f.gzip[k]
	}
	return nil, errors.New("unreachable: the last layer is returned above")
}
