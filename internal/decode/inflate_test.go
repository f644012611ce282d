package decode

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"
)

// FuzzInflater compares with the standard library: as many layers of gzip as
// are allowed come off, and what is damaged is so for both.
func FuzzInflater(f *testing.F) {
	zip := func(plain []byte) []byte {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		if _, err := w.Write(plain); err != nil {
			f.Fatal(err)
		}
		if err := w.Close(); err != nil {
			f.Fatal(err)
		}
		return b.Bytes()
	}
	one := zip([]byte("text"))
	for _, seed := range [][]byte{nil, []byte("text"), one, zip(one), zip(zip(one)), append(one, one...), one[:len(one)-3], zip(one[:len(one)-3]), {0x1f}, {0x1f, 0x8b}, append(one, "rest"...)} {
		f.Add(seed)
	}
	var inflater inflater
	f.Fuzz(func(t *testing.T, in []byte) {
		const limit = 1 << 20
		want, wantErr := unzip(in, limit)
		r, err := inflater.reset(bytes.NewReader(in), int64(len(in)))
		var got []byte
		if err == nil {
			got, err = io.ReadAll(io.LimitReader(r, limit))
		}
		if (err == nil) != (wantErr == nil) || err == nil && !bytes.Equal(got, want) {
			t.Fatalf("got %d bytes, error %v; want %d bytes, error %v", len(got), err, len(want), wantErr)
		}
	})
}

// unzip takes off the layers with the standard library, all at once.
func unzip(in []byte, limit int64) ([]byte, error) {
	for range maxWraps {
		if len(in) < 2 || in[0] != 0x1f || in[1] != 0x8b {
			return in[:min(len(in), int(limit))], nil
		}
		r, err := gzip.NewReader(bytes.NewReader(in))
		if err != nil {
			return nil, err
		}
		if in, err = io.ReadAll(io.LimitReader(r, limit)); err != nil {
			return nil, err
		}
	}
	return in, nil
}

// TestInflaterSizes reads objects below, at and beyond the size up to which
// they are read into memory first, whole and cut off by an error, whatever size
// was told.
func TestInflaterSizes(t *testing.T) {
	random := rand.NewChaCha8([32]byte{1})
	lost := errors.New("connection lost")
	var inflater inflater
	for _, size := range []int{maxWhole - 1, maxWhole, maxWhole + 1, 3*maxWhole + 5, 10} {
		in := make([]byte, size)
		if _, err := random.Read(in); err != nil {
			t.Fatal(err)
		}
		in[0] = '{' // not gzip
		for _, told := range []int64{0, int64(size), 1, maxWhole, maxWhole + 1, 1 << 40} {
			r, err := inflater.reset(bytes.NewReader(in), told)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, in) {
				t.Errorf("%d bytes, told %d: got %d, %v", size, told, len(got), err)
			}
			r, err = inflater.reset(io.MultiReader(bytes.NewReader(in), iotest.ErrReader(lost)), told)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(r); !errors.Is(err, lost) || !bytes.Equal(got, in) {
				t.Errorf("%d bytes, told %d, then an error: got %d, %v", size, told, len(got), err)
			}
		}
	}
}
