package chaos

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

// web serves HTTP at a loopback address that stays the same, and at times
// nobody listens at.
type web struct {
	handler http.Handler
	address string

	mu     sync.Mutex
	server *http.Server // nil: nobody listens
	served chan error
}

// serve serves a handler until the test ends.
func serve(t *testing.T, h http.Handler) *web {
	t.Helper()
	w := &web{handler: h, address: "127.0.0.1:0"}
	if err := w.listen(true); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.listen(false); err != nil {
			t.Error(err)
		}
	})
	return w
}

func (w *web) url() string { return "http://" + w.address }

// listen begins to listen, or stops and cuts every connection.
func (w *web) listen(on bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case on && w.server == nil:
		listener, err := net.Listen("tcp", w.address)
		if err != nil {
			return fmt.Errorf("listen again: %w", err)
		}
		w.address = listener.Addr().String()
		server, served := &http.Server{Handler: w.handler, ReadHeaderTimeout: time.Minute}, make(chan error, 1)
		go func() { served <- server.Serve(listener) }()
		w.server, w.served = server, served
	case !on && w.server != nil:
		err := w.server.Close()
		if ended := <-w.served; !errors.Is(ended, http.ErrServerClosed) {
			err = errors.Join(err, ended)
		}
		w.server = nil
		return err
	}
	return nil
}
