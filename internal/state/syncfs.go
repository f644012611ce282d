package state

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// syncBeside waits until everything that was written to the file system of the
// directory of path is on its disk.
func syncBeside(path string) error {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("open folder of state file: %w", err)
	}
	defer func() { _ = dir.Close() }() // nothing was written through it
	if err := unix.Syncfs(int(dir.Fd())); err != nil {
		return fmt.Errorf("sync file system of %s: %w", dir.Name(), err)
	}
	return nil
}

// bootID names the time since the machine was started; "" where the system
// does not tell.
func bootID() string {
	text, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}
