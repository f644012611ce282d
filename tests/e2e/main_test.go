package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"in_stellar_aws/tests/harness"
)

// plugin is the .so under test: $PLUGIN, or what TestMain has built.
var plugin = os.Getenv("PLUGIN")

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "e2e")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := 1
	if err := prepare(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
	} else {
		code = m.Run()
	}
	_ = os.RemoveAll(dir) // only rubbish is left behind
	os.Exit(code)
}

func prepare(dir string) error {
	if plugin != "" {
		return nil
	}
	built, err := harness.BuildPlugin(filepath.Join("..", "..", "plugin"), dir)
	plugin = built
	return err
}
