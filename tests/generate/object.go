package generate

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"github.com/klauspost/compress/gzip"
)

const (
	// deliveryInterval is the step of the time stamps in object names.
	deliveryInterval = 5 * time.Minute
	defaultRecords   = 100
)

// File is what the log files of all types have in common. Fields left zero are
// filled in by the generator.
type File struct {
	Account string    // default: the first of Options.Accounts
	Region  string    // default: the first of Options.Regions
	At      time.Time // when the file was made; its name's stamp is this, cut to five minutes; default Options.Start
	Records int       // default 100; negative: an empty file
	Prefix  string    // what precedes AWSLogs in the key, without a trailing slash
}

func (g *Generator) complete(f File) File {
	f.Account = orDefault(f.Account, g.opt.Accounts[0])
	f.Region = orDefault(f.Region, g.opt.Regions[0])
	if f.At.IsZero() {
		f.At = g.opt.Start
	}
	f.At = f.At.UTC()
	switch {
	case f.Records == 0:
		f.Records = defaultRecords
	case f.Records < 0:
		f.Records = 0
	}
	return f
}

// scope is the file's account, region and the five minutes before it.
func (f File) scope() scope {
	to := f.At.Truncate(deliveryInterval)
	return scope{account: f.Account, region: f.Region, from: to.Add(-deliveryInterval).Unix(), to: to.Unix()}
}

// Object is an object of a bucket with its truth: how many records a reader
// must find in it.
type Object struct {
	Key          string
	Body         []byte // as stored
	Records      int
	LastModified time.Time
	Metadata     map[string]string // user metadata, by lower-case name without x-amz-meta-; nil if none

	Account, Region string    // whose log it is
	Gzip            bool      // Body is compressed
	SHA256          string    // hex, of the body before compression
	Oldest, Newest  time.Time // event times; zero where there are none
}

// Raw gives the body before compression.
func (o Object) Raw() ([]byte, error) {
	if !o.Gzip {
		return o.Body, nil
	}
	zr, err := gzip.NewReader(bytes.NewReader(o.Body))
	if err != nil {
		return nil, fmt.Errorf("read gzip header of %s: %w", o.Key, err)
	}
	raw, err := io.ReadAll(zr)
	if err != nil {
		return nil, fmt.Errorf("inflate %s: %w", o.Key, err)
	}
	return raw, nil
}

// object wraps a body up. S3 stores it up to two minutes after the file was made.
func (g *Generator) object(f File, key string, body []byte, compress bool) Object {
	sum := sha256.Sum256(body)
	o := Object{
		Key: key, Body: body, Records: f.Records, Gzip: compress, SHA256: hex.EncodeToString(sum[:]),
		LastModified: f.At.Add(time.Duration(g.rnd.between(1, 120)) * time.Second).Truncate(time.Second),
		Account:      f.Account, Region: f.Region,
	}
	if compress {
		o.Body = g.zip.compress(body)
	}
	return o
}

// compressor reuses one gzip writer.
type compressor struct{ w *gzip.Writer }

func (c *compressor) compress(body []byte) []byte {
	var out bytes.Buffer
	if c.w == nil {
		c.w = gzip.NewWriter(&out)
	} else {
		c.w.Reset(&out)
	}
	// A bytes.Buffer takes every write, so an error here is a fault of the program.
	if _, err := c.w.Write(body); err != nil {
		panic(fmt.Errorf("deflate to memory: %w", err))
	}
	if err := c.w.Close(); err != nil {
		panic(fmt.Errorf("deflate to memory: %w", err))
	}
	return out.Bytes()
}

// Gzip compresses bytes as the generator's objects are compressed.
func Gzip(body []byte) []byte { return new(compressor).compress(body) }

func unixTime(sec int64) time.Time {
	if sec == 0 {
		return time.Time{}
	}
	return time.Unix(sec, 0).UTC()
}
