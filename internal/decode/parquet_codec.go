package decode

import (
	"errors"
	"sync"

	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
)

// The library's inflaters of Snappy and Zstandard make more room when a page
// has more in it than its header says, up to gigabytes: these do not. Those of
// the other codecs fill the room that they are given.
func init() {
	compress.RegisterCodec(compress.Codecs.Snappy, boundedCodec{inflate: inflateSnappy})
	compress.RegisterCodec(compress.Codecs.Zstd, boundedCodec{inflate: inflateZstd})
}

// boundedCodec inflates pages. The rest of a codec, which is nil, is for
// writing them.
type boundedCodec struct {
	compress.Codec
	inflate func(dst, src []byte) ([]byte, error) // into dst
}

// DecodeWithError implements compress.ErrorCodec.
func (c boundedCodec) DecodeWithError(dst, src []byte) ([]byte, error) { return c.inflate(dst, src) }

var errTooMuch = errors.New("the content is larger than its header says")

func inflateSnappy(dst, src []byte) ([]byte, error) {
	if n, err := snappy.DecodedLen(src); err != nil {
		return nil, err
	} else if n > len(dst) {
		return nil, errTooMuch
	}
	return snappy.Decode(dst, src)
}

func inflateZstd(dst, src []byte) ([]byte, error) {
	return zstdDecoder().DecodeAll(src, dst[:0:len(dst)])
}

// zstdDecoder is shared by all workers, as it may be.
var zstdDecoder = sync.OnceValue(func() *zstd.Decoder {
	d, err := zstd.NewReader(nil, zstd.WithDecodeAllCapLimit(true), zstd.WithDecoderMaxMemory(maxPage), zstd.WithDecoderLowmem(true))
	if err != nil {
		panic(err) // an option that is out of its range
	}
	return d
})
