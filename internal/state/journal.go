package state

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"slices"
)

// A journal is a file of commits in the order in which they were made: a
// header, then records. Both carry checksums.
//
//	header: magic, id of the state file, length and text of the boot id, CRC
//	record: length of the body, CRC of the body, CRC of these two, the body
//	body:   sequence number, connector, then table, key, 1 and value of each
//	        entry that the commit writes, and table, key, 0 of each it deletes
//
// Numbers are big-endian, or uvarint where they are lengths of texts; CRC is
// CRC-32C.
type journal struct {
	path   string
	file   *os.File
	header []byte
	size   int64 // bytes; 0: not even a header
}

const (
	journalMagic = "stellar_aws journal 1\n"
	recordHeader = 12 // bytes
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func openJournal(path string, header []byte) (*journal, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open state journal: %w", err)
	}
	return &journal{path: path, file: file, header: header}, nil
}

// append writes one record. It is safe from the death of the process, and not
// from that of the machine, when append returns nil; after an error it is not
// there.
func (j *journal) append(record []byte) error {
	b := record
	if j.size == 0 {
		b = slices.Concat(j.header, record)
	}
	if _, err := j.file.WriteAt(b, j.size); err != nil {
		// What is there of it is no whole record, and the next one is written over it.
		return fmt.Errorf("write state journal: %w", errors.Join(err, j.file.Truncate(j.size)))
	}
	j.size += int64(len(b))
	return nil
}

// reset forgets every record.
func (j *journal) reset() error {
	if err := j.file.Truncate(0); err != nil {
		return fmt.Errorf("empty state journal: %w", err)
	}
	j.size = 0
	return nil
}

// close closes the file, and removes it where it is of no more use.
func (j *journal) close(remove bool) error {
	err := j.file.Close()
	if remove {
		err = errors.Join(err, os.Remove(j.path))
	}
	return err
}

// encodeHeader is the header of the journals of the state file id, written
// while the machine runs that calls itself boot.
func encodeHeader(id fileID, boot string) []byte {
	b := append([]byte(journalMagic), id[:]...)
	b = appendText(b, boot)
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// record is one commit.
type record struct {
	seq       uint64
	connector string
	changed   map[entryKey][]byte // nil value: deleted
}

func encodeRecord(seq uint64, connector string, changed map[entryKey][]byte) []byte {
	b := make([]byte, recordHeader, 512)
	b = binary.BigEndian.AppendUint64(b, seq)
	b = appendText(b, connector)
	for k, v := range changed {
		b = appendText(appendText(b, string(k.table)), k.key)
		if v == nil {
			b = append(b, 0)
			continue
		}
		b = appendText(append(b, 1), string(v))
	}
	body := b[recordHeader:]
	binary.BigEndian.PutUint32(b, uint32(len(body)))
	binary.BigEndian.PutUint32(b[4:], crc32.Checksum(body, castagnoli))
	binary.BigEndian.PutUint32(b[8:], crc32.Checksum(b[:8], castagnoli))
	return b
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// errShort says that a text ends too early.
var errShort = errors.New("it is cut")

func cutText(b []byte) (s string, rest []byte, err error) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return "", nil, errShort
	}
	b = b[size:]
	return string(b[:n]), b[n:], nil
}

func decodeRecord(body []byte) (r record, err error) {
	if len(body) < 8 {
		return r, errShort
	}
	r.seq = binary.BigEndian.Uint64(body)
	r.connector, body, err = cutText(body[8:])
	r.changed = make(map[entryKey][]byte)
	for err == nil && len(body) > 0 {
		var key entryKey
		var value []byte
		if key, value, body, err = cutEntry(body); err == nil {
			r.changed[key] = value
		}
	}
	return r, err
}

func cutEntry(b []byte) (key entryKey, value, rest []byte, err error) {
	name, b, err := cutText(b)
	if err != nil {
		return key, nil, nil, err
	}
	text, b, err := cutText(b)
	if err != nil {
		return key, nil, nil, err
	}
	if len(b) == 0 {
		return key, nil, nil, errShort
	}
	key = entryKey{table(name), text}
	if b[0] == 0 {
		return key, nil, b[1:], nil
	}
	text, b, err = cutText(b[1:])
	return key, append([]byte{}, text...), b, err // not nil, also where it is empty
}

// errOtherBoot says that the machine has been started again since a journal
// was written.
var errOtherBoot = errors.New("the machine has gone down since it was written")

// decodeJournal reads the journal of the state file id. It returns the records
// before whatever is wrong with it: errOtherBoot, where none is to be used, or
// errDamaged. A record that was being written when the process died is no
// damage, nor is the journal of another file: both end it.
func decodeJournal(b []byte, id fileID, boot string) ([]record, error) {
	stem := append([]byte(journalMagic), id[:]...)
	if !bytes.HasPrefix(b, stem) {
		return nil, nil
	}
	written, rest, err := cutText(b[len(stem):])
	header := encodeHeader(id, written)
	switch {
	case err != nil || len(rest) < 4:
		return nil, nil // the first record was not written either
	case !bytes.HasPrefix(b, header):
		return nil, fmt.Errorf("%w: checksum of its header", errDamaged)
	case len(b) == len(header):
		return nil, nil
	case written != boot || boot == "":
		return nil, errOtherBoot
	}
	var records []record
	for at := len(header); ; {
		body, err := cutBody(b[at:])
		if err != nil || body == nil {
			return records, atByte(err, at)
		}
		r, err := decodeRecord(body)
		if err != nil {
			return records, atByte(fmt.Errorf("%w: %w", errDamaged, err), at)
		}
		records = append(records, r)
		at += recordHeader + len(body)
	}
}

// atByte says where in a journal an error is.
func atByte(err error, at int) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("at byte %d: %w", at, err)
}

// cutBody is the body of the record that b begins with; nil where there is no
// whole one.
func cutBody(b []byte) ([]byte, error) {
	if len(b) < recordHeader {
		return nil, nil
	}
	if crc32.Checksum(b[:8], castagnoli) != binary.BigEndian.Uint32(b[8:]) {
		return nil, fmt.Errorf("%w: checksum of a record's header", errDamaged)
	}
	n := int64(binary.BigEndian.Uint32(b))
	if n > int64(len(b)-recordHeader) {
		return nil, nil
	}
	body := b[recordHeader : recordHeader+n]
	if crc32.Checksum(body, castagnoli) != binary.BigEndian.Uint32(b[4:]) {
		return nil, fmt.Errorf("%w: checksum of a record", errDamaged)
	}
	return body, nil
}
