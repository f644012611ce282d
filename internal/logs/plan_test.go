package logs

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"in_stellar_aws/internal/source"
	"in_stellar_aws/internal/state"
)

// TestLedgerClosesInTime follows the marks of a plan that is cut into three.
func TestLedgerClosesInTime(t *testing.T) {
	l := newLedger(nil)
	s := newLogSource(source.LogSource{LogGroup: source.LogGroup{ARN: "arn"}}, 0, state.Marks{})
	p := newPlan(s, span{0, 300}, func(m *state.Marks, front int64) { m.Head = max(m.Head, front) })
	l.begin(p, false, readerDemand{})
	whole, err := l.next(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	l.split(whole, []span{{50, 100}, {100, 200}, {200, 300}})
	var w [3]*window
	for i := range w {
		if w[i], err = l.next(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	wantHead := func(want int64) {
		t.Helper()
		if s.marks.Head != want {
			t.Errorf("head at %d, want %d", s.marks.Head, want)
		}
	}
	hand := func(seq uint64) {
		b := batch{source: s, seen: []state.Seen{{At: 1, ID: state.EventID(seq)}}}
		l.sending(b)
		l.sent(seq, b)
	}
	wantHead(50)
	l.done(w[1])
	wantHead(50) // the first is open
	hand(1)
	hand(2)
	l.done(w[0])
	l.StoredUpTo(1)
	wantHead(50) // batch 2 may hold events of the window
	l.StoredUpTo(2)
	wantHead(200)
	hand(3)
	l.StoredUpTo(3)
	l.done(w[2])
	wantHead(300)
	if next, err := l.next(t.Context(), p); next != nil || err != nil {
		t.Errorf("a window %v of a plan that is closed (%v)", next, err)
	}
}

// refusing is a state that refuses the first commit.
type refusing struct {
	State
	refusals int
	seen     []state.EventID
}

func (r *refusing) Commit(updates map[string]state.SourceUpdate) error {
	if r.refusals++; r.refusals == 1 {
		return errors.New("no space left on device")
	}
	for _, u := range updates {
		for _, e := range u.Seen {
			r.seen = append(r.seen, e.ID)
		}
	}
	return nil
}

// TestRefusedCommitIsMadeLater: the events of a commit that failed are on their
// way until a later one has them.
func TestRefusedCommitIsMadeLater(t *testing.T) {
	r := &refusing{}
	l := newLedger(r)
	s := &logSource{pending: map[int64]map[state.EventID]struct{}{}}
	for seq := range uint64(2) {
		b := batch{source: s, seen: []state.Seen{{At: 1, ID: state.EventID(seq)}}}
		l.sending(b)
		l.sent(seq+1, b)
		l.StoredUpTo(seq + 1)
		if err := l.Commit(); (err != nil) != (seq == 0) {
			t.Errorf("commit %d: %v", seq, err)
		}
		if pending := len(s.pending[0]); pending != 1-int(seq) {
			t.Errorf("after commit %d: %d events on their way", seq, pending)
		}
	}
	if !reflect.DeepEqual(r.seen, []state.EventID{0, 1}) {
		t.Errorf("committed %v, want both events", r.seen)
	}
}

func TestSight(t *testing.T) {
	now := time.UnixMilli(100 * 3_600_000)
	hour := time.Hour.Milliseconds()
	v := sight{now: now, since: 90 * hour, until: 100*hour - 5000, lookback: 10 * time.Minute, sweeps: []time.Duration{time.Hour, 24 * time.Hour}}
	m := v.begin()
	if want := (state.Marks{Head: 90 * hour, Sweeps: map[time.Duration]int64{time.Hour: 99 * hour, 24 * time.Hour: 90 * hour}}); !reflect.DeepEqual(m, want) {
		t.Errorf("begin %v, want %v", m, want)
	}
	if head := v.head(m); head != (span{90 * hour, v.until}) {
		t.Errorf("nothing before the start is read: %v", head)
	}
	if v.due(m, time.Hour) {
		t.Error("due at once")
	}
	m.Head = 100 * hour
	v.now, v.until = now.Add(8*time.Minute), v.until+8*60_000
	head := v.head(m)
	if head.from != 100*hour-10*60_000 {
		t.Errorf("head from %d", head.from)
	}
	if !v.due(m, time.Hour) || v.due(m, 24*time.Hour) {
		t.Error("the sweep of an hour is due, the one of a day is not")
	}
	if s := v.sweep(m, time.Hour, head); s != (span{99 * hour, 99*hour + 8*60_000}) {
		t.Errorf("sweep %v", s)
	}
	// After two days down, the head reads what the sweep of an hour would.
	v.now, v.until = now.Add(48*time.Hour), 148*hour
	if s := v.sweep(m, time.Hour, v.head(m)); s != (span{99 * hour, 100*hour - 10*60_000}) {
		t.Errorf("sweep after an outage %v", s)
	}
	v.sweeps = v.sweeps[:1]
	if v.complete(&m); len(m.Sweeps) != 1 {
		t.Errorf("marks of a sweep that is no more: %v", m)
	}
}
