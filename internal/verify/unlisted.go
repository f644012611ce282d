package verify

import (
	"crypto/sha256"
	"strings"
	"sync"
	"time"

	"in_stellar_aws/internal/digest"
	"in_stellar_aws/internal/source"
)

// unlisted finds log files that no digest lists. Which digest a file belongs to
// is told by when it was delivered, to the second by two clocks, and a folder
// may have the files of several trails: so a file is judged only when every
// chain of its folder is well past it.
type unlisted struct {
	mu      sync.Mutex
	folders map[string]*folder
	waiting int
}

// folder is the log files of an account and region.
type folder struct {
	ends       map[string]time.Time // how far each chain has come
	recent     map[print]time.Time  // files listed lately, and until when their digest is
	candidates map[print]candidate  // files that no digest has listed so far
}

type print [16]byte

// candidate is a file, and the digest it should have been in.
type candidate struct {
	file  source.Object
	fault Fault
}

const (
	// settled is how far every chain must be past a file's delivery.
	settled = 2 * time.Hour
	// maxCandidates bounds how many files wait to be judged, in all folders.
	// Those beyond are not judged.
	maxCandidates = 100_000
)

func newUnlisted() unlisted { return unlisted{folders: make(map[string]*folder)} }

// folderOf is the part of a digest's key that stands for account and region.
func folderOf(key string) string {
	// …/ACCOUNT/CloudTrail-Digest/REGION/YYYY/MM/DD/NAME
	for range 4 {
		key = key[:max(0, strings.LastIndexByte(key, '/'))]
	}
	return key
}

func printOf(key string) print {
	sum := sha256.Sum256([]byte(key))
	return print(sum[:len(print{})])
}

func (u *unlisted) folder(name string) *folder {
	f := u.folders[name]
	if f == nil {
		f = &folder{ends: map[string]time.Time{}, recent: map[print]time.Time{}, candidates: map[print]candidate{}}
		u.folders[name] = f
	}
	return f
}

// listed notes the files of a digest.
func (u *unlisted) listed(name string, d *digest.Digest) {
	u.mu.Lock()
	defer u.mu.Unlock()
	f := u.folder(name)
	for _, file := range d.Files {
		p := printOf(file.Object)
		f.recent[p] = d.End
		if _, ok := f.candidates[p]; ok {
			delete(f.candidates, p)
			u.waiting--
		}
	}
}

// suspect notes the files that were delivered in a digest's time. It reports
// false when there are too many to remember.
func (u *unlisted) suspect(name string, files []source.Object, model Fault) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	f := u.folder(name)
	for _, file := range files {
		p := printOf(file.Key)
		if _, ok := f.recent[p]; ok {
			continue
		}
		if _, ok := f.candidates[p]; ok {
			continue
		}
		if u.waiting >= maxCandidates {
			return false
		}
		fault := model
		fault.Problem, fault.Object = FileUnlisted, file.Key
		fault.Detail = "it was put there at " + file.LastModified.UTC().Format(time.RFC3339)
		f.candidates[p] = candidate{file, fault}
		u.waiting++
	}
	return true
}

// reached notes how far a chain has come.
func (u *unlisted) reached(name, chain string, end time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	f := u.folder(name)
	if end.After(f.ends[chain]) {
		f.ends[chain] = end
	}
}

// judge returns the files that no digest lists, and forgets what is decided.
func (u *unlisted) judge() (faults []Fault) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, f := range u.folders {
		horizon := f.horizon()
		for p, c := range f.candidates {
			if c.file.LastModified.Before(horizon) {
				faults = append(faults, c.fault)
				delete(f.candidates, p)
				u.waiting--
			}
		}
		for p, end := range f.recent {
			if end.Before(horizon.Add(-settled)) {
				delete(f.recent, p)
			}
		}
	}
	return faults
}

// horizon is up to when every chain that is alive has surely listed its files.
func (f *folder) horizon() time.Time {
	var newest, oldest time.Time
	for _, end := range f.ends {
		if end.After(newest) {
			newest = end
		}
	}
	oldest = newest
	for chain, end := range f.ends {
		if newest.Sub(end) > silence {
			delete(f.ends, chain) // it has ended
		} else if end.Before(oldest) {
			oldest = end
		}
	}
	return oldest.Add(-settled)
}
