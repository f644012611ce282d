package chaos

import (
	"fmt"
	"slices"
	"testing"
)

// verdict is the account at the end.
type verdict struct {
	versions, records int // that had to come
	optional          int // of which a part was enough, and what came of them
	came              int
	lost              int
	twice             int // copies that the plugin appended after another generation had, see the package comment
	retried           int // copies of one generation that one generation delivered: the host's retries, or the plugin's fault
	again             int // copies that the host delivered again after it was started again
	perGeneration     map[int]int
}

func (v verdict) String() string {
	return fmt.Sprintf("%d versions of objects with %d records: %d lost; %d (%.2f %%) appended twice by the plugin, %d (%.2f %%) copies from the host's storage after a restart, %d (%.2f %%) within one run; %d records came of %d objects that were damaged, deleted or overwritten",
		v.versions, v.records, v.lost, v.twice, percent(v.twice, v.records), v.again, percent(v.again, v.records), v.retried, percent(v.retried, v.records), v.came, v.optional)
}

func percent(part, of int) float64 { return 100 * float64(part) / float64(max(1, of)) }

// verdict closes the books, and fails the test for what is lost.
func (a *account) verdict(t *testing.T) verdict {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	v := verdict{perGeneration: map[int]int{}}
	stories := 0
	for _, obj := range a.versions {
		holes, came := a.holes(obj)
		switch {
		case obj.optional:
			v.optional++
			v.came += came
		default:
			v.versions++
			v.records += len(obj.events)
			v.lost += len(obj.events) - came
		}
		if holes || !obj.optional && came < len(obj.events) {
			if stories++; stories <= 5 {
				t.Errorf("lost: %s", a.story(obj))
			}
		}
	}
	for _, r := range a.records {
		r.count(&v)
	}
	for _, f := range a.faults {
		t.Error(f)
	}
	if v.lost > 0 {
		t.Errorf("%d records lost", v.lost)
	}
	return v
}

// holes tells whether a record is missing before one that came, which no
// object that is gone excuses, and how many came.
func (a *account) holes(obj *version) (holes bool, came int) {
	for i, e := range obj.events {
		if a.records[e] != nil {
			holes = holes || came < i
			came++
		}
	}
	return holes, came
}

// count adds what was repeated, and by whom.
func (r *record) count(v *verdict) {
	var appended []int
	for h, n := range r.hops {
		v.retried += n - 1
		if slices.Contains(appended, h.appended) {
			v.again++
		} else {
			appended = append(appended, h.appended)
			v.perGeneration[h.appended]++
		}
	}
	v.twice += len(appended) - 1
}
