package chaos

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"in_stellar_aws/tests/generate"
)

// version is one version of one object, with what became of it; or events that
// were put into a log group together.
type version struct {
	bucket, key string
	events      []string // ids of its events, in order; of logs their messages
	kind        string   // "new", "late", "overwrite", "poison", …
	put         time.Duration
	gone        time.Duration // when it was deleted or overwritten; 0: never
	optional    bool          // it was gone soon, or is damaged: a part of it may be all there is
}

// place is where an event is: records have no other name that the plugin does
// not make.
type place struct {
	version *version
	ordinal int
}

// hop is the way of a copy of a record: the generation that appended it, and
// the one that delivered it.
type hop struct{ appended, delivered int }

// record is what came of one event.
type record struct {
	id   string      // stellar_uuid
	hops map[hop]int // copies
}

// account is the books: what was put into the buckets, and what came out.
type account struct {
	began time.Time

	mu       sync.Mutex
	versions []*version
	live     map[string]*version // by bucket/key
	history  map[string][]string // of requests and puts, by bucket/key
	places   map[string]place    // by event
	records  map[string]*record  // by event
	missing  int                 // records of live, whole versions that have not come
	ids      map[string]string   // stellar_uuid to event
	faults   []string            // what must not be
	changed  time.Time           // when missing last fell, for who waits
}

func newAccount() *account {
	return &account{
		began: time.Now(), live: map[string]*version{}, history: map[string][]string{},
		places: map[string]place{}, records: map[string]*record{}, ids: map[string]string{},
	}
}

func (a *account) now() time.Duration { return time.Since(a.began).Round(time.Millisecond) }

// put enters a version before it is put.
func (a *account) put(bucket string, o generate.Object, key, kind string, optional bool) error {
	raw, err := o.Raw()
	if err != nil {
		return err
	}
	var file struct{ Records []struct{ EventID string } }
	if err := json.Unmarshal(raw, &file); err != nil {
		return fmt.Errorf("read events of %s: %w", o.Key, err)
	}
	v := &version{bucket: bucket, key: key, kind: kind, optional: optional}
	for _, r := range file.Records {
		v.events = append(v.events, r.EventID)
	}
	a.enter(v)
	return nil
}

// enter enters a version, in place of the one that has its name.
func (a *account) enter(v *version) {
	a.mu.Lock()
	defer a.mu.Unlock()
	v.put = a.now()
	for i, e := range v.events {
		a.places[e] = place{v, i}
	}
	name := v.bucket + "/" + v.key
	a.replace(name)
	a.versions = append(a.versions, v)
	a.live[name] = v
	a.note(name, "put "+v.kind)
	if !v.optional {
		a.missing += len(v.events)
	}
}

// remove enters that a version will be deleted.
func (a *account) remove(bucket, key string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.replace(bucket + "/" + key)
	a.note(bucket+"/"+key, "delete")
}

// replace ends the live version of a name: what has not come of it need not.
func (a *account) replace(name string) {
	v := a.live[name]
	if v == nil {
		return
	}
	delete(a.live, name)
	v.gone = a.now()
	if v.optional {
		return
	}
	v.optional = true
	for _, e := range v.events {
		if a.records[e] == nil {
			a.missing--
		}
	}
}

// noteRequest enters a request for an object.
func (a *account) noteRequest(name, what string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.note(name, what)
}

func (a *account) note(name, what string) {
	a.history[name] = append(a.history[name], fmt.Sprintf("%v %s", a.now(), what))
}

// deliver enters a record that came out of the host.
func (a *account) deliver(event, id string, h hop) {
	a.mu.Lock()
	defer a.mu.Unlock()
	p, known := a.places[event]
	if !known {
		a.fault("a record that nobody has put: event %q, id %q", event, id)
		return
	}
	r := a.records[event]
	if r == nil {
		r = &record{id: id, hops: map[hop]int{}}
		a.records[event] = r
		if !p.version.optional {
			a.missing--
			a.changed = time.Now()
		}
		if twin, taken := a.ids[id]; taken {
			a.fault("events %s and %s have the same id %s", twin, event, id)
		}
		a.ids[id] = event
	}
	if r.id != id {
		a.fault("event %s has the ids %s and %s", event, r.id, id)
	}
	r.hops[h]++
}

func (a *account) fault(format string, args ...any) {
	const most = 20
	if len(a.faults) < most {
		a.faults = append(a.faults, fmt.Sprintf(format, args...))
	}
}

// outstanding is how many records have yet to come, and since when none came.
func (a *account) outstanding() (missing int, since time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.missing, a.changed
}

// pick returns a live version's key, the n-th modulo their number; "" if none.
func (a *account) pick(bucket string, n int, ok func(*version) bool) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var keys []string
	for _, v := range a.versions {
		if v.bucket == bucket && v.gone == 0 && a.live[bucket+"/"+v.key] == v && ok(v) {
			keys = append(keys, v.key)
		}
	}
	if len(keys) == 0 {
		return ""
	}
	return keys[n%len(keys)]
}

// story is all that is known of a version that is not complete.
func (a *account) story(v *version) string {
	var lost []string
	for i, e := range v.events {
		if a.records[e] == nil {
			lost = append(lost, fmt.Sprint(i))
		}
	}
	shown := lost[:min(len(lost), 12)]
	history := a.history[v.bucket+"/"+v.key]
	return fmt.Sprintf("s3://%s/%s (%s, put at %v, gone %v): %d of %d records lost, %s …\n    %s", v.bucket, v.key, v.kind,
		v.put, v.gone, len(lost), len(v.events), strings.Join(shown, " "), strings.Join(history[max(0, len(history)-25):], "\n    "))
}
