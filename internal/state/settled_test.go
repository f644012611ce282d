package state

import (
	"path/filepath"
	"testing"
	"time"
)

func TestSettled(t *testing.T) {
	db, err := Open(filepath.Join(t.TempDir(), "state.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	c, err := db.Connector("c", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	p := Position{Fingerprint: FingerprintOf("k", "e"), Family: "f", Time: time.Unix(1000, 0)}
	if err := c.Commit(Update{Delivered: []Position{p}}); err != nil {
		t.Fatal(err)
	}
	if last, settled := c.Settled(); last == 0 || settled >= last {
		t.Errorf("after a commit: last %d, settled %d", last, settled)
	}
	c.Settle()
	for last, settled := c.Settled(); settled < last; last, settled = c.Settled() {
		select {
		case <-t.Context().Done():
			t.Fatal("not settled")
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func TestSettledInMemory(t *testing.T) {
	db, err := Open("", Options{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := db.Connector("c", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	c.Settle()
	if last, settled := c.Settled(); last != 0 || settled != 0 {
		t.Errorf("last %d, settled %d: nothing outlives anything", last, settled)
	}
}
