package chaos

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"
)

// sink is where the real host's output sends records: an HTTP server that
// says thank you, or does not read.
type sink struct {
	books *account
	url   string

	mu   sync.Mutex
	open chan struct{} // closed while requests are read
}

// generationHeader names the generation that sends a request.
const generationHeader = "X-Generation"

func newSink(t *testing.T, books *account) *sink {
	s := &sink{books: books, open: make(chan struct{})}
	close(s.open)
	s.url = serve(t, s).url()
	return s
}

// stall stops reading, or goes on.
func (s *sink) stall(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.open:
		if on {
			s.open = make(chan struct{})
		}
	default:
		if !on {
			close(s.open)
		}
	}
}

func (s *sink) wait(ctx context.Context) error {
	s.mu.Lock()
	open := s.open
	s.mu.Unlock()
	select {
	case <-open:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ServeHTTP takes the records of one chunk, whole or not at all.
func (s *sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.wait(r.Context()) != nil {
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // cut by the host's end: it sends the chunk again
	}
	generation, err := strconv.Atoi(r.Header.Get(generationHeader))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	lines := bufio.NewScanner(bytes.NewReader(body))
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		if len(lines.Bytes()) > 0 {
			s.books.deliverJSON(lines.Bytes(), generation)
		}
	}
	if err := lines.Err(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
}

// deliverJSON enters a record as JSON text.
func (a *account) deliverJSON(line []byte, generation int) {
	var r struct {
		ID     string `json:"stellar_uuid"`
		Tenant string `json:"tenantid"`
		Event  string `json:"eventID"`
		Log    string `json:"message"`
	}
	err := json.Unmarshal(line, &r)
	appended, bad := strconv.Atoi(r.Tenant)
	if err != nil || bad != nil {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.fault("a record that cannot be read (%v, %v): %.200s", err, bad, line)
		return
	}
	a.deliver(r.Event+r.Log, r.ID, hop{appended, generation}) // a record has one of them
}

// jams stalls an output now and then until stop is closed, and leaves it open.
func jams(ctx context.Context, stop <-chan struct{}, stall func(bool), seed uint64) error {
	rnd := rand.New(rand.NewPCG(seed, 'j'))
	defer stall(false)
	for on := false; ; on = !on {
		stall(on)
		if more, err := wait(ctx, stop, time.Duration(300+rnd.IntN(2700))*time.Millisecond); !more {
			return err
		}
	}
}
