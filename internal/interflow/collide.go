package interflow

import (
	"bytes"
	"hash/maphash"
	"math/bits"
	"strconv"
)

// nameSet finds out whether a record's names differ, without allocating: a
// table of hashes with open addressing.
type nameSet struct {
	seed  maphash.Seed
	table []uint64
}

func newNameSet() nameSet { return nameSet{seed: maphash.MakeSeed()} }

// reset empties the set and makes room for n names.
func (s *nameSet) reset(n int) {
	size := 1 << bits.Len(uint(2*n))
	if cap(s.table) < size {
		s.table = make([]uint64, size)
		return
	}
	s.table = s.table[:size]
	clear(s.table)
}

// add tells whether name was, very likely, not yet in the set.
func (s *nameSet) add(name []byte) bool {
	h := maphash.Bytes(s.seed, name) | 1 // zero is an empty place
	for i := h; ; i++ {
		switch place := &s.table[i>>1&uint64(len(s.table)-1)]; *place {
		case 0:
			*place = h
			return true
		case h:
			return false
		}
	}
}

// distinct tells that no two fields of the event have the same name.
func (m *CloudTrail) distinct() bool {
	m.names.reset(len(m.fields) + len(m.env.reserved))
	for _, name := range m.env.reserved {
		if !m.names.add([]byte(name)) {
			return false
		}
	}
	for _, at := range m.fields {
		if !m.names.add(strAt(m.dst, at)) {
			return false
		}
	}
	return true
}

// rename gives every native field whose name is taken, by a standard field or
// by an earlier native one, the name with `_2` (`_3`, …) after it, so that
// nothing of the record is lost. Names collide only where a key holds an
// underscore (`{"a":{"b":1},"a_b":2}`) or is a standard field's; the mapper
// calls this only when it met such a key. The first native fields of the
// record's come before the standard ones.
func (m *CloudTrail) rename(native int) {
	taken := make(map[string]bool, len(m.fields)+len(m.env.reserved))
	for _, name := range m.env.reserved {
		taken[name] = true
	}
	for _, at := range m.fields[native:] {
		taken[string(strAt(m.dst, at))] = true
	}
	var renamed []renaming
	next := make(map[string]int) // the number to try first, of names that came again
	for k := range native {
		name := strAt(m.dst, m.fields[k])
		if !taken[string(name)] {
			taken[string(name)] = true
			continue
		}
		var fresh []byte
		for n := max(2, next[string(name)]); ; n++ {
			fresh = strconv.AppendInt(append(bytes.Clone(name), '_'), int64(n), 10)
			if !taken[string(fresh)] {
				next[string(name)] = n + 1
				break
			}
		}
		taken[string(fresh)] = true
		renamed = append(renamed, renaming{m.fields[k], len(appendStr(nil, name)), appendStr(nil, fresh)})
	}
	m.replaceNames(renamed)
}

// renaming is the new name of a field, encoded, and where in dst its old one
// stands.
type renaming struct {
	at, size int
	fresh    []byte
}

// replaceNames puts new names in the places of old ones, which are in dst's
// order, and moves what comes after them. It is one pass: somebody may have
// written a record with very many.
func (m *CloudTrail) replaceNames(renamed []renaming) {
	if len(renamed) == 0 {
		return
	}
	first := renamed[0].at
	old := bytes.Clone(m.dst[first:])
	m.dst = m.dst[:first]
	done := first
	for _, r := range renamed {
		m.dst = append(append(m.dst, old[done-first:r.at-first]...), r.fresh...)
		done = r.at + r.size
	}
	m.dst = append(m.dst, old[done-first:]...)

	shift, k := 0, 0
	for j, at := range m.fields {
		for ; k < len(renamed) && renamed[k].at < at; k++ {
			shift += len(renamed[k].fresh) - renamed[k].size
		}
		m.fields[j] += shift
	}
	for j := range m.noted {
		shift := 0
		for k := 0; k < len(renamed) && renamed[k].at < m.noted[j].from; k++ {
			shift += len(renamed[k].fresh) - renamed[k].size
		}
		m.noted[j].from += shift
		m.noted[j].to += shift
	}
}

// strAt is the text of the string that appendStr wrote at dst[at].
func strAt(dst []byte, at int) []byte {
	var head, n int
	switch c := dst[at]; c {
	case mpStr8:
		head, n = 2, int(dst[at+1])
	case mpStr16:
		head, n = 3, int(dst[at+1])<<8|int(dst[at+2])
	case mpStr32:
		head, n = 5, int(dst[at+1])<<24|int(dst[at+2])<<16|int(dst[at+3])<<8|int(dst[at+4])
	default:
		head, n = 1, int(c&^mpFixStr)
	}
	return dst[at+head : at+head+n]
}
