package decode

import (
	"bytes"
	"compress/gzip"
	"io"
	"testing"
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
		r, err := inflater.reset(bytes.NewReader(in))
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
