package harness

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// BuildPlugin builds the plugin as the Makefile does, from the directory of
// the module's source that plugin names, into dir. It returns the .so's path.
func BuildPlugin(plugin, dir string) (string, error) {
	library := filepath.Join(dir, "in_stellar_aws.so")
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags", "-s -w", "-o", library, ".")
	cmd.Dir = plugin
	cmd.Env = append(os.Environ(), "CGO_ENABLED=1", "GOFLAGS=-buildvcs=false")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build plugin: %w\n%s", err, out)
	}
	return library, nil
}
