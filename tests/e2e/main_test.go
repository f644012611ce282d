package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"in_stellar_aws/tests/harness"
)

// plugin is the .so under test.
var plugin string

func TestMain(m *testing.M) {
	var err error
	if plugin, err = harness.Plugin(filepath.Join("..", "..")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}
