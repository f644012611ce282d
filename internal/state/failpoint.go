package state

// Failpoint is a place in a write where a test may stop it.
type Failpoint string

// The places, in the order in which a write passes them.
const (
	BeforeWrite Failpoint = "before write" // nothing written yet
	BeforeSync  Failpoint = "before sync"  // all entries in the transaction, nothing in the file
	AfterSync   Failpoint = "after sync"   // durable, but the caller does not know
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
