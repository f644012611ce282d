package abihost

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/vmihailenco/msgpack/v5"
	"github.com/vmihailenco/msgpack/v5/msgpcode"
)

// Record is one log record as an output received it.
type Record struct {
	Output   int    // index of the output in the configuration
	Instance string // name.N, or "backlog" for chunks of an earlier run
	Tag      string
	Time     time.Time
	Metadata map[string]any
	Body     map[string]any // integers are int64 or uint64, bin is []byte
}

// frame is the header of a delivered chunk on the records pipe.
type frame struct {
	Magic                     [4]byte
	Output, SourceLen, TagLen uint32
	Len                       uint64
}

// maxFrame bounds what a frame may claim, so that a broken one is an error.
const maxFrame = 4 << 30

func (r *Run) readRecords(f *os.File) {
	defer f.Close()
	for {
		err := r.readFrame(f)
		switch {
		case err == nil:
			continue
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			// A frame cut by SIGKILL was not delivered: its chunk is sent
			// again after a restart.
			return
		}
		r.update(func() { r.problem = append(r.problem, err) })
		// Keep the pipe empty: a full one would block the host.
		_, _ = io.Copy(io.Discard, f)
		return
	}
}

func (r *Run) readFrame(in io.Reader) error {
	var h frame
	if err := binary.Read(in, binary.NativeEndian, &h); err != nil {
		return err
	}
	if string(h.Magic[:]) != "ABIR" || h.Len > maxFrame || h.SourceLen > 1<<20 || h.TagLen > 1<<20 {
		return fmt.Errorf("read frame: bad header %+v", h)
	}
	buf := make([]byte, uint64(h.SourceLen)+uint64(h.TagLen)+h.Len)
	if _, err := io.ReadFull(in, buf); err != nil {
		return err
	}
	source, tag, data := string(buf[:h.SourceLen]), string(buf[h.SourceLen:h.SourceLen+h.TagLen]), buf[h.SourceLen+h.TagLen:]
	dec := msgpack.NewDecoder(nil)
	var batch []Record
	for len(data) > 0 {
		br := bytes.NewReader(data)
		dec.Reset(br)
		rec, err := decodeRecord(dec)
		if err != nil {
			return fmt.Errorf("decode record of %s: %w", source, err)
		}
		raw := data[:len(data)-br.Len()]
		data = data[len(raw):]
		if rec == nil {
			continue // a group marker
		}
		rec.Output, rec.Instance, rec.Tag = int(h.Output), source, tag
		if err := r.output(rec, raw); err != nil {
			return err
		}
		batch = append(batch, *rec)
	}
	if r.opts.OnRecord != nil {
		for _, rec := range batch {
			r.opts.OnRecord(rec)
		}
	}
	r.update(func() {
		r.count += len(batch)
		if r.opts.OnRecord == nil {
			r.records = append(r.records, batch...)
		}
	})
	return nil
}

// Records returns the records delivered so far, once per output.
func (r *Run) Records() []Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Record(nil), r.records...)
}

// WaitRecords blocks until at least n records are delivered and returns
// them all; with OnRecord set it returns none.
func (r *Run) WaitRecords(ctx context.Context, n int) ([]Record, error) {
	err := r.wait(ctx, fmt.Sprintf("%d records", n), func() bool { return r.count >= n })
	return r.Records(), err
}

// decodeRecord reads [[time, metadata], body] or [time, body]. It returns
// nil for a group marker.
func decodeRecord(d *msgpack.Decoder) (*Record, error) {
	if n, err := d.DecodeArrayLen(); err != nil || n != 2 {
		return nil, fmt.Errorf("root array of %d: %w", n, orShape(err))
	}
	rec := &Record{}
	code, err := d.PeekCode()
	if err != nil {
		return nil, err
	}
	header := isArray(code)
	if header {
		if n, err := d.DecodeArrayLen(); err != nil || n != 2 {
			return nil, fmt.Errorf("header array of %d: %w", n, orShape(err))
		}
	}
	stamp, err := decodeValue(d)
	if err != nil {
		return nil, err
	}
	var marker bool
	if rec.Time, marker, err = eventTime(stamp); err != nil {
		return nil, err
	}
	if header {
		if rec.Metadata, err = decodeMap(d); err != nil {
			return nil, err
		}
	}
	if rec.Body, err = decodeMap(d); err != nil || marker {
		return nil, err
	}
	return rec, nil
}

var errShape = errors.New("not a log record")

func orShape(err error) error {
	if err != nil {
		return err
	}
	return errShape
}

// ext is an extension value other than a record's time.
type ext struct {
	Type int8
	Data []byte
}

// eventTime reads a decoded timestamp; marker tells that the host takes the
// record for a group marker (seconds 2^32-1 and 2^32-2).
func eventTime(v any) (t time.Time, marker bool, err error) {
	switch v := v.(type) {
	case int64:
		return time.Unix(v, 0).UTC(), v < 0, nil
	case uint64:
		return time.Unix(int64(v), 0).UTC(), int64(v) < 0, nil
	case float64:
		sec := int64(v)
		return time.Unix(sec, int64((v-float64(sec))*1e9)).UTC(), v <= -1, nil
	case ext:
		if v.Type == 0 && len(v.Data) == 8 {
			sec, nsec := binary.BigEndian.Uint32(v.Data), binary.BigEndian.Uint32(v.Data[4:])
			return time.Unix(int64(sec), int64(nsec)).UTC(), sec >= 1<<32-2, nil
		}
	}
	return time.Time{}, false, fmt.Errorf("timestamp %T: %w", v, errShape)
}

func isMap(code byte) bool {
	return msgpcode.IsFixedMap(code) || code == msgpcode.Map16 || code == msgpcode.Map32
}

func isArray(code byte) bool {
	return msgpcode.IsFixedArray(code) || code == msgpcode.Array16 || code == msgpcode.Array32
}

func decodeMap(d *msgpack.Decoder) (map[string]any, error) {
	// DecodeMapLen would also take nil, and a map behind an extension header.
	code, err := d.PeekCode()
	if err != nil || !isMap(code) {
		return nil, orShape(err)
	}
	n, err := d.DecodeMapLen()
	if err != nil {
		return nil, err
	}
	m := make(map[string]any, min(max(n, 0), 1024))
	for range n {
		k, err := decodeValue(d)
		if err != nil {
			return nil, err
		}
		v, err := decodeValue(d)
		if err != nil {
			return nil, err
		}
		if s, ok := k.(string); ok {
			m[s] = v
		} else {
			m[fmt.Sprint(k)] = v
		}
	}
	return m, nil
}

func decodeValue(d *msgpack.Decoder) (any, error) {
	code, err := d.PeekCode()
	if err != nil {
		return nil, err
	}
	switch {
	case isMap(code):
		return decodeMap(d)
	case isArray(code):
		n, err := d.DecodeArrayLen()
		if err != nil {
			return nil, err
		}
		list := make([]any, 0, min(max(n, 0), 1024))
		for range n {
			v, err := decodeValue(d)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	case msgpcode.IsBin(code):
		return d.DecodeBytes()
	case msgpcode.IsExt(code):
		id, n, err := d.DecodeExtHeader()
		if err != nil {
			return nil, err
		}
		var data bytes.Buffer
		if _, err := io.CopyN(&data, d.Buffered(), int64(n)); err != nil {
			return nil, err
		}
		return ext{id, data.Bytes()}, nil
	}
	return d.DecodeInterfaceLoose()
}
