package harness

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// Main is a package's TestMain: it has plugin name the .so to test, runs the
// tests and returns the exit status.
func Main(m interface{ Run() int }, plugin *string) int {
	flag.Parse()
	var err error
	if *plugin, err = Plugin(filepath.Join("..", "..")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// Plugin returns the .so to test: $PLUGIN, or what `make build` makes in root,
// the module's directory. Packages whose tests run at the same time share one
// build, which is also the one that is released.
func Plugin(root string) (path string, err error) {
	if path := os.Getenv("PLUGIN"); path != "" {
		return path, nil
	}
	path, err = filepath.Abs(filepath.Join(root, "build", "in_stellar_aws.so"))
	if err != nil {
		return "", fmt.Errorf("find plugin: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", fmt.Errorf("build plugin: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(filepath.Dir(path), ".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return "", fmt.Errorf("build plugin: %w", err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }() // which gives the lock up
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", fmt.Errorf("wait for another build of the plugin: %w", err)
	}
	cmd := exec.Command("make", "-C", root, "build")
	for _, kv := range os.Environ() {
		// Those are of the make that runs the tests, if one does.
		if !strings.HasPrefix(kv, "MAKE") && !strings.HasPrefix(kv, "MFLAGS=") {
			cmd.Env = append(cmd.Env, kv)
		}
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build plugin: %w\n%s", err, out)
	}
	return path, nil
}
