package harness

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// Record is the body of a record as it came out of the host, its numbers as
// they are written (json.Number).
type Record = map[string]any

// Output reads the files that the file output writes, one for each tag, as
// they grow.
type Output struct {
	dir string

	mu   sync.Mutex
	tags map[string]*tagFile
}

// tagFile is what was read of one file.
type tagFile struct {
	offset  int64
	records []Record
}

// NewOutput reads the output of a configuration, of all its runs.
func NewOutput(c Config) *Output {
	return &Output{dir: c.OutDir(), tags: map[string]*tagFile{}}
}

// Records are the records of a tag up to now.
func (o *Output) Records(tag string) ([]Record, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	f := o.tags[tag]
	if f == nil {
		f = &tagFile{}
		o.tags[tag] = f
	}
	if err := f.read(filepath.Join(o.dir, tag)); err != nil {
		return nil, err
	}
	return f.records[:len(f.records):len(f.records)], nil
}

// read reads the complete lines that were added to the file.
func (f *tagFile) read(path string) error {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // no record yet
	}
	if err != nil {
		return fmt.Errorf("open output: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.NewSectionReader(file, f.offset, 1<<62))
	if err != nil {
		return fmt.Errorf("read output: %w", err)
	}
	for {
		line, rest, complete := bytes.Cut(text, []byte("\n"))
		if !complete {
			return nil
		}
		record, err := parse(line)
		if err != nil {
			return fmt.Errorf("read output %s at byte %d: %w", path, f.offset, err)
		}
		f.records = append(f.records, record)
		f.offset += int64(len(line)) + 1
		text = rest
	}
}

func parse(line []byte) (Record, error) {
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.UseNumber()
	var record Record
	if err := decoder.Decode(&record); err != nil {
		return nil, fmt.Errorf("%w in %.200q", err, line)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("text after the record in %.200q", line)
	}
	return record, nil
}

// cutTorn removes a last line that a crash has cut off. The host still has its
// record in storage and writes it again.
func (o *Output) cutTorn() error {
	files, err := filepath.Glob(filepath.Join(o.dir, "*"))
	if err != nil {
		return fmt.Errorf("list output: %w", err)
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("read output: %w", err)
		}
		if whole := bytes.LastIndexByte(text, '\n') + 1; whole < len(text) {
			if err := os.Truncate(path, int64(whole)); err != nil {
				return fmt.Errorf("cut output: %w", err)
			}
		}
	}
	return nil
}
