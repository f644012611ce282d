package source

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// flaky serves content, and cuts or refuses as its script says.
type flaky struct {
	content []byte
	script  []func(rest []byte) (io.Reader, error) // one for each get; then all is well
	asked   []int64
	waits   []time.Duration
	noSize  bool
	open    int
}

func (f *flaky) get(_ context.Context, at int64) (io.ReadCloser, int64, error) {
	f.asked = append(f.asked, at)
	rest := f.content[at:]
	body := io.Reader(bytes.NewReader(rest))
	if len(f.script) > 0 {
		step := f.script[0]
		f.script = f.script[1:]
		var err error
		if body, err = step(rest); err != nil {
			return nil, 0, err
		}
	}
	size := int64(len(f.content))
	if f.noSize {
		size = -1
	}
	f.open++
	return closer{body, func() { f.open-- }}, size, nil
}

func (f *flaky) sleep(ctx context.Context, d time.Duration) error {
	f.waits = append(f.waits, d)
	return ctx.Err()
}

type closer struct {
	io.Reader
	close func()
}

func (c closer) Close() error { c.close(); return nil }

// cutAfter gives n bytes and then err, or an end that comes too early.
func cutAfter(n int, err error) func([]byte) (io.Reader, error) {
	return func(rest []byte) (io.Reader, error) {
		part := bytes.NewReader(rest[:min(n, len(rest))])
		if err == nil {
			return part, nil
		}
		return io.MultiReader(part, iotest.ErrReader(err)), nil
	}
}

func refuse(class Class) func([]byte) (io.Reader, error) {
	return func([]byte) (io.Reader, error) {
		return nil, &RequestError{Op: "GetObject", Bucket: "b", Key: "k", Class: class, Err: errors.New("refused")}
	}
}

var errReset = errors.New("connection reset by peer")

func TestResumable(t *testing.T) {
	type script = []func([]byte) (io.Reader, error)
	content := bytes.Repeat([]byte("0123456789"), 1000)
	object := Object{Bucket: "b", Key: "k", ETag: "e"}
	tests := map[string]struct {
		f     flaky
		from  int64
		size  int64
		want  error // nil: the content, from from
		asked int
	}{
		"whole":                   {asked: 1},
		"from the middle":         {from: 4000, asked: 1},
		"from the end":            {from: 10000, size: 10000, asked: 0},
		"reset":                   {f: flaky{script: script{cutAfter(1234, errReset)}}, asked: 2},
		"reset before the end":    {f: flaky{script: script{cutAfter(10000, errReset)}}, asked: 1},
		"early end":               {f: flaky{script: script{cutAfter(1234, nil), cutAfter(0, nil), cutAfter(1, nil)}}, asked: 4},
		"early end, size listed":  {f: flaky{noSize: true, script: script{cutAfter(9, nil)}}, size: 10000, asked: 2},
		"size unknown":            {f: flaky{noSize: true, script: script{cutAfter(9, errReset)}}, asked: 2},
		"throttled, then reset":   {f: flaky{script: script{refuse(Transient), cutAfter(5, errReset), refuse(Transient)}}, asked: 4},
		"many cuts with progress": {f: flaky{script: slicesOf(50, cutAfter(100, errReset))}, asked: 51},
		"cuts without progress":   {f: flaky{script: slicesOf(50, cutAfter(0, errReset))}, want: ErrTransient, asked: maxResumes + 1},
		"throttled for ever":      {f: flaky{script: slicesOf(50, refuse(Transient))}, want: ErrTransient, asked: maxResumes + 1},
		"overwritten on the way":  {f: flaky{script: script{cutAfter(5, errReset), refuse(Changed)}}, want: ErrChanged, asked: 2},
		"denied":                  {f: flaky{script: script{refuse(Denied)}}, want: ErrDenied, asked: 1},
		"not there":               {f: flaky{script: script{refuse(NotFound)}}, want: ErrNotFound, asked: 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := tt.f
			f.content = content
			o := object
			o.Size = tt.size
			got, err := readAll(t.Context(), o, tt.from, &f)
			if tt.want != nil {
				if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), "s3://b/k") {
					t.Errorf("err = %v, want %v of s3://b/k", err, tt.want)
				}
			} else if err != nil || !bytes.Equal(got, content[tt.from:]) {
				t.Errorf("read %d bytes, %v, want %d", len(got), err, len(content)-int(tt.from))
			}
			if len(f.asked) != tt.asked {
				t.Errorf("asked for bytes from %v, want %d requests", f.asked, tt.asked)
			}
			if f.open != 0 {
				t.Errorf("%d bodies were left open", f.open)
			}
			for i := 1; i < len(f.waits); i++ {
				if f.waits[i] > lastResume {
					t.Errorf("waited %v", f.waits)
				}
			}
		})
	}
}

func slicesOf[T any](n int, v T) []T {
	s := make([]T, n)
	for i := range s {
		s[i] = v
	}
	return s
}

func readAll(ctx context.Context, o Object, from int64, f *flaky) ([]byte, error) {
	r, err := openResumable(ctx, o, from, f.get, f.sleep)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(r)
	return b, errors.Join(err, r.Close())
}

// TestResumableAtRandom cuts anywhere.
func TestResumableAtRandom(t *testing.T) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	for range 200 {
		f := flaky{content: bytes.Repeat([]byte("abcdefg"), random.IntN(300))}
		for range random.IntN(5) {
			err := errReset
			if random.IntN(2) == 0 {
				err = nil
			}
			f.script = append(f.script, cutAfter(random.IntN(500), err))
		}
		got, err := readAll(t.Context(), Object{Bucket: "b", Key: "k"}, 0, &f)
		if err != nil || !bytes.Equal(got, f.content) {
			t.Fatalf("seed %d: read %d of %d bytes, %v", seed, len(got), len(f.content), err)
		}
	}
}

func TestResumableEnds(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("the host stops")
	f := flaky{content: []byte("0123"), script: slicesOf(9, cutAfter(1, errReset))}
	r, err := openResumable(ctx, Object{Bucket: "b", Key: "k"}, 0, f.get, f.sleep)
	if err != nil {
		t.Fatal(err)
	}
	cancel(why)
	if _, err := io.ReadAll(r); !errors.Is(err, why) {
		t.Errorf("err = %v, want %v", err, why)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if _, err := r.Read(make([]byte, 1)); err == nil || err == io.EOF {
		t.Errorf("read after Close = %v", err)
	}
}
