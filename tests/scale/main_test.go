package scale

import (
	"flag"
	"os"
	"testing"

	"in_stellar_aws/tests/harness"
)

// The flags; see the package comment.
var (
	nodes   = flag.Int("scale.nodes", 2, "Fluent Bit processes")
	objects = flag.Int("scale.objects", 300, "objects in the bucket")
	records = flag.Int("scale.records", 3, "records of an object")
	kills   = flag.Int("scale.kills", 1, "how often a node is killed, each about as often as another")
	seed    = flag.Uint64("scale.seed", 1, "seed of all choices")
)

// plugin is the .so under test.
var plugin string

func TestMain(m *testing.M) { os.Exit(harness.Main(m, &plugin)) }
