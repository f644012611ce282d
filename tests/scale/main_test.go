package scale

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
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

// plugin is the .so under test: $PLUGIN, or what TestMain has built.
var plugin = os.Getenv("PLUGIN")

func TestMain(m *testing.M) {
	flag.Parse()
	dir, err := os.MkdirTemp("", "scale")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := 1
	if err := build(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
	} else {
		code = m.Run()
	}
	_ = os.RemoveAll(dir) // only rubbish is left behind
	os.Exit(code)
}

func build(dir string) error {
	if plugin != "" {
		return nil
	}
	built, err := harness.BuildPlugin(filepath.Join("..", "..", "plugin"), dir)
	plugin = built
	return err
}
