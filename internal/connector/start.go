// Package connector makes a connector of its section of the configuration:
// credentials, clients, the state, and the pipeline between them and the host.
package connector

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"in_stellar_aws/internal/config"
	"in_stellar_aws/internal/deliver"
	"in_stellar_aws/internal/health"
	"in_stellar_aws/internal/interflow"
	"in_stellar_aws/internal/routine"
	"in_stellar_aws/internal/state"
)

// Host is what a connector has of the process that it runs in.
type Host struct {
	Queue   deliver.Queue
	Log     *slog.Logger
	Status  *health.Status
	Version string // of the plugin, for the user agent
}

// section is a connector's section of the host's configuration, of whichever
// service.
type section struct {
	cfg  config.Config
	host Host
}

func newSection(cfg config.Config, h Host) section {
	if h.Status == nil {
		h.Status = health.NewStatus(h.Log, nil, time.Now)
	}
	return section{cfg: cfg, host: h}
}

// observe counts a request to AWS.
func (s *section) observe(_, _ string, err error) {
	s.host.Status.Add(health.APICalls, 1)
	if err != nil && health.Explain(err).Throttled {
		s.host.Status.Add(health.Throttled, 1)
	}
}

// remembered is a connector's part of the state.
type remembered interface {
	Since(want time.Time) (time.Time, error)
	Until(want time.Time) (time.Time, error)
	Close()
}

// started is a connector's state, open, and where its collection began and is
// to end.
type started[S remembered] struct {
	db    *state.DB
	state S
	since time.Time
	until time.Time // zero: never
}

// start opens the state, and the connector's part in it. It is false when ctx
// ended before that was possible.
func start[S remembered](ctx context.Context, s *section, part func(*state.DB) (S, error)) (st *started[S], ok bool) {
	if !s.insist(ctx, "open state", func() (err error) {
		st, err = openState(s, part)
		return err
	}) {
		return nil, false
	}
	if !s.insist(ctx, "store the start", func() (err error) {
		now := time.Now()
		st.until = s.cfg.EndAt.At(now)
		if s.cfg.EndAt.Moves() {
			st.until, err = st.state.Until(st.until)
		}
		if err == nil {
			st.since, err = st.state.Since(s.cfg.StartFrom.At(now))
		}
		return err
	}) {
		st.close(s.host.Log)
		return nil, false
	}
	return st, true
}

func openState[S remembered](s *section, part func(*state.DB) (S, error)) (*started[S], error) {
	db, err := state.Open(s.cfg.DB, state.Options{})
	if err != nil {
		return nil, err
	}
	if s.cfg.DB == "" {
		s.host.Log.Warn("no db is set: what was collected is forgotten at the end, and collected again from start_from at the next start")
	}
	if damage := db.Damage(); damage != nil {
		s.host.Log.Error(damage.Error())
	}
	own, err := part(db)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &started[S]{db: db, state: own}, nil
}

func (st *started[S]) close(log *slog.Logger) {
	st.state.Close()
	if err := st.db.Close(); err != nil {
		log.Error("close state", "error", err)
	}
}

// insist does something until it succeeds, or until ctx ends: then it is
// false, unless it has succeeded.
func (s *section) insist(ctx context.Context, what string, do func() error) bool {
	for wait := routine.FirstWait; ; wait = min(2*wait, routine.LastWait) {
		err := do()
		if ctx.Err() != nil {
			return err == nil
		}
		s.host.Status.Report(what, err)
		if err == nil {
			return true
		}
		if routine.Pause(ctx, wait) != nil {
			return false
		}
	}
}

// settings are what the section says of its records.
func (s *section) settings() interflow.Settings {
	return interflow.Settings{
		TenantName: s.cfg.TenantName, TenantID: s.cfg.TenantID,
		IndexKey: s.cfg.IndexKey, VendorKey: s.cfg.VendorKey, FlattenDepth: s.cfg.FlattenDepth,
	}
}
