package abihost

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// renderer writes the line format that the C program reads.
type renderer struct {
	strings.Builder
	expand func(string) string
	tick   time.Duration
	fs     bool // a storage path is set
}

// render turns a configuration into the C program's line format. Faults are
// given at the first start only: a reload must not reset them.
func render(c *config, o Options, first bool) (string, error) {
	r := &renderer{expand: c.expander(o.lookup), tick: o.Tick}
	if r.tick <= 0 {
		r.tick = time.Second
	}
	if err := r.service(c.service, o); err != nil {
		return "", err
	}
	if first {
		r.faults(o.Faults)
	}
	plugins := c.plugins
	if o.Plugin != "" {
		plugins = append([]string{o.Plugin}, plugins...)
	}
	for _, p := range plugins {
		if strings.HasPrefix(filepath.Base(p), "flb-") {
			return "", fmt.Errorf("load plugin %s: a name with flb- is a native plugin to the host: %w", p, ErrConfig)
		}
		r.put("plugin", p)
	}
	for _, in := range c.inputs {
		if err := r.input(in); err != nil {
			return "", err
		}
	}
	for _, out := range c.outputs {
		match := r.expand(out.get("match"))
		r.put("output", match)
	}
	return r.String(), nil
}

func (r *renderer) put(fields ...string) {
	for i, f := range fields {
		if i > 0 {
			r.WriteByte(' ')
		}
		r.WriteString(encode(f))
	}
	r.WriteByte('\n')
}

func (r *renderer) set(key string, n int64) {
	r.put("set", key, strconv.FormatInt(n, 10))
}

func (r *renderer) service(s section, o Options) error {
	// Levels are inherited by inputs, so this one comes first.
	if v := r.expand(s.get("log_level")); v != "" {
		n, err := logLevel(v)
		if err != nil {
			return err
		}
		r.set("log_level", n)
	}
	flush, grace := 1.0, int64(5)
	var err error
	if v := r.expand(s.get("flush")); v != "" {
		if flush, err = strconv.ParseFloat(v, 64); err != nil || flush <= 0 {
			return fmt.Errorf("read flush %q: %w", v, ErrConfig)
		}
	}
	if v := r.expand(s.get("grace")); v != "" {
		if grace, err = strconv.ParseInt(v, 10, 32); err != nil {
			return fmt.Errorf("read grace %q: %w", v, ErrConfig)
		}
	}
	r.set("tick_ms", max(1, r.tick.Milliseconds()))
	r.set("flush_ms", max(1, int64(flush*float64(r.tick.Milliseconds()))))
	r.set("grace", grace)
	r.set("hot_reload", flag(s, r, "hot_reload", false))
	r.set("reload_safety", flag(s, r, "hot_reload.ensure_thread_safety", true))
	if path := r.expand(s.get("storage.path")); path != "" {
		r.fs = true
		r.put("set", "storage_path", path)
	}
	r.set("old_layout", bit(o.OldLayout))
	if o.DefSize > 0 {
		r.set("def_size", int64(o.DefSize))
	}
	r.set("init_delay_ms", o.Faults.InitDelay.Milliseconds())
	return nil
}

func (r *renderer) faults(f Faults) {
	r.set("stall", bit(f.Stall))
	r.set("disk_full", bit(f.DiskFull))
	r.set("refuse", int64(f.Refuse))
	r.set("refuse_rate", int64(f.RefuseRate*1000))
	r.put("set", "seed", strconv.FormatUint(f.Seed&(1<<62-1), 10))
}

// swallowed are the input keys that the host takes for itself: a plugin
// never sees them (flb_input_set_property).
var swallowed = map[string]bool{
	"name": true, "tag": true, "log_level": true, "log_suppress_interval": true, "routable": true, "alias": true,
	"mem_buf_limit": true, "listen": true, "host": true, "port": true, "ipv6": true, "tls": true,
	"tls.verify": true, "tls.verify_client_cert": true, "tls.verify_hostname": true, "tls.debug": true,
	"tls.vhost": true, "tls.ca_path": true, "tls.ca_file": true, "tls.crt_file": true, "tls.key_file": true,
	"tls.key_passwd": true, "tls.min_version": true, "tls.max_version": true, "tls.ciphers": true,
	"storage.type": true, "storage.pause_on_chunks_overlimit": true, "threaded": true,
	"thread.ring_buffer.capacity": true, "thread.ring_buffer.window": true, "rate_window": true,
	"rate_gate": true, "rate_gate.max_bytes": true, "rate_gate.max_records": true, "rate_gate.backpressure": true,
	"rate_gate.resume_ratio": true, "routes": true, "processors": true, "telemetry": true,
}

