package main

import (
	"fmt"
	"math"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// a round of one leg that others took a share of.
func disturbedBy(share float64, took time.Duration) round {
	return round{measured{told: told{Took: took}, shares: shares{others: share}}}
}

// TestCalmest keeps the rounds that others disturbed least, and compares
// numbers within a round.
func TestCalmest(t *testing.T) {
	all := []round{disturbedBy(0.5, 9), disturbedBy(0, 1), disturbedBy(0.2, 3), disturbedBy(0.1, 2)}
	kept := calmest(all, 3)
	got := over(kept, func(r round) float64 { return float64(r[0].Took) })
	if want := (spread{median: 2, least: 1, most: 3}); len(kept) != 3 || got != want {
		t.Errorf("%d rounds of %v, want %v", len(kept), got, want)
	}
	if m := usual(kept, 0); m.Took != 2 || math.Abs(m.others-0.1) > 1e-9 {
		t.Errorf("typical: %+v", m)
	}
}

func TestSpread(t *testing.T) {
	for _, test := range []struct {
		s    spread
		want string
	}{
		{spread{}, ""},
		{spread{1.904, 1.904, 1.904}, "1.90"},
		{spread{1.9, 1.85, 2}, "1.90 (1.85–2.00)"},
	} {
		if got := test.s.String(); got != test.want {
			t.Errorf("%v: %q, want %q", test.s, got, test.want)
		}
	}
	if got, want := middle([]float64{1, 2, 3, 4, 5, 6, 7, 8}), (spread{4.5, 3, 6}); got != want {
		t.Errorf("middle half: %v, want %v", got, want)
	}
	two := []round{disturbedBy(0, 1), disturbedBy(0, 2)}
	if got := over(two, func(r round) float64 { return float64(r[0].Took) }).median; got != 1.5 {
		t.Errorf("median of 1 and 2: %v", got)
	}
}

// TestPin binds this process to one core: what it starts has no other, its own
// threads have none, and the core's time is told apart.
func TestPin(t *testing.T) {
	own, err := ownCores()
	if err != nil || len(own) == 0 {
		t.Fatalf("cores %v, %v", own, err)
	}
	defer func() {
		if err := own.pin(); err != nil {
			t.Error(err)
		}
	}()
	one := own[len(own)-1:]
	if err := one.pin(); err != nil {
		t.Fatal(err)
	}
	if now, err := ownCores(); err != nil || fmt.Sprint(now) != fmt.Sprint(one) {
		t.Errorf("bound to %v, %v, want %v", now, err, one)
	}
	s, err := one.watch(func() error {
		out, err := exec.Command("cat", "/proc/self/status").Output()
		if want := fmt.Sprintf("Cpus_allowed_list:\t%d\n", one[0]); err == nil && !strings.Contains(string(out), want) {
			t.Errorf("no %q in the status of a child:\n%s", want, out)
		}
		return err
	})
	if err != nil || s.server < 0 || s.others < 0 || s.idle < 0 {
		t.Errorf("shares %+v, %v", s, err)
	}
	if _, err := (cores{1 << 20}).idle(); err == nil {
		t.Error("a core that is not there has idle time")
	}
}

// TestCompare measures small objects: a row for each that is to be compared,
// and the LIST calls of one poll; on two cores, where there are as many.
func TestCompare(t *testing.T) {
	w, d, dir := small(t, logTypes()[0])
	own, err := ownCores()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := own.pin(); err != nil { // course.round leaves it bound
			t.Error(err)
		}
	}()
	c := logTypes()[0].course(options{profiles: dir}, w, d, dir, own[:1])
	r, err := c.round(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rows := c.rows([]round{r, r})
	for _, r := range rows {
		if r.Took <= 0 || r.cpu <= 0 || r.peak <= 0 || r.ratio.median <= 0 {
			t.Errorf("%s: %+v", r.what, r)
		}
	}
	collected := rows[1]
	if collected.lists == 0 || collected.Batches < int64(d.objects) || collected.Bytes == 0 {
		t.Errorf("the connector: %d lists, %+v", collected.lists, collected.told)
	}
	if profiles, err := filepath.Glob(filepath.Join(dir, "*.pprof")); err != nil || len(profiles) != 1 {
		t.Errorf("profiles %v, %v", profiles, err)
	}
	if len(own) > 1 {
		race, err := logTypes()[0].race(t.Context(), w, d, dir, own[:2], 2)
		if err != nil {
			t.Fatal(err)
		}
		if now, err := ownCores(); err != nil || fmt.Sprint(now) != fmt.Sprint(own[:1]) {
			t.Errorf("bound to %v, %v after a race, before to %v", now, err, own[:1])
		}
		rows = append(rows, race.rows(d, collected.Bytes)...)
		for _, r := range rows[2:] {
			if r.Took <= 0 || r.cpu <= 0 || r.ratio.median <= 0 || r.speed.median <= 0 {
				t.Errorf("%s: %+v", r.what, r)
			}
		}
	}
	var text strings.Builder
	table := report{rows: rows}
	table.note("%d rows", len(rows))
	if err := table.print(&text); err != nil || strings.Count(text.String(), "\n") != len(rows)+2 {
		t.Errorf("%v\n%s", err, text.String())
	}
}

// TestCycle compares both cores with what each does alone, and the connector's
// cost with that of inflating the same bytes: it hands over twice as many.
func TestCycle(t *testing.T) {
	did := func(bytes int64, cpu time.Duration) slice { return slice{Done: bytes, Took: time.Second, CPU: cpu} }
	r := race{
		inflating:  []cycle{{one: did(100, time.Second), other: did(140, time.Second), both: did(240, 2*time.Second)}},
		collecting: []cycle{{one: did(90, time.Second), other: did(110, time.Second), both: did(200, 2*time.Second)}},
	}
	rows := r.rows(data{bytes: 1000}, 2000)
	if row := rows[0]; row.speed.median != 2 || math.Abs(row.ratio.median-5./6) > 1e-9 {
		t.Errorf("gunzip: %+v", row)
	}
	if row := rows[1]; row.speed.median != 2 || math.Abs(row.ratio.median-2) > 1e-9 || row.Took != 10*time.Second || row.cpu != 20*time.Second {
		t.Errorf("the connector: %+v", row)
	}
}
