package state

// Failpoint is a place in a write where a test may stop it.
type Failpoint string

// The places, in the order in which a commit passes them: first into the
// journal, and later, with others, into the file.
const (
	BeforeWrite  Failpoint = "before write"  // nothing written yet
	AfterWrite   Failpoint = "after write"   // outlives the process, but the caller does not know
	BeforeSync   Failpoint = "before sync"   // the host's data may not be on the disk yet
	BeforeCommit Failpoint = "before commit" // all entries in the file's transaction, nothing in the file
	AfterCommit  Failpoint = "after commit"  // in the file and still in the journal
	AfterReset   Failpoint = "after reset"   // in the file only
)

// Failpoints lets tests act, or fail, inside a write. The nil value does
// nothing, and production code has no other.
type Failpoints struct {
	Hit func(Failpoint) error
}

func (f *Failpoints) hit(at Failpoint) error {
	if f == nil || f.Hit == nil {
		return nil
	}
	return f.Hit(at)
}
