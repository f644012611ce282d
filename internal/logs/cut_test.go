package logs

import (
	"slices"
	"testing"
	"time"

	"in_stellar_aws/internal/source"
	"in_stellar_aws/internal/state"
)

func TestWindowParts(t *testing.T) {
	const events = 100 // of a page
	tests := map[string]struct {
		window      span
		first, last int64
		read        int // pages
		n           int
		want        []int64 // where the parts end
	}{
		"as dense as what was read": {span{0, 1000}, 0, 99, 10, 4, []int64{324, 549, 774, 1000}},
		"dense for how long?":       {span{0, 1_000_000}, 0, 99, 1, 4, []int64{2927, 20_098, 141_509, 1_000_000}},
		"a few pages":               {span{0, 400}, 0, 99, 1, 9, []int64{199, 299, 400}},
		"less than two pages":       {span{0, 290}, 0, 99, 1, 9, nil},
		"no more readers":           {span{0, 1_000_000}, 0, 99, 1, 1, nil},
		"at its end":                {span{0, 1_000_000}, 999_000, 999_999, 1, 4, nil},
		"of one millisecond":        {span{0, 1_000_000}, 500, 500, 1, 4, nil},
		"two milliseconds are left": {span{0, 101}, 98, 99, 1, 4, nil},
		"to the millisecond":        {span{0, 104}, 99, 100, 9, 4, []int64{101, 102, 104}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := &window{span: test.window}
			rest, pages := w.extent(test.first, test.last, events)
			cut := rest.parts(pages, test.read, test.n)
			var ends []int64
			at := test.last
			for _, p := range cut {
				if p.from != at || p.to <= p.from {
					t.Fatalf("part %v begins at %d, want %d", p, p.from, at)
				}
				at = p.to
				ends = append(ends, at)
			}
			if !slices.Equal(ends, test.want) {
				t.Errorf("%.1f pages in parts that end at %v, want %v", pages, ends, test.want)
			}
		})
	}
}

// FuzzParts cuts whatever there may be: nothing is left out, and nothing is in
// two parts.
func FuzzParts(f *testing.F) {
	f.Add(int64(0), int64(1_000_000), 300.0, 3, 5)
	f.Add(int64(-5), int64(2), 1e300, 0, 100)
	f.Fuzz(func(t *testing.T, from, length int64, pages float64, read, n int) {
		length = 1 + length&(1<<50-1)
		from &= 1<<50 - 1
		n &= 63
		of := span{from, from + length}
		cut := of.parts(pages, read&(1<<30-1), n)
		if len(cut) == 0 {
			return
		}
		if len(cut) == 1 || len(cut) > n {
			t.Errorf("%d parts of %d", len(cut), n)
		}
		at := of.from
		for _, p := range cut {
			if p.from != at || p.to <= p.from {
				t.Fatalf("%v in %v", p, cut)
			}
			at = p.to
		}
		if at != of.to {
			t.Errorf("the parts end at %d, want %d", at, of.to)
		}
	})
}

// TestLedgerShares shares what is left out to readers: two connectors' requests
// are counted, and windows that wait.
func TestLedgerShares(t *testing.T) {
	busy := func(active int) readerDemand { return readerDemand{demand{enough: 5, plenty: 6, active: active}, 8} }
	tests := map[string]struct {
		others []float64 // pages of the other windows
		pages  float64
		demand readerDemand
		want   int
	}{
		"alone":                       {nil, 300, busy(0), 6},
		"others have their share":     {[]float64{50, 50}, 200, busy(2), 4},
		"others have more":            {[]float64{200, 200}, 50, busy(2), 1},
		"all are equal, one too few":  {[]float64{50, 50, 50, 50}, 50, busy(4), 1},
		"all are equal, two too few":  {[]float64{50, 50, 50}, 50, busy(3), 2},
		"two too few, one is larger":  {[]float64{150, 50, 50}, 50, busy(3), 1},
		"enough":                      {[]float64{1, 1, 1, 1, 1}, 300, busy(5), 1},
		"another connector asks":      {nil, 300, busy(5), 1},
		"too little is left":          {nil, 1.9, busy(0), 1},
		"few readers":                 {nil, 300, readerDemand{demand{enough: 25, plenty: 28}, 3}, 3},
		"windows wait for their turn": {[]float64{0, 0, 0, 0, 0, 0}, 300, busy(3), 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			l := newLedger(nil)
			s := newLogSource(source.LogSource{LogGroup: source.LogGroup{ARN: "arn"}}, 0, state.Marks{})
			p := newPlan(s, span{0, 1000}, func(*state.Marks, int64) {})
			all := l.add(p, p.whole.equal(1+len(test.others)))
			for i, pages := range test.others {
				l.expect(all[i+1], pages)
			}
			if n := l.shares(all[0], test.pages, test.demand); n != test.want {
				t.Errorf("%d parts, want %d", n, test.want)
			}
			if l.end(p); l.todo != 0 || l.left != 0 {
				t.Errorf("%d windows and %.1f pages are left of nothing", l.todo, l.left)
			}
		})
	}
}

// TestLimiterMakesUp has requests that come late, and then all at once: the
// quota's token bucket is never empty, though they reach AWS late, too.
func TestLimiterMakesUp(t *testing.T) {
	const quota, late = 5.0, 300 * time.Millisecond
	l := newLimiter(quota)
	began := time.Now()
	tokens, at := quota, time.Duration(0)
	for i := range 50 {
		sent := l.reserve() + time.Since(began)
		if i%7 != 0 { // this one is as fast as can be
			sent += late
		}
		tokens = min(quota, tokens+quota*max(0, sent-at).Seconds())
		at = max(at, sent)
		if tokens--; tokens < 0 {
			t.Fatalf("request %d comes too early, %v after the first", i, sent)
		}
	}
	if at > 10*time.Second {
		t.Errorf("50 requests take %v", at)
	}
}
