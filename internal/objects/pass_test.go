package objects_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"in_stellar_aws/internal/config"
	"in_stellar_aws/internal/objects"
	"in_stellar_aws/internal/source"
	"in_stellar_aws/internal/state"
)

// shelf is a bucket that can be listed.
type shelf struct {
	keys []string
	fail error
}

func (s *shelf) ListPage(_ context.Context, in source.ListInput) (out source.ListOutput, err error) {
	slices.Sort(s.keys)
	for _, key := range s.keys {
		if strings.HasPrefix(key, in.Prefix) && key > in.StartAfter && len(out.Objects) < in.MaxKeys {
			out.Objects = append(out.Objects, source.Object{Key: key, ETag: "etag", Size: 1})
		}
	}
	return out, s.fail
}

// TestPass: a listing beside a queue looks back as far as it has to, however far
// the queue has come, and again at what a listing that failed has not shown.
func TestPass(t *testing.T) {
	const window, dir = 7 * time.Hour, "AWSLogs/111122223333/CloudTrail/eu-west-1"
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	key := func(ago time.Duration) string {
		at := noon.Add(-ago)
		return fmt.Sprintf("%s/%s111122223333_CloudTrail_eu-west-1_%s_x.json.gz", dir, at.Format("2006/01/02/"), at.Format("20060102T1504Z"))
	}
	layout, err := source.Compile(config.SubTypeCloudTrail, dir)
	if err != nil {
		t.Fatal(err)
	}
	db, err := state.Open("", state.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := db.Connector("c", window)
	if err != nil {
		t.Fatal(err)
	}
	s := &shelf{keys: []string{key(30 * time.Hour), key(20 * time.Hour), key(time.Minute)}}
	o := source.Options{Bucket: "b", Since: noon.Add(-48 * time.Hour), Lookback: window}
	p, err := objects.NewPass(s, layout, c, o, window)
	if err != nil {
		t.Fatal(err)
	}

	now := noon
	deliver := func(o source.Object) error {
		c.Begin(position(o))
		return c.Commit(state.Update{Delivered: []state.Position{position(o)}, Now: now})
	}
	var found []string
	poll := func(take func(source.Object) error) error {
		found = nil
		_, err := p.Poll(t.Context(), now, func(o source.Object) error {
			found = append(found, o.Key)
			return take(o)
		})
		return err
	}
	want := func(what string, keys ...string) {
		t.Helper()
		slices.Sort(found)
		slices.Sort(keys)
		if !slices.Equal(found, keys) {
			t.Errorf("%s: found %v, want %v", what, found, keys)
		}
	}
	// The queue tells of the newest first.
	k, ok := layout.Parse(key(time.Minute))
	if !ok {
		t.Fatal("not a key")
	}
	if err := deliver(source.Object{Key: key(time.Minute), ETag: "etag", Family: k.Family(), Time: k.Time()}); err != nil {
		t.Fatal(err)
	}
	s.fail = errors.New("access denied")
	if err := poll(deliver); !errors.Is(err, s.fail) {
		t.Errorf("poll: %v, want %v", err, s.fail)
	}
	s.fail = nil
	if err := poll(func(source.Object) error { return nil }); err != nil {
		t.Fatal(err)
	}
	want("after a listing that failed", key(20*time.Hour), key(30*time.Hour))
	// The process dies before anything else is delivered.
	restart := func() {
		t.Helper()
		c.Close()
		if c, err = db.Connector("c", window); err != nil {
			t.Fatal(err)
		}
		if p, err = objects.NewPass(s, layout, c, o, window); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		restart()
		if err := poll(func(o source.Object) error { c.Begin(position(o)); return nil }); err != nil {
			t.Fatal(err)
		}
		want("after a death in the midst of the first listing", key(20*time.Hour), key(30*time.Hour))
	}
	if err := poll(deliver); err != nil { // what was found is on its way yet
		t.Fatal(err)
	}
	restart()
	if err := poll(deliver); err != nil {
		t.Fatal(err)
	}
	want("after another death", key(20*time.Hour), key(30*time.Hour))

	now = now.Add(time.Hour)
	late := key(6 * time.Hour)
	s.keys = append(s.keys, late, key(26*time.Hour))
	if err := poll(deliver); err != nil {
		t.Fatal(err)
	}
	want("later", late)
	restart()
	if err := poll(deliver); err != nil {
		t.Fatal(err)
	}
	want("at a later start")
}

func position(o source.Object) state.Position {
	return state.Position{Fingerprint: state.FingerprintOf(o.Key, o.ETag), Family: o.Family, Time: o.Time}
}
