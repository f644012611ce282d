package abihost

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/vmihailenco/msgpack/v5"
)

// output writes records as the host's output of that name would: file,
// stdout and null are known.
type output struct {
	name, format string
	dir, file    string // of a file output; the tag names the file if empty
	files        map[string]*bufio.Writer
	open         []*os.File
}

func newOutputs(c *config, o Options) ([]*output, error) {
	x := c.expander(o.lookup)
	var outs []*output
	for _, s := range c.outputs {
		out := &output{
			name:   strings.ToLower(x(s.get("name"))),
			format: strings.ToLower(x(s.get("format"))),
			dir:    x(s.get("path")),
			file:   x(s.get("file")),
			files:  map[string]*bufio.Writer{},
		}
		switch out.name {
		case "file", "stdout", "null":
		default:
			return nil, fmt.Errorf("output %q is not supported by abihost: %w", out.name, ErrConfig)
		}
		if !filepath.IsAbs(out.dir) {
			out.dir = filepath.Join(o.Dir, out.dir)
		}
		outs = append(outs, out)
	}
	return outs, nil
}

// output hands a record to its output; raw is the record's msgpack.
func (r *Run) output(rec *Record, raw []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if rec.Output >= len(r.outputs) {
		return fmt.Errorf("deliver record: no output %d", rec.Output)
	}
	o := r.outputs[rec.Output]
	switch o.name {
	case "stdout":
		line, err := o.jsonLine(rec, raw)
		r.stdout = append(r.stdout, line...)
		return err
	case "file":
		return o.write(rec, raw)
	}
	return nil
}

// jsonLine is a stdout line of format json_lines: the body with the time as
// its first key.
func (o *output) jsonLine(rec *Record, raw []byte) ([]byte, error) {
	body, err := bodyJSON(raw)
	if err != nil {
		return nil, err
	}
	line := fmt.Appendf(nil, `{"date":%.6f`, float64(rec.Time.UnixNano())/1e9)
	if len(body) > 2 {
		line = append(line, ',')
	}
	return append(append(line, body[1:]...), '\n'), nil
}

func (o *output) write(rec *Record, raw []byte) error {
	name := o.file
	if name == "" {
		name = rec.Tag
	}
	w := o.files[name]
	if w == nil {
		path := filepath.Join(o.dir, name)
		f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		if err != nil {
			return fmt.Errorf("open output file: %w", err)
		}
		w = bufio.NewWriter(f)
		o.files[name], o.open = w, append(o.open, f)
	}
	body, err := bodyJSON(raw)
	if err != nil {
		return err
	}
	if o.format == "plain" {
		_, err = fmt.Fprintf(w, "%s\n", body)
	} else {
		_, err = fmt.Fprintf(w, "%s: [%d.%09d, %s]\n", rec.Tag, rec.Time.Unix(), rec.Time.Nanosecond(), body)
	}
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		return fmt.Errorf("write output file: %w", err)
	}
	return nil
}

// closeOutputs closes the files of all outputs; they are flushed already.
func closeOutputs(outs []*output) error {
	var errs []error
	for _, o := range outs {
		for _, f := range o.open {
			if err := f.Close(); err != nil {
				errs = append(errs, fmt.Errorf("close output file: %w", err))
			}
		}
		o.open, o.files = nil, nil
	}
	return errors.Join(errs...)
}

// bodyJSON renders the body of a record as JSON with the keys in their
// order on the wire.
func bodyJSON(raw []byte) ([]byte, error) {
	d := msgpack.NewDecoder(bytes.NewReader(raw))
	if _, err := d.DecodeArrayLen(); err != nil {
		return nil, fmt.Errorf("render record: %w", err)
	}
	if err := d.Skip(); err != nil {
		return nil, fmt.Errorf("render record: %w", err)
	}
	b, err := appendJSON(nil, d)
	if err != nil {
		return nil, fmt.Errorf("render record: %w", err)
	}
	return b, nil
}

func appendJSON(b []byte, d *msgpack.Decoder) ([]byte, error) {
	code, err := d.PeekCode()
	if err != nil {
		return nil, err
	}
	switch {
	case isMap(code):
		n, err := d.DecodeMapLen()
		if err != nil {
			return nil, err
		}
		b = append(b, '{')
		for i := range n {
			if i > 0 {
				b = append(b, ',')
			}
			k, err := decodeValue(d)
			if err != nil {
				return nil, err
			}
			b = append(appendString(b, fmt.Sprint(k)), ':')
			if b, err = appendJSON(b, d); err != nil {
				return nil, err
			}
		}
		return append(b, '}'), nil
	case isArray(code):
		n, err := d.DecodeArrayLen()
		if err != nil {
			return nil, err
		}
		b = append(b, '[')
		for i := range n {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = appendJSON(b, d); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	}
	v, err := decodeValue(d)
	if err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case string:
		return appendString(b, v), nil
	case []byte:
		return appendString(b, string(v)), nil
	case ext:
		return appendString(b, fmt.Sprintf("%x", v.Data)), nil
	case float64:
		return appendFloat(b, v), nil
	}
	j, err := json.Marshal(v)
	return append(b, j...), err
}

// appendFloat prints a float as the host does (src/flb_pack.c): %.1f what is
// whole and fits in 64 bits, %.16g the rest.
func appendFloat(b []byte, v float64) []byte {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return append(b, "null"...)
	case v == math.Trunc(v) && math.Abs(v) < 1<<63:
		return strconv.AppendFloat(b, v, 'f', 1, 64)
	}
	return strconv.AppendFloat(b, v, 'g', 16, 64)
}

func appendString(b []byte, s string) []byte {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return append(b, `""`...) // a string always encodes
	}
	return append(b, bytes.TrimSuffix(buf.Bytes(), []byte("\n"))...)
}
