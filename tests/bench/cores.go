package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// cores are numbers of processors.
type cores []int

// ownCores are the cores that this process may use.
func ownCores() (cores, error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return nil, fmt.Errorf("ask for the cores to use: %w", err)
	}
	var c cores
	for cpu := 0; len(c) < set.Count(); cpu++ {
		if set.IsSet(cpu) {
			c = append(c, cpu)
		}
	}
	return c, nil
}

// pin binds this process, which serves S3, to c, and with it each process that
// it starts later. Go's runtime in those counts the cores that it may use: it
// has as many threads that run Go.
func (c cores) pin() error {
	var set unix.CPUSet
	for _, cpu := range c {
		set.Set(cpu)
	}
	// A thread inherits from the one that makes it, which may not have been
	// bound yet when the list was read.
	for range 2 {
		threads, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return fmt.Errorf("list threads: %w", err)
		}
		for _, t := range threads {
			id, err := strconv.Atoi(t.Name())
			if err != nil {
				return fmt.Errorf("list threads: %w", err)
			}
			if err := unix.SchedSetaffinity(id, &set); err != nil && !errors.Is(err, unix.ESRCH) { // it has ended
				return fmt.Errorf("bind thread to cores %v: %w", c, err)
			}
		}
	}
	return nil
}

// idle is how long the cores of c have had nothing to do since the machine's
// start, added up; see proc_stat(5).
func (c cores) idle() (d time.Duration, err error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, fmt.Errorf("read idle time: %w", err)
	}
	found := 0
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		name, isCore := strings.CutPrefix(fields[0], "cpu")
		cpu, err := strconv.Atoi(name)
		if !isCore || err != nil || !slices.Contains(c, cpu) {
			continue
		}
		const idle, iowait = 4, 5
		for _, at := range []int{idle, iowait} {
			ticks, err := strconv.ParseInt(fields[at], 10, 64)
			if err != nil {
				return 0, fmt.Errorf("read idle time: %w", err)
			}
			d += time.Duration(ticks) * tick
		}
		found++
	}
	if found != len(c) {
		return 0, fmt.Errorf("read idle time: %d of %d cores in /proc/stat", found, len(c))
	}
	return d, nil
}

// tick is the unit of time in /proc: USER_HZ is 100 on Linux.
const tick = time.Second / 100

// cpuOf is the CPU time of this process, or of those that it has waited for.
func cpuOf(who int) (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(who, &u); err != nil {
		return 0, fmt.Errorf("read CPU time: %w", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}

// shares are parts of the time that some cores have had, each 0 to 1.
type shares struct {
	server float64 // of this process
	others float64 // of what is not ours: other programs, and the hypervisor
	idle   float64
}

// watch tells who used the cores of c while work ran.
func (c cores) watch(work func() error) (s shares, err error) {
	type reading struct{ idle, server, children time.Duration }
	read := func() (r reading, err error) {
		var errs [3]error
		r.idle, errs[0] = c.idle()
		r.server, errs[1] = cpuOf(syscall.RUSAGE_SELF)
		r.children, errs[2] = cpuOf(syscall.RUSAGE_CHILDREN)
		return r, errors.Join(errs[:]...)
	}
	before, err := read()
	if err != nil {
		return s, err
	}
	began := time.Now()
	if err := work(); err != nil {
		return s, err
	}
	had := time.Since(began) * time.Duration(len(c))
	after, err := read()
	if err != nil {
		return s, err
	}
	idle, server := after.idle-before.idle, after.server-before.server
	others := had - idle - server - (after.children - before.children)
	s.idle, s.server, s.others = float64(idle)/float64(had), float64(server)/float64(had), max(0, float64(others)/float64(had))
	return s, nil
}
