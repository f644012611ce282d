package hosttest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"in_stellar_aws/tests/abihost"
)

// What TestMain found and built; skip says why there is nothing to test with.
var (
	fluentBit string
	library   string
	skip      string
)

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "hosttest")
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

// prepare finds the host and builds the library into dir.
func prepare(dir string) error {
	var found bool
	if fluentBit, found = abihost.RealFluentBit(); !found {
		skip = "no Fluent Bit: set FLUENT_BIT to its binary"
		return nil
	}
	if _, err := exec.LookPath("cc"); err != nil {
		skip = "no C compiler"
		return nil
	}
	library = filepath.Join(dir, "in_stellar_aws.so")
	build := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-tags", "hosttest", "-o", library, "../../plugin")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build plugin: %w\n%s", err, out)
	}
	return nil
}