func (r *renderer) input(s section) error {
	name := r.expand(s.get("name"))
	if name == "" {
		return fmt.Errorf("read input: no name: %w", ErrConfig)
	}
	r.put("input", name)
	for _, p := range s {
		key, val := strings.ToLower(p.key), r.expand(p.val)
		if val == "" {
			continue
		}
		if err := r.inputKey(key, val); err != nil {
			return fmt.Errorf("read input %s: %w", name, err)
		}
		if !swallowed[key] {
			r.put("prop", p.key, val)
		}
	}
	return nil
}

func (r *renderer) inputKey(key, val string) error {
	var (
		n   int64
		err error
	)
	switch key {
	case "tag", "alias":
		r.put("in", key, val)
		return nil
	case "log_level":
		n, err = logLevel(val)
	case "routable", "threaded":
		n, err = boolean(val)
	case "mem_buf_limit":
		n, err = size(val)
	case "thread.ring_buffer.capacity":
		key = "ring_slots"
		if n, err = strconv.ParseInt(val, 10, 32); err != nil || n <= 0 {
			return fmt.Errorf("read %s %q: %w", key, val, ErrConfig)
		}
	case "storage.type":
		key = "filesystem"
		n, err = r.storageType(val)
	case "tls":
		if n, err = boolean(val); err == nil && n == 1 {
			err = fmt.Errorf("tls on: the plugin does not support TLS: %w", ErrConfig)
		}
		return err
	default:
		switch {
		case strings.HasPrefix(key, "net."):
			return fmt.Errorf("key %s of a proxy input: %w", key, ErrHostCrash)
		case strings.HasPrefix(key, "oauth2"):
			return fmt.Errorf("unknown configuration property %s: %w", key, ErrConfig)
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", key, err)
	}
	r.put("in", key, strconv.FormatInt(n, 10))
	return nil
}

func (r *renderer) storageType(val string) (int64, error) {
	switch strings.ToLower(val) {
	case "filesystem":
		if !r.fs {
			return 0, fmt.Errorf("filesystem storage without storage.path: %w", ErrConfig)
		}
		return 1, nil
	case "memory":
		return 0, nil
	}
	return 0, fmt.Errorf("storage type %q: %w", val, ErrConfig)
}

func flag(s section, r *renderer, key string, def bool) int64 {
	n, err := boolean(r.expand(s.get(key)))
	if err != nil {
		return bit(def)
	}
	return n
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func boolean(s string) (int64, error) {
	switch strings.ToLower(s) {
	case "true", "on", "yes":
		return 1, nil
	case "false", "off", "no":
		return 0, nil
	}
	return 0, fmt.Errorf("boolean %q: %w", s, ErrConfig)
}

func logLevel(s string) (int64, error) {
	for i, name := range []string{"off", "error", "warn", "info", "debug", "trace"} {
		if strings.EqualFold(s, name) || (name == "warn" && strings.EqualFold(s, "warning")) {
			return int64(i), nil
		}
	}
	return 0, fmt.Errorf("log level %q: %w", s, ErrConfig)
}

// size reads a byte size with the host's decimal suffixes K, M, G.
func size(s string) (int64, error) {
	u := strings.TrimSuffix(strings.ToUpper(s), "B")
	mult := 1.0
	if u != "" {
		switch u[len(u)-1] {
		case 'K':
			mult = 1e3
		case 'M':
			mult = 1e6
		case 'G':
			mult = 1e9
		}
	}
	if mult > 1 {
		u = u[:len(u)-1]
	}
	v, err := strconv.ParseFloat(u, 64)
	if err != nil || v < 0 || v*mult >= 1<<62 {
		return 0, fmt.Errorf("size %q: %w", s, ErrConfig)
	}
	return int64(v * mult), nil
}

// encode writes a field without spaces, control bytes and '%'.
func encode(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if c := s[i]; c <= ' ' || c == '%' || c >= 0x7f {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
