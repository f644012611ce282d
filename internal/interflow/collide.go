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

// distinct tells that no two names, and none of those at keys in dst, are the
// same.
func (e *encoder) distinct(names []string, keys []int) bool {
	e.names.reset(len(names) + len(keys))
	for _, name := range names {
		if !e.names.add([]byte(name)) {
			return false
		}
	}
	for _, at := range keys {
		if !e.names.add(strAt(e.dst, at)) {
			return false
		}
	}
	return true
}

// rename gives every key, of those at keys in dst, whose name is taken or comes
// before it, the name with `_2` (`_3`, …) after it, so that nothing of the
// record is lost and no map has a key twice: what many readers of JSON refuse,
// Elasticsearch among them.
func (e *encoder) rename(taken map[string]bool, keys []int) (renamed []renaming) {
	names := namer{taken: taken, wanted: make(map[string]bool, len(keys)), next: make(map[string]int)}
	for _, at := range keys {
		names.wanted[string(strAt(e.dst, at))] = true
	}
	for _, at := range keys {
		name := strAt(e.dst, at)
		if fresh := names.name(string(name)); fresh != string(name) {
			renamed = append(renamed, renaming{at, len(appendStr(nil, name)), appendStr(nil, fresh)})
		}
	}
	e.replaceNames(renamed)
	return renamed
}

// namer gives names that are all different.
type namer struct {
	taken  map[string]bool // names that are given
	wanted map[string]bool // names that are still to come: none is made up
	next   map[string]int  // the number to try first, of names that came again
}

// name is the name itself, or with the first number after it that makes it one
// of its own, from 2 on.
func (n *namer) name(name string) string {
	given := name
	for k := max(2, n.next[name]); n.taken[given]; k++ {
		given = name + "_" + strconv.Itoa(k)
		if n.wanted[given] {
			given = name
		}
		n.next[name] = k + 1
	}
	n.taken[given] = true
	return given
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
func (e *encoder) replaceNames(renamed []renaming) {
	if len(renamed) == 0 {
		return
	}
	first := renamed[0].at
	old := bytes.Clone(e.dst[first:])
	e.dst = e.dst[:first]
	done := first
	for _, r := range renamed {
		e.dst = append(append(e.dst, old[done-first:r.at-first]...), r.fresh...)
		done = r.at + r.size
	}
	e.dst = append(e.dst, old[done-first:]...)
}

// moved is how far the renaming has moved what stood at dst[at].
func moved(renamed []renaming, at int) (shift int) {
	for _, r := range renamed {
		if r.at >= at {
			break
		}
		shift += len(r.fresh) - r.size
	}
	return shift
}

// moveNotes corrects where noted texts stand in dst.
func moveNotes(noted []span, renamed []renaming) {
	for k := range noted {
		shift := moved(renamed, noted[k].from)
		noted[k].from += shift
		noted[k].to += shift
	}
}

// trailNames are the names that only the envelope and the standard fields of
// CloudTrail's records have, whether a record has them or not: no field of
// theirs may be one of the record's, of another type and meaning.
var trailNames = []string{
	"tenant_name", "tenantid", "srcip", "srcip_host", "srcip_username", "srcip_usersid", "login_type", "login_result",
	wholeNames[0], wholeNames[1],
}

// separate renames the native fields, the first of the record's, whose names
// are taken by standard ones or by earlier native ones. Names collide only
// where a key holds an underscore (`{"a":{"b":1},"a_b":2}`), is a standard
// field's or comes twice; the mapper calls this only when it may have met such
// a key.
func (m *CloudTrail) separate(native int) {
	if m.distinct(m.reserved, m.fields[:native]) {
		return
	}
	taken := make(map[string]bool, len(m.fields)+len(m.reserved))
	for _, name := range m.reserved {
		taken[name] = true
	}
	renamed := m.rename(taken, m.fields[:native])
	shift, k := 0, 0
	for j, at := range m.fields {
		for ; k < len(renamed) && renamed[k].at < at; k++ {
			shift += len(renamed[k].fresh) - renamed[k].size
		}
		m.fields[j] += shift
	}
	moveNotes(m.noted[:], renamed)
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
