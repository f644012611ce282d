package state

import (
	"encoding/binary"
	"fmt"
	"time"
)

// The tables of a connector of CloudWatch Logs.
const (
	tableSources table = "sources" // source -> id, marks
	tableSeen    table = "seen"    // source id, minute, run -> ids of delivered events
)

// runSize is how many ids a run holds. With its key it fills a page of the
// file; only the last run of a minute is ever written again.
const runSize = 480

const idSize = 8 // bytes of an EventID

// runKey orders runs by source and minute.
func runKey(source uint32, minute int64, run uint32) []byte {
	b := binary.BigEndian.AppendUint32(make([]byte, 0, 16), source)
	b = binary.BigEndian.AppendUint64(b, uint64(minute)^1<<63) // negative ones first
	return binary.BigEndian.AppendUint32(b, run)
}

func decodeRunKey(b []byte) (source uint32, minute int64, run uint32, err error) {
	if len(b) != 16 {
		return 0, 0, 0, fmt.Errorf("decode key of delivered events: %d bytes", len(b))
	}
	return binary.BigEndian.Uint32(b), int64(binary.BigEndian.Uint64(b[4:]) ^ 1<<63), binary.BigEndian.Uint32(b[12:]), nil
}

func appendRun(ids []EventID, b []byte) ([]EventID, error) {
	if len(b)%idSize != 0 || len(b) == 0 {
		return nil, fmt.Errorf("decode delivered events: %w: %d bytes", errDamaged, len(b))
	}
	for ; len(b) > 0; b = b[idSize:] {
		ids = append(ids, EventID(binary.BigEndian.Uint64(b)))
	}
	return ids, nil
}

func encodeRun(ids []EventID) []byte {
	b := make([]byte, 0, len(ids)*idSize)
	for _, id := range ids {
		b = binary.BigEndian.AppendUint64(b, uint64(id))
	}
	return b
}

// A source's entry: id, head, and for each sweep its age in seconds and its
// mark.
func (s *logSource) encode() []byte {
	b := binary.BigEndian.AppendUint32(nil, s.id)
	b = binary.BigEndian.AppendUint64(b, uint64(s.marks.Head))
	for age, mark := range s.marks.Sweeps {
		b = binary.BigEndian.AppendUint64(b, uint64(age/time.Second))
		b = binary.BigEndian.AppendUint64(b, uint64(mark))
	}
	return b
}

func decodeSource(b []byte) (*logSource, error) {
	if len(b) < 12 || (len(b)-12)%16 != 0 {
		return nil, fmt.Errorf("decode source: %d bytes", len(b))
	}
	s := &logSource{id: binary.BigEndian.Uint32(b)}
	s.marks = Marks{Head: int64(binary.BigEndian.Uint64(b[4:])), Sweeps: make(map[time.Duration]int64)}
	for b = b[12:]; len(b) > 0; b = b[16:] {
		s.marks.Sweeps[time.Duration(binary.BigEndian.Uint64(b))*time.Second] = int64(binary.BigEndian.Uint64(b[8:]))
	}
	return s, nil
}

// checkWindows knows an entry of these tables for well-formed.
func checkWindows(t table, key, value []byte) error {
	if t == tableSources {
		_, err := decodeSource(value)
		return err
	}
	if _, _, _, err := decodeRunKey(key); err != nil {
		return err
	}
	_, err := appendRun(nil, value)
	return err
}
