package fakeaws

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"
)

var (
	errDropped = errors.New("connection dropped by a fault")
	errCut     = errors.New("body cut by a fault")
)

// slowSteps is how many writes a second a slowed body is sent in.
const slowSteps = 20

// responseWriter records what is sent and applies the faults of a body.
type responseWriter struct {
	http.ResponseWriter
	ctx    context.Context
	sleep  func(context.Context, time.Duration) error
	status int
	sent   int64

	bytesPerSecond int
	cut            bool
	cutAfter       int64
}

// WriteHeader sends the status once.
func (w *responseWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Write sends p, slowly or in part when a fault says so.
func (w *responseWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	cut := false
	if left := w.cutAfter - w.sent; w.cut && int64(len(p)) > left {
		p, cut = p[:max(left, 0)], true
	}
	n, err := w.pace(p)
	if err == nil && cut {
		err = errCut
	}
	return n, err
}

// pace writes p, at bytesPerSecond when that is set.
func (w *responseWriter) pace(p []byte) (int, error) {
	if w.bytesPerSecond <= 0 {
		return w.send(p)
	}
	written, step := 0, max(w.bytesPerSecond/slowSteps, 1)
	pause := time.Duration(step) * time.Second / time.Duration(w.bytesPerSecond)
	for written < len(p) {
		if err := w.sleep(w.ctx, pause); err != nil {
			return written, err
		}
		n, err := w.send(p[written:min(written+step, len(p))])
		written += n
		if err != nil {
			return written, err
		}
		// Without a flush the pieces would wait in net/http's buffer.
		if err := http.NewResponseController(w.ResponseWriter).Flush(); err != nil {
			return written, err
		}
	}
	return written, nil
}

func (w *responseWriter) send(p []byte) (int, error) {
	n, err := w.ResponseWriter.Write(p)
	w.sent += int64(n)
	return n, err
}

// respond sends a whole answer. The explicit length is what makes a cut body
// look cut to the client, and what HEAD needs.
func (c *call) respond(status int, contentType string, body []byte) error {
	h := c.w.Header()
	if len(body) > 0 {
		h.Set("Content-Type", contentType)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	c.w.WriteHeader(status)
	if len(body) == 0 || c.r.Method == http.MethodHead {
		return nil
	}
	_, err := c.w.Write(body)
	return err
}
