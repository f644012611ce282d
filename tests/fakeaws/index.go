package fakeaws

import (
	"slices"
	"sort"
	"strings"
)

// chunkSize bounds the keys of a chunk: an insert moves at most one chunk, and
// a million keys make a list of a few thousand chunks.
const chunkSize = 512

// object is a key of a bucket. It is small because there may be millions;
// what many keys can have in common is behind content.
type object struct {
	key      string
	content  *content
	modified int64 // Unix seconds: S3 keeps no fraction
}

// index holds the objects of a bucket in UTF-8 binary order of their keys, as
// a list of sorted chunks.
type index struct {
	chunks [][]object
	size   int
}

// find returns where key is, or belongs.
func (x *index) find(key string) (chunk, i int, found bool) {
	// Keys mostly come in order, so try the end first.
	if n := len(x.chunks) - 1; n >= 0 {
		if last := x.chunks[n]; last[len(last)-1].key < key {
			return n, len(last), false
		}
	}
	// The last chunk that starts at or before key; the first one else.
	chunk = sort.Search(len(x.chunks), func(i int) bool { return x.chunks[i][0].key > key }) - 1
	if chunk < 0 {
		return 0, 0, false
	}
	i, found = slices.BinarySearchFunc(x.chunks[chunk], key, func(o object, key string) int {
		return strings.Compare(o.key, key)
	})
	return chunk, i, found
}

// put adds o or replaces the object with its key.
func (x *index) put(o object) {
	chunk, i, found := x.find(o.key)
	if found {
		x.chunks[chunk][i] = o
		return
	}
	x.size++
	if len(x.chunks) == 0 {
		x.chunks = [][]object{{o}}
		return
	}
	full := x.chunks[chunk]
	if len(full) < chunkSize {
		x.chunks[chunk] = slices.Insert(full, i, o)
		return
	}
	// In order, start a new chunk and leave this one full, instead of
	// leaving halves behind.
	if i == len(full) {
		x.chunks = slices.Insert(x.chunks, chunk+1, append(make([]object, 0, chunkSize), o))
		return
	}
	right := slices.Clone(full[chunkSize/2:])
	clear(full[chunkSize/2:])
	x.chunks[chunk] = full[:chunkSize/2]
	x.chunks = slices.Insert(x.chunks, chunk+1, right)
	if i > chunkSize/2 {
		chunk, i = chunk+1, i-chunkSize/2
	}
	x.chunks[chunk] = slices.Insert(x.chunks[chunk], i, o)
}

// get returns the object with the key.
func (x *index) get(key string) (object, bool) {
	chunk, i, found := x.find(key)
	if !found {
		return object{}, false
	}
	return x.chunks[chunk][i], true
}

// delete removes the key, if it is there.
func (x *index) delete(key string) {
	chunk, i, found := x.find(key)
	if !found {
		return
	}
	x.size--
	x.chunks[chunk] = slices.Delete(x.chunks[chunk], i, i+1)
	if len(x.chunks[chunk]) == 0 {
		x.chunks = slices.Delete(x.chunks, chunk, chunk+1)
	}
}

// cursor walks the index upwards. It is valid until the index changes.
type cursor struct {
	index    *index
	chunk, i int
}

// seek returns a cursor at the first key that is not less than key.
func (x *index) seek(key string) cursor {
	chunk, i, _ := x.find(key)
	return cursor{x, chunk, i}
}

// next returns the object under the cursor and moves on.
func (c *cursor) next() (object, bool) {
	for c.chunk < len(c.index.chunks) {
		if chunk := c.index.chunks[c.chunk]; c.i < len(chunk) {
			c.i++
			return chunk[c.i-1], true
		}
		c.chunk, c.i = c.chunk+1, 0
	}
	return object{}, false
}
