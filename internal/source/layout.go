package source

import (
	"strings"
	"time"

	"in_stellar_aws/internal/config"
)

// Layout is where a connector's objects lie, compiled from its prefix.
type Layout struct {
	sub      config.SubType
	segments []string  // of the path above the date; "*" stands for any one
	patterns []pattern // the dates that may follow, longest first
	// custom: the user's own folders, with anything below the date, and named
	// objects also without one. AWS's folders hold files only.
	custom bool
	// digests: of CloudTrail's digest files, not of logs.
	digests bool
}

// Key is what an object's key says.
type Key struct {
	Kind    Kind
	Ordered bool // the name carries its time

	base, folder string // the path above the date, and with it; both end in "/" or are ""
	pattern      pattern
	start, end   time.Time // the folder's time; both zero without a date
	file         fileName
}

// Family is the object's family, see the package comment.
func (k *Key) Family() string { return k.base + k.file.stem }

// Time is the time in the name, else the last second of the date folder.
func (k *Key) Time() time.Time {
	if k.Ordered {
		return k.file.at
	}
	return k.end.Add(-time.Second)
}

// dated reports whether the key has a date folder.
func (k *Key) dated() bool { return !k.end.IsZero() }

// Parse takes the key of an object apart. It reports false for keys that are no
// logs of this connector: outside the prefix, digests, other services' folders.
// For a layout of digests, only these are.
func (l *Layout) Parse(key string) (Key, bool) {
	k, _, ok := l.parse(key)
	return k, ok
}

// parse is Parse; where a whole folder is foreign it also returns the folder's
// path, which a listing can skip.
func (l *Layout) parse(key string) (k Key, foreign string, ok bool) {
	n := 0
	for _, want := range l.segments {
		size := strings.IndexByte(key[n:], '/')
		if size < 0 {
			return k, "", false
		}
		if want != "*" && want != key[n:n+size] || size == 0 {
			return k, key[:n+size+1], false
		}
		n += size + 1
	}
	k.base = key[:n]
	k.folder = k.base
	for _, p := range l.patterns {
		size, start, end, ok := p.match(key[n:])
		if ok {
			k.pattern, k.start, k.end = p, start, end
			k.folder = key[:n+size]
			break
		}
	}
	name := key[len(k.folder):]
	if name == "" || strings.HasSuffix(name, "/") {
		return k, "", false // a folder some console made
	}
	if slash := strings.IndexByte(name, '/'); slash >= 0 {
		if !l.custom || !k.dated() {
			return k, key[:len(k.folder)+slash+1], false
		}
	} else {
		k.file = parseName(name)
	}
	k.Kind, k.Ordered = k.file.kind, k.file.rest != ""
	if l.digests {
		return k, "", k.Kind == KindCloudTrailDigest && k.Ordered && k.dated()
	}
	if k.Kind != KindOther && subTypes[k.Kind] != l.sub {
		return k, "", false
	}
	// Without a date in folder or name nothing tells new objects from old ones.
	return k, "", k.dated() || l.custom && k.Ordered
}

// sorted reports whether all date folders sort by time.
func (l *Layout) sorted() bool {
	for _, p := range l.patterns {
		if !p.sorted() {
			return false
		}
	}
	return true
}

// fixed is how many segments must be known before a listing can begin. Where
// dates sort, wildcards right above them need not: one listing runs through all
// of their folders, and meets new ones on its way.
func (l *Layout) fixed() int {
	n := len(l.segments)
	for l.sorted() && n > 0 && l.segments[n-1] == "*" {
		n--
	}
	return n
}
