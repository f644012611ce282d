package source

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"testing/iotest"
	"time"
)

// TestRanged reads an object of more blocks than are kept, in any order, and
// compares with the bytes.
func TestRanged(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	content := make([]byte, blockSize*(keptBlocks+5)+12345)
	for k := range content {
		content[k] = byte(rnd.Uint32())
	}
	gets := 0
	r := newRanged(t.Context(), int64(len(content)), func(_ context.Context, p []byte, at int64) error {
		gets++
		if at%blockSize != 0 || at+int64(len(p)) > int64(len(content)) {
			t.Errorf("asked for %d bytes from %d on", len(p), at)
		}
		copy(p, content[at:])
		return nil
	})
	for range 500 {
		at := rnd.Int64N(int64(len(content)))
		p := make([]byte, rnd.IntN(3*blockSize/2))
		n, err := r.ReadAt(p, at)
		want := content[at:min(at+int64(len(p)), int64(len(content)))]
		if n != len(want) || !bytes.Equal(p[:n], want) || (err == io.EOF) != (n < len(p)) {
			t.Fatalf("%d bytes at %d: got %d, error %v", len(p), at, n, err)
		}
	}
	if len(r.blocks) > keptBlocks {
		t.Errorf("%d blocks are kept", len(r.blocks))
	}
	before := gets
	for at := range int64(1000) {
		if _, err := r.ReadAt(make([]byte, 100), at); err != nil {
			t.Fatal(err)
		}
	}
	if gets > before+1 {
		t.Errorf("%d requests for one block", gets-before)
	}
	small := newRanged(t.Context(), 10, func(_ context.Context, p []byte, _ int64) error {
		copy(p, "0123456789")
		return nil
	})
	if err := iotest.TestReader(io.NewSectionReader(small, 0, 10), []byte("0123456789")); err != nil {
		t.Error(err)
	}
}

// TestRangedError has a block that cannot be read: it is asked for again.
func TestRangedError(t *testing.T) {
	cause := errors.New("connection reset")
	fail := true
	r := newRanged(t.Context(), 10, func(_ context.Context, p []byte, _ int64) error {
		if fail {
			return cause
		}
		copy(p, "0123456789")
		return nil
	})
	if _, err := r.ReadAt(make([]byte, 4), 2); !errors.Is(err, cause) {
		t.Errorf("error %v", err)
	}
	if _, err := r.ReadAt(make([]byte, 4), -1); err == nil {
		t.Error("no error at a negative byte")
	}
	fail = false
	p := make([]byte, 4)
	if _, err := r.ReadAt(p, 2); err != nil || string(p) != "2345" {
		t.Errorf("got %q, %v", p, err)
	}
}

// TestReaderAt asks S3: for the version that was listed, in ranges, again
// after a fault that passes, and not after one that does not.
func TestReaderAt(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789"), 60_000)
	var status []int // of the next answers
	c, _ := client(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("If-Match") != `"e1"` || r.Header.Get("Range") == "" {
			t.Errorf("If-Match %q, Range %q", r.Header.Get("If-Match"), r.Header.Get("Range"))
		}
		if len(status) > 0 {
			w.WriteHeader(status[0])
			status = status[1:]
			return
		}
		w.Header().Set("ETag", `"e1"`)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	}, S3Options{})
	o := Object{Bucket: "logs", Key: "k", ETag: "e1", Size: int64(len(content))}
	read := func(at int64, o Object) (string, error) {
		p := make([]byte, 15)
		n, err := c.ReaderAt(t.Context(), o).ReadAt(p, at)
		return string(p[:n]), err
	}
	status = []int{http.StatusServiceUnavailable, http.StatusInternalServerError}
	if got, err := read(blockSize-2, o); err != nil || got != string(content[blockSize-2:blockSize+13]) {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := read(o.Size-5, o); err != io.EOF || got != "56789" {
		t.Errorf("at the end: got %q, %v", got, err)
	}
	status = []int{http.StatusPreconditionFailed}
	if _, err := read(0, o); !errors.Is(err, ErrChanged) {
		t.Errorf("another version: %v", err)
	}
	status = slices.Repeat([]int{http.StatusServiceUnavailable}, maxResumes+1)
	if _, err := read(0, o); !errors.Is(err, ErrTransient) {
		t.Errorf("a fault that lasts: %v", err)
	}
	o.Size += 7
	if _, err := read(o.Size-3, o); err == nil {
		t.Error("an object of another size than listed is read")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.ReaderAt(ctx, o).ReadAt(make([]byte, 5), 0); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
