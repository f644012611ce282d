package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

const (
	maxResumes  = 6 // in a row without a byte read
	firstResume = 200 * time.Millisecond
	lastResume  = 10 * time.Second
)

// getFunc opens a body at a byte and tells the object's whole size, or -1.
type getFunc func(ctx context.Context, at int64) (io.ReadCloser, int64, error)

// resumable reads an object whose connection may be cut: it opens the body
// again at the byte it has reached. A server, proxy or load balancer that closes
// a connection early looks like the end of the object, so an end counts only at
// the known size.
type resumable struct {
	ctx   context.Context // of Open, for the whole reading
	name  string
	get   getFunc
	sleep func(context.Context, time.Duration) error

	body    io.ReadCloser // nil: to be opened
	at      int64         // next byte
	size    int64         // -1: not known
	resumes int           // since the last byte
	err     error         // final
}

func openResumable(ctx context.Context, o Object, from int64, get getFunc, sleep func(context.Context, time.Duration) error) (io.ReadCloser, error) {
	r := &resumable{ctx: ctx, name: "s3://" + o.Bucket + "/" + o.Key, get: get, sleep: sleep, at: from, size: -1}
	if o.ETag != "" && o.Size > 0 {
		r.size = o.Size // holds for this ETag; a server need not tell
	}
	if from > 0 && from == r.size {
		r.err = io.EOF // S3 refuses a range that begins at the end
		return r, nil
	}
	if err := r.open(); err != nil {
		return nil, err
	}
	return r, nil
}

// open opens the body at r.at, trying again while the cause is transient.
func (r *resumable) open() error {
	for {
		body, size, err := r.get(r.ctx, r.at)
		if err == nil {
			r.body, r.size = body, max(r.size, size)
			return nil
		}
		if err := r.wait(err); err != nil {
			return err
		}
	}
}

// wait waits before another try after cause, or returns why there is none.
func (r *resumable) wait(cause error) error {
	var answer *RequestError
	if errors.As(cause, &answer) && answer.Class != Transient {
		return cause
	}
	if r.ctx.Err() != nil {
		return context.Cause(r.ctx)
	}
	if r.resumes == maxResumes {
		return &cutError{fmt.Errorf("read %s at byte %d, tried %d times: %w", r.name, r.at, r.resumes+1, cause)}
	}
	pause := min(firstResume<<r.resumes, lastResume)
	r.resumes++
	return r.sleep(r.ctx, pause)
}

// Read reads on, over cuts.
func (r *resumable) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for r.err == nil {
		if r.body == nil {
			if r.err = r.open(); r.err != nil {
				break
			}
		}
		n, err := r.body.Read(p)
		if n > 0 {
			r.at += int64(n)
			r.resumes = 0
		}
		switch {
		case err == io.EOF && (r.size < 0 || r.at >= r.size):
			r.err = io.EOF
		case err != nil:
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			r.cut(err)
		}
		if n > 0 {
			return n, nil
		}
	}
	return 0, r.err
}

// cut gives up the body after err; the next round opens another. Where every
// byte has come, the connection's end is of no interest.
func (r *resumable) cut(err error) {
	_ = r.body.Close() // it is broken already
	r.body = nil
	if r.size >= 0 && r.at >= r.size {
		r.err = io.EOF
		return
	}
	r.err = r.wait(err)
}

// Close closes the body.
func (r *resumable) Close() error {
	if r.err == nil {
		r.err = errors.New("read of a closed body")
	}
	if r.body == nil {
		return nil
	}
	body := r.body
	r.body = nil
	if err := body.Close(); err != nil {
		return fmt.Errorf("close %s: %w", r.name, err)
	}
	return nil
}

// cutError is a connection cut too often: the object may be tried again later.
type cutError struct{ error }

func (e *cutError) Unwrap() error { return e.error }

func (e *cutError) Is(target error) bool { return target == ErrTransient }

// sleep waits, but not longer than ctx.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
