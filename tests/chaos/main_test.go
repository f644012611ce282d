package chaos

import (
	"flag"
	"os"
	"testing"
	"time"

	"in_stellar_aws/tests/harness"
)

// The flags; see the package comment.
var (
	seedFlag = flag.Uint64("chaos.seed", 0, "seed of all choices; 0 takes one from the clock")
	duration = flag.Duration("chaos.duration", 0, "how long TestChaos makes faults in each host, at the least")
	ends     = flag.Int("chaos.ends", 0, "how many times TestEnds ends the host by each signal; 0 skips it")
	stall    = flag.Duration("chaos.stall", 0, "how long TestStall stops the output; 0 skips it")
)

// plugin is the .so under test.
var plugin string

func TestMain(m *testing.M) { os.Exit(harness.Main(m, &plugin)) }

// seed is the run's, and printed: with it the same choices are made again.
func seed(t *testing.T) uint64 {
	s := *seedFlag
	if s == 0 {
		s = uint64(time.Now().UnixNano())
	}
	t.Logf("-chaos.seed %d", s)
	return s
}
