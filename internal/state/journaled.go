package state

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"in_stellar_aws/internal/routine"
)

// journaled is the backend of a connector with a state file: a bbolt file, and
// two journals of the commits that are not in it yet.
//
// A commit has to outlive two things, which want opposite orders. When the
// process is killed, what it has written stays in the kernel's memory, the
// host's chunks too, whether or not it is on the disk: a commit that is written
// at once repeats least, and waiting for the disk only makes it late. When the
// machine goes down, the host's chunks of the last half minute are gone, since
// the host does not wait for the disk either: a commit on the disk before its
// data would make that a loss.
//
// So a commit is appended to a journal at once, which waits for nothing, and
// the journal is believed only while the machine that it was written on has
// not gone down. Every checkpointEvery a checkpoint waits until the file
// system has all data on its disk that the commits so far speak of, and then
// writes those commits into the bbolt file, which waits for the disk as well.
// A killed process thus repeats some milliseconds, and a machine that has gone
// down up to about checkpointEvery, and neither loses anything.
type journaled struct {
	path       string
	bolt       *bolt
	sync       func() error // waits until the disk has the host's data
	failpoints *Failpoints

	full chan struct{} // holds a token when the next checkpoint is not to wait
	stop chan struct{}
	work routine.Group // makes checkpoints

	checkpoints sync.Mutex // one at a time

	mu      sync.RWMutex
	seq     uint64      // of the last commit
	fresh   layer       // commits in the journal journals[0]
	sealed  layer       // those in journals[1], of which a checkpoint is made
	last    uint64      // number of the last one of these
	settled uint64      // number of the last commit in the file
	journal [2]*journal // the second is empty where sealed is nil
	failure error       // of the last checkpoint: until one succeeds, nothing is taken
}

const (
	checkpointEvery = 30 * time.Second
	checkpointRetry = time.Second

	// A journal of journalLong bytes is not left to grow until the checkpoint is
	// due, and no commit is taken into one of journalLimit. The commits in the
	// journals are in memory too.
	journalLong  = 8 << 20
	journalLimit = 4 * journalLong
)

// write implements backend.
func (j *journaled) write(connector string, fn func(txn) error) error {
	if err := j.tryWrite(connector, fn); err != nil {
		return fmt.Errorf("write state file %s: %w", j.path, err)
	}
	return nil
}

func (j *journaled) tryWrite(connector string, fn func(txn) error) error {
	if err := j.failpoints.hit(BeforeWrite); err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.failure != nil {
		return j.failure
	}
	var t *changes
	err := j.look(connector, func(get func(table, []byte) []byte) error {
		t = newChanges(get)
		return fn(t)
	})
	if err != nil {
		return err
	}
	if j.journal[0].size > journalLimit {
		return fmt.Errorf("the journal holds %d bytes, and the disk does not keep up", j.journal[0].size)
	}
	err = j.journal[0].append(encodeRecord(j.seq+1, connector, t.changed))
	if err != nil || j.journal[0].size > journalLong {
		j.hurry() // makes room
	}
	if err != nil {
		return err
	}
	j.seq++
	j.fresh.add(connector, t.changed)
	return j.failpoints.hit(AfterWrite)
}

// hurry has a checkpoint made now.
func (j *journaled) hurry() {
	select {
	case j.full <- struct{}{}:
	default: // said already
	}
}

// view implements backend.
func (j *journaled) view(connector string, fn func(get func(table, []byte) []byte) error) error {
	j.mu.RLock()
	defer j.mu.RUnlock()
	if err := j.look(connector, fn); err != nil {
		return fmt.Errorf("read state file %s: %w", j.path, err)
	}
	return nil
}

// look is view for who holds mu. A checkpoint drops its layer under mu, so the
// file has whatever the layers do not.
func (j *journaled) look(connector string, fn func(get func(table, []byte) []byte) error) error {
	return j.bolt.look(connector, func(below func(table, []byte) []byte) error {
		return fn(func(t table, key []byte) []byte {
			if v, changed := j.layers().get(connector, entryKey{t, string(key)}); changed {
				return v
			}
			return below(t, key)
		})
	})
}

// visit implements backend.
func (j *journaled) visit(connector string, t table, visit func(key, value []byte) error) error {
	j.mu.RLock()
	defer j.mu.RUnlock()
	err := j.bolt.visit(connector, t, func(key, value []byte) error {
		if _, changed := j.layers().get(connector, entryKey{t, string(key)}); changed {
			return nil
		}
		return visit(key, value)
	})
	if err == nil {
		err = j.layers().visit(connector, t, visit)
	}
	if err != nil {
		return fmt.Errorf("read state file %s: %w", j.path, err)
	}
	return nil
}

func (j *journaled) layers() layers { return layers{j.fresh, j.sealed} }

// run makes checkpoints until stop is closed.
func (j *journaled) run() error {
	wait := checkpointEvery
	for {
		select {
		case <-j.stop:
			return nil
		case <-j.full:
		case <-time.After(wait):
		}
		wait = checkpointEvery
		if j.settle() != nil { // the next commit says it
			wait = checkpointRetry
		}
	}
}

// settle makes a checkpoint, and has commits wait while none succeeds.
func (j *journaled) settle() error {
	err := guard(j.checkpoint)
	if err != nil {
		err = fmt.Errorf("make checkpoint: %w", err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.failure = err
	return err
}

// checkpoint takes all commits so far from the journal into the file.
func (j *journaled) checkpoint() error {
	j.checkpoints.Lock()
	defer j.checkpoints.Unlock()
	j.seal()
	if j.sealed == nil { // only a checkpoint changes it
		return nil
	}
	if err := j.commitSealed(); err != nil {
		return err
	}
	// Without mu, which commits would wait for: while sealed is set, the second
	// journal is this checkpoint's alone.
	if err := j.journal[1].reset(); err != nil {
		return err
	}
	j.mu.Lock()
	j.sealed, j.settled = nil, j.last
	j.mu.Unlock()
	return j.failpoints.hit(AfterReset)
}

// commitSealed takes the sealed commits into the file, once the disk has the
// data that they speak of.
func (j *journaled) commitSealed() error {
	if err := j.failpoints.hit(BeforeSync); err != nil {
		return err
	}
	if err := j.sync(); err != nil {
		return fmt.Errorf("wait for the disk: %w", err)
	}
	err := j.bolt.apply(j.sealed, j.last, func() error { return j.failpoints.hit(BeforeCommit) })
	if err != nil {
		return err
	}
	return j.failpoints.hit(AfterCommit)
}

// seal makes the commits so far those of a checkpoint, unless earlier ones
// wait for theirs.
func (j *journaled) seal() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.sealed != nil || len(j.fresh) == 0 {
		return
	}
	j.sealed, j.fresh, j.last = j.fresh, make(layer), j.seq
	j.journal[0], j.journal[1] = j.journal[1], j.journal[0]
}

// close implements backend: all commits are in the file then, and the journals
// are gone. After an error the journals are still there, for the next start.
func (j *journaled) close() error {
	close(j.stop)
	err := errors.Join(j.work.Wait(), guard(j.checkpoint))
	if err == nil {
		err = guard(j.checkpoint) // the first may have been one that had failed before
	}
	err = errors.Join(err, j.closeJournals(err == nil))
	if err = errors.Join(err, guard(j.bolt.close)); err != nil {
		return fmt.Errorf("close state file %s: %w", j.path, err)
	}
	return nil
}
