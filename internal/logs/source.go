package logs

import (
	"maps"
	"slices"
	"sync"
	"time"

	"in_stellar_aws/internal/interflow"
	"in_stellar_aws/internal/source"
	"in_stellar_aws/internal/state"
)

// logSource is a source that is being collected. The ledger's lock guards what
// is below it.
type logSource struct {
	source.LogSource
	key      string
	group    interflow.LogGroup
	lookback int64     // ms
	misfits  sync.Once // lines that are no flow records are said once

	begun      int64 // the head at the start
	marks      state.Marks
	disordered bool   // AWS does not answer in the order of time
	last       uint64 // number of the last batch that was handed over
	delivered  []state.Seen
	pending    map[int64]map[state.EventID]struct{} // by minute: handed over, not committed
}

func newLogSource(s source.LogSource, lookback time.Duration, m state.Marks) *logSource {
	return &logSource{
		LogSource: s,
		key:       s.Key(),
		group:     interflow.LogGroup{ARN: s.ARN, Name: s.Name, Region: s.Region, Account: s.Account},
		lookback:  lookback.Milliseconds(),
		begun:     m.Head,
		marks:     m,
		pending:   make(map[int64]map[state.EventID]struct{}),
	}
}

func (s *logSource) hold(seen []state.Seen) {
	for _, e := range seen {
		m := state.Minute(e.At)
		if s.pending[m] == nil {
			s.pending[m] = make(map[state.EventID]struct{})
		}
		s.pending[m][e.ID] = struct{}{}
	}
}

func (s *logSource) release(seen []state.Seen) {
	for _, e := range seen {
		m := state.Minute(e.At)
		delete(s.pending[m], e.ID)
		if len(s.pending[m]) == 0 {
			delete(s.pending, m)
		}
	}
}

// update is what is to be committed of the source.
func (s *logSource) update() state.SourceUpdate {
	u := state.SourceUpdate{Marks: cloneMarks(s.marks), Seen: s.delivered, Floor: s.floor()}
	s.delivered = nil
	return u
}

// floor is the time before which nothing will be read again: ids of earlier
// events are not needed any more.
func (s *logSource) floor() int64 {
	floor := s.marks.Head - s.lookback
	for _, at := range s.marks.Sweeps {
		floor = min(floor, at)
	}
	return floor
}

// cloneMarks copies marks, whose sweeps are a map.
func cloneMarks(m state.Marks) state.Marks {
	m.Sweeps = maps.Clone(m.Sweeps)
	return m
}

// sight is what a pull reads of a source: at which time it is looked at, and
// from which times on.
type sight struct {
	now      time.Time
	since    int64 // nothing before is wanted
	until    int64 // nor from here on; the allowance for what is not visible yet is taken off
	lookback time.Duration
	sweeps   []time.Duration // ages
}

// begin sets the marks of a source that has none.
func (v sight) begin() state.Marks {
	m := state.Marks{Head: v.since, Sweeps: make(map[time.Duration]int64)}
	v.complete(&m)
	return m
}

// complete gives marks to sweeps that have none: what is older than a sweep's
// age at the beginning is read at that age anyway.
func (v sight) complete(m *state.Marks) {
	if m.Sweeps == nil {
		m.Sweeps = make(map[time.Duration]int64)
	}
	for _, age := range v.sweeps {
		if _, ok := m.Sweeps[age]; !ok {
			m.Sweeps[age] = max(v.since, v.now.Add(-age).UnixMilli())
		}
	}
	for age := range m.Sweeps {
		if !slices.Contains(v.sweeps, age) {
			delete(m.Sweeps, age)
		}
	}
}

// behind takes back marks that are further ahead than the lookback covers: the
// machine's clock was wrong when they were made. What has come since lies
// before them, and would be left to the last sweep.
func (v sight) behind(m *state.Marks) (wrong bool) {
	if m.Head-v.until <= v.lookback.Milliseconds() {
		return false
	}
	oldest := v.until
	for age, at := range m.Sweeps {
		due := v.now.Add(-age).UnixMilli()
		m.Sweeps[age] = max(v.since, min(at, due))
		oldest = min(oldest, due)
	}
	m.Head = max(v.since, oldest)
	return true
}

// head is what is read because it is new, or may have become visible late.
func (v sight) head(m state.Marks) span {
	return span{max(v.since, m.Head-v.lookback.Milliseconds()), v.until}
}

// due tells whether the sweep of an age is: it goes in steps, since each costs
// a request at the least.
func (v sight) due(m state.Marks, age time.Duration) bool {
	const steps = 8
	return v.now.Add(-age).UnixMilli()-m.Sweeps[age] >= (age / steps).Milliseconds()
}

// sweep is what the sweep of an age reads: head covers the rest.
func (v sight) sweep(m state.Marks, age time.Duration, head span) span {
	return span{m.Sweeps[age], min(v.now.Add(-age).UnixMilli(), head.from, v.until)}
}
