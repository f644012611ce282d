package e2e

import (
	"os"
	"testing"

	"in_stellar_aws/tests/harness"
)

// plugin is the .so under test.
var plugin string

func TestMain(m *testing.M) { os.Exit(harness.Main(m, &plugin)) }
