package state

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// holder names the process that has the file locked, as ": PID (program)"; ""
// where the system does not tell: in another container, /proc shows nobody.
func holder(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	locks, err := os.ReadFile("/proc/locks")
	if err != nil {
		return ""
	}
	// proc_locks(5): "1: FLOCK  ADVISORY  WRITE 4711 08:02:131 0 EOF"
	inode := ":" + strconv.FormatUint(stat.Ino, 10)
	for line := range strings.Lines(string(locks)) {
		fields := strings.Fields(line)
		if len(fields) < 6 || fields[1] != "FLOCK" || !strings.HasSuffix(fields[5], inode) {
			continue
		}
		name, err := os.ReadFile("/proc/" + fields[4] + "/comm")
		if err != nil {
			continue // a file of the same number elsewhere, or the lock is gone
		}
		return fmt.Sprintf(": %s (%s)", fields[4], strings.TrimSpace(string(name)))
	}
	return ""
}
