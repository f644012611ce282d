package source

import (
	"context"
	"time"
)

// Tally is what a range of time holds.
type Tally struct {
	Objects int64
	Bytes   int64 // as they are stored
	Earlier int64 // of Objects: those that earlier runs have delivered
}

// Count counts the objects between Since and Until, whether they are delivered
// or not. marks is up to when each family was delivered before this run. What
// was counted so far is told after each page.
//
// It costs a request for each thousand objects, and rests after each for as
// long as that took, for it runs beside the collection. It may run at the same
// time as Poll.
func (p *Poller) Count(ctx context.Context, now time.Time, marks map[string]time.Time, tell func(Tally)) error {
	counting := NewPoller(p.lister, p.layout, p.ledger, p.o)
	prefixes, errs := counting.expand(ctx)
	if len(errs) > 0 {
		return errs[0]
	}
	var t Tally
	began := time.Now()
	visit := func(o Object) (seek string, err error) {
		k, foreign, ok := p.layout.parse(o.Key)
		if !ok {
			return behind(foreign), nil
		}
		if k.dated() && !k.end.After(p.o.Since) && p.layout.sorted() {
			return p.layout.detour(&k, o.Key, p.o.Since, k.base+k.pattern.format(p.o.Since)), nil
		}
		if seek := p.skipRange(&k); seek != "" {
			return seek, nil
		}
		if k.Ordered && k.file.rest < stampAt(p.o.Since) {
			return k.folder + k.file.stem + stampAt(p.o.Since), nil
		}
		if !p.inRange(o, &k) {
			return "", nil
		}
		t.Objects++
		t.Bytes += o.Size
		if mark, ok := marks[k.Family()]; ok && k.Time().Before(mark) {
			t.Earlier++
		}
		return "", nil
	}
	pause := func(string) bool {
		tell(t)
		_ = sleep(ctx, time.Since(began)) // the next request tells that ctx has ended
		began = time.Now()
		return false
	}
	for _, prefix := range prefixes {
		if err := counting.countRoot(ctx, prefix, now, visit, pause); err != nil {
			return err
		}
		tell(t)
	}
	return nil
}

func (p *Poller) countRoot(ctx context.Context, prefix string, now time.Time, visit func(Object) (string, error), pause func(string) bool) error {
	if p.layout.sorted() {
		_, _, err := p.run(ctx, walk{prefix: prefix, first: 1, visit: visit, pause: pause})
		return err
	}
	folders, err := p.dateFolders(ctx, prefix, p.o.Since, now, false)
	if err != nil {
		return err
	}
	for _, f := range folders {
		if _, _, err := p.run(ctx, walk{prefix: f.path, first: pageSize, visit: visit, pause: pause}); err != nil {
			return err
		}
	}
	return nil
}
