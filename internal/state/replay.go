package state

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"
)

// journalSuffixes are the names of the journals after the state file's.
var journalSuffixes = [2]string{".journal-a", ".journal-b"}

// openJournaled opens the journals beside a state file and takes what a killed
// process has left in them into the file. damage says what of that could not
// be used.
func openJournaled(b *bolt, o Options) (_ *journaled, damage, err error) {
	j := &journaled{
		path: b.path, bolt: b, sync: o.Sync, failpoints: o.Failpoints, seq: b.applied, fresh: make(layer),
		full: make(chan struct{}, 1), stop: make(chan struct{}),
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("open state file %s: %w", b.path, err), j.closeJournals(false))
		}
	}()
	header := encodeHeader(b.id, o.Boot)
	for i, suffix := range journalSuffixes {
		if j.journal[i], err = openJournal(b.path+suffix, header); err != nil {
			return nil, nil, err
		}
	}
	wrong, err := j.replay(o.Boot)
	if err != nil {
		return nil, nil, err
	}
	if j.seal(); j.sealed != nil {
		if err := j.commitSealed(); err != nil {
			return nil, nil, err
		}
		j.sealed = nil
	}
	damage, err = j.empty(wrong, o.Now())
	if err != nil {
		return nil, nil, err
	}
	j.work.Go("make checkpoints", j.run)
	return j, damage, nil
}

// replay reads the commits that are in the journals and not in the file, and
// says what is wrong with a journal.
func (j *journaled) replay(boot string) (wrong map[*journal]error, err error) {
	wrong = make(map[*journal]error)
	type commit struct {
		record
		in *journal
	}
	var commits []commit
	for _, f := range j.journal {
		b, err := os.ReadFile(f.path)
		if err != nil {
			return nil, fmt.Errorf("read state journal: %w", err)
		}
		found, err := decodeJournal(b, j.bolt.id, boot)
		if err != nil {
			wrong[f] = err
		}
		for _, r := range found {
			commits = append(commits, commit{r, f})
		}
	}
	slices.SortFunc(commits, func(a, b commit) int { return cmp.Compare(a.seq, b.seq) })
	for _, c := range commits {
		if c.seq <= j.seq {
			continue // in the file already
		}
		if c.seq > j.seq+1 {
			if len(wrong) == 0 { // else that is where what came between was
				wrong[c.in] = fmt.Errorf("%w: commit %d follows commit %d", errDamaged, c.seq, j.seq)
			}
			break
		}
		j.fresh.add(c.connector, c.changed)
		j.seq = c.seq
	}
	return wrong, nil
}

// empty makes both journals ready for new commits. A damaged one is kept under
// another name.
func (j *journaled) empty(wrong map[*journal]error, now time.Time) (damage, err error) {
	for i, f := range j.journal {
		cause := wrong[f]
		e := &JournalError{Path: f.path, Cause: cause}
		if cause == nil || errors.Is(cause, errOtherBoot) {
			err = f.reset()
		} else if e.Aside, err = setAside(f.path, now); err == nil {
			j.journal[i], err = openJournal(f.path, f.header)
			err = errors.Join(err, f.close(false))
		}
		if err != nil {
			return nil, err
		}
		if cause != nil {
			damage = errors.Join(damage, e)
		}
	}
	return damage, nil
}

// closeJournals closes the journals that are open.
func (j *journaled) closeJournals(remove bool) error {
	var errs []error
	for _, f := range j.journal {
		if f != nil {
			errs = append(errs, f.close(remove))
		}
	}
	return errors.Join(errs...)
}
