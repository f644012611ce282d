package harness

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"

	"in_stellar_aws/tests/abihost"
)

// Kind is a host that runs the plugin.
type Kind int

// The hosts: the small one of this repository, and Fluent Bit itself.
const (
	ABIHost Kind = iota
	FluentBit
)

// String is the host's name.
func (k Kind) String() string {
	if k == FluentBit {
		return "FluentBit"
	}
	return "abihost"
}

var (
	// ErrEnded is returned by a wait for something that can no longer happen
	// because the host has ended.
	ErrEnded = abihost.ErrEnded
	// ErrNoFluentBit says where a Fluent Bit was looked for.
	ErrNoFluentBit = errors.New("no Fluent Bit: not in $FLUENT_BIT, /opt/fluent-bit/bin/fluent-bit or the PATH")
)

// host is a running host of one kind.
type host interface {
	Pid() int
	Signal(syscall.Signal) error
	Kill()
	Log() string
	Wait(context.Context) (abihost.Exit, error)
	Problems() []string
}

// Process is a host that runs, or has run.
type Process struct {
	host
	*Output

	ended chan struct{} // closed when the host has ended
}

// Start writes the configuration and runs a host of that kind on it. The
// process is killed when ctx ends. Without a Fluent Bit on this machine it
// returns ErrNoFluentBit.
func Start(ctx context.Context, kind Kind, c Config) (*Process, error) {
	path, err := c.Write()
	if err != nil {
		return nil, err
	}
	p := &Process{Output: NewOutput(c), ended: make(chan struct{})}
	if kind == FluentBit {
		p.host, err = startReal(ctx, path, c.Dir)
	} else {
		p.host, err = startABI(ctx, path, c.Dir)
	}
	if err != nil {
		return nil, err
	}
	go func() {
		_, _ = p.Wait(context.Background()) // whoever asks for it gets the error
		close(p.ended)
	}()
	return p, nil
}

func startABI(ctx context.Context, config, dir string) (host, error) {
	h, err := abihost.New()
	if err != nil {
		return nil, err
	}
	return h.Start(ctx, abihost.Options{
		ConfigFile: config,
		Dir:        dir,
		OnRecord:   func(abihost.Record) {}, // they are read from the output's files
	})
}

// Stop sends SIGTERM and waits for the host's end.
func (p *Process) Stop(ctx context.Context) (abihost.Exit, error) {
	if err := p.Signal(syscall.SIGTERM); err != nil {
		return abihost.Exit{}, err
	}
	return p.Wait(ctx)
}

// Crash ends the host as kill -9 does, and waits for that. A record that was
// half written is cut from the output: the host writes it again.
func (p *Process) Crash(ctx context.Context) error {
	p.Kill()
	if _, err := p.Wait(ctx); err != nil {
		return err
	}
	return p.cutTorn()
}

// WaitFor polls met until it is true, ctx ends, or the host has ended.
func (p *Process) WaitFor(ctx context.Context, what string, met func() (bool, error)) error {
	return until(ctx, what, p.ended, met)
}

// WaitLog waits until the host's log holds every text.
func (p *Process) WaitLog(ctx context.Context, texts ...string) error {
	var missing []string
	err := until(ctx, "log", p.ended, func() (bool, error) {
		log := p.Log()
		missing = missing[:0]
		for _, text := range texts {
			if !strings.Contains(log, text) {
				missing = append(missing, text)
			}
		}
		return len(missing) == 0, nil
	})
	if err != nil {
		return fmt.Errorf("%w: no %q", err, missing)
	}
	return nil
}

// WaitRecords waits until at least n records of the tag came out, and returns
// them. On an error it returns those that did.
func (p *Process) WaitRecords(ctx context.Context, tag string, n int) ([]Record, error) {
	got := 0
	err := until(ctx, fmt.Sprintf("%d records of %s", n, tag), p.ended, func() (bool, error) {
		all, err := p.Records(tag)
		got = len(all)
		return got >= n, err
	})
	if err != nil {
		err = fmt.Errorf("%w: there are %d", err, got)
	}
	all, reading := p.Records(tag)
	return all, errors.Join(err, reading)
}

var peak = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// PeakMemory is the most memory in bytes that the running host has had
// resident up to now (proc_pid_status(5)).
func (p *Process) PeakMemory() (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Pid()))
	if err != nil {
		return 0, fmt.Errorf("read memory of host: %w", err)
	}
	found := peak.FindSubmatch(text)
	if found == nil {
		return 0, fmt.Errorf("read memory of host: no VmHWM: %w", ErrEnded)
	}
	kilobytes, err := strconv.ParseInt(string(found[1]), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read memory of host: %w", err)
	}
	return kilobytes << 10, nil
}

// Resident is the memory in bytes that the running host has resident now,
// without files below dir, such as its chunks (proc_pid_smaps(5)).
func (p *Process) Resident(dir string) (bytes int64, err error) {
	maps, err := os.Open(fmt.Sprintf("/proc/%d/smaps", p.Pid()))
	if err != nil {
		return 0, fmt.Errorf("read memory of host: %w", err)
	}
	defer maps.Close()
	counts := false // whether the mapping at hand does
	lines := bufio.NewScanner(maps)
	for lines.Scan() {
		line := lines.Text()
		if _, path, isMapping := strings.Cut(line, "/"); !strings.Contains(strings.Fields(line)[0], ":") { // else a number
			counts = !isMapping || !strings.HasPrefix("/"+path, dir+"/")
			continue
		}
		var kilobytes int64
		if n, _ := fmt.Sscanf(line, "Rss: %d kB", &kilobytes); n == 1 && counts {
			bytes += kilobytes << 10
		}
	}
	if err := lines.Err(); err != nil {
		return 0, fmt.Errorf("read memory of host: %w", err)
	}
	return bytes, nil
}
