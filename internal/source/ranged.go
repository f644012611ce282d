package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Blocks that a Ranged reads and keeps. The readers of columnar files go
// through some dozen places of a file at the same time, each forward: with a
// block for each, every byte is fetched once.
const (
	blockSize  = 256 << 10
	keptBlocks = 64
)

// rangeFunc reads the bytes from at on into p, as many as it has.
type rangeFunc func(ctx context.Context, p []byte, at int64) error

// Ranged reads any part of an object's version, in blocks of which it keeps
// the last used. It holds 16 MiB at most.
type Ranged struct {
	ctx  context.Context // of ReaderAt, for the whole reading
	size int64
	get  rangeFunc

	mu     sync.Mutex
	clock  int
	blocks map[int64]*block // by number
}

type block struct {
	data []byte
	used int // clock of the last use
}

// ReaderAt gives access to any part of an object by range requests, for as
// long as ctx lasts. It asks nothing of S3. A read of another version than o
// names fails with ErrChanged.
func (c *S3Client) ReaderAt(ctx context.Context, o Object) io.ReaderAt {
	return newRanged(ctx, o.Size, func(ctx context.Context, p []byte, at int64) error {
		what := fmt.Sprintf("read s3://%s/%s at byte %d", o.Bucket, o.Key, at)
		return c.insist(ctx, what, func() error { return c.readRange(ctx, o, p, at) })
	})
}

func newRanged(ctx context.Context, size int64, get rangeFunc) *Ranged {
	return &Ranged{ctx: ctx, size: size, get: get, blocks: map[int64]*block{}}
}

// ReadAt implements io.ReaderAt.
func (r *Ranged) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, fmt.Errorf("read at byte %d", off)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for n < len(p) {
		at := off + int64(n)
		if at >= r.size {
			return n, io.EOF
		}
		data, err := r.block(at / blockSize)
		if err != nil {
			return n, err
		}
		n += copy(p[n:], data[at%blockSize:])
	}
	return n, nil
}

// block returns the content of a block.
func (r *Ranged) block(number int64) ([]byte, error) {
	r.clock++
	if b := r.blocks[number]; b != nil {
		b.used = r.clock
		return b.data, nil
	}
	at := number * blockSize
	b := r.free()
	b.data = b.data[:min(blockSize, r.size-at)]
	if err := r.get(r.ctx, b.data, at); err != nil {
		return nil, err
	}
	b.used = r.clock
	r.blocks[number] = b
	return b.data, nil
}

// free returns a block to read into: a new one, or that which was not used for
// the longest time.
func (r *Ranged) free() *block {
	if len(r.blocks) < keptBlocks {
		return &block{data: make([]byte, 0, min(blockSize, r.size))}
	}
	oldest := int64(-1)
	for number, b := range r.blocks {
		if oldest < 0 || b.used < r.blocks[oldest].used {
			oldest = number
		}
	}
	b := r.blocks[oldest]
	delete(r.blocks, oldest)
	return b
}

// readRange fills p with the object's bytes from at on.
func (c *S3Client) readRange(ctx context.Context, o Object, p []byte, at int64) (err error) {
	in := c.getting(o)
	in.Range = aws.String(fmt.Sprintf("bytes=%d-%d", at, at+int64(len(p))-1))
	out, err := c.api.GetObject(ctx, in)
	if err != nil {
		return c.wrap("GetObject", o.Key, err)
	}
	defer func() { err = errors.Join(err, out.Body.Close()) }()
	if want := fmt.Sprintf("bytes %d-%d/%d", at, at+int64(len(p))-1, o.Size); aws.ToString(out.ContentRange) != want {
		return c.wrap("GetObject", o.Key, fmt.Errorf("asked for %q, got range %q", want, aws.ToString(out.ContentRange)))
	}
	if _, err := io.ReadFull(out.Body, p); err != nil {
		return fmt.Errorf("read s3://%s/%s at byte %d: %w", o.Bucket, o.Key, at, err)
	}
	return nil
}
