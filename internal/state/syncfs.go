package state

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// disks are the file systems that hold what commits speak of: the state file's,
// and those of the chunks in the host's storage, which it does not tell where
// it has. They are remembered: chunks come and go.
type disks struct {
	own     string            // a file on the state's
	folders map[uint64]string // of chunks, by device
	flush   func(folder string) error
}

func newDisks(path string) *disks {
	return &disks{own: path, folders: make(map[uint64]string), flush: syncfs}
}

// sync waits until everything that was written to these file systems is on
// their disks. One call at a time.
func (d *disks) sync() error {
	d.look()
	err := d.flush(filepath.Dir(d.own))
	for device, folder := range d.folders {
		gone := d.flush(folder)
		if errors.Is(gone, os.ErrNotExist) {
			delete(d.folders, device)
			continue
		}
		err = errors.Join(err, gone)
	}
	return err
}

// look finds the folders of the chunks that this process has open. Where it
// cannot, the state's own file system has to be the one.
func (d *disks) look() {
	const chunk = ".flb"
	const fds = "/proc/self/fd"
	open, err := os.ReadDir(fds)
	if err != nil {
		return
	}
	for _, fd := range open {
		path, err := os.Readlink(filepath.Join(fds, fd.Name()))
		if err != nil || !strings.HasSuffix(path, chunk) {
			continue
		}
		info, err := os.Stat(filepath.Dir(path))
		if err != nil {
			continue // gone with its chunks
		}
		if stat, ok := info.Sys().(*syscall.Stat_t); ok {
			d.folders[stat.Dev] = filepath.Dir(path)
		}
	}
}

// syncfs waits for the disk of a folder.
func syncfs(folder string) error {
	dir, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }() // nothing was written through it
	err = unix.Syncfs(int(dir.Fd()))
	switch {
	case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EPERM): // a sandbox
		unix.Sync() // waits as well, for every disk
	case err != nil:
		return fmt.Errorf("sync file system of %s: %w", folder, err)
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
