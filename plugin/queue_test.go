package main

import (
	"context"
	"errors"
	"os"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeBuffer is a buffer whose host stores a batch when the test says so.
type fakeBuffer struct {
	mu        sync.Mutex
	batches   [][]byte
	seq       uint64
	bytes     uint64
	noMemory  bool
	pushed    chan uint64 // numbers, as they are pushed
	wrongSeqs []uint64
}

func newFakeBuffer() *fakeBuffer { return &fakeBuffer{pushed: make(chan uint64, 100)} }

func (f *fakeBuffer) push(seq uint64, batch []byte) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.noMemory {
		return false
	}
	if seq != f.seq+uint64(len(f.batches))+1 {
		f.wrongSeqs = append(f.wrongSeqs, seq)
	}
	f.batches = append(f.batches, batch)
	f.pushed <- seq
	return true
}

func (f *fakeBuffer) progress() (seq, bytes uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.seq, f.bytes
}

// store has the host take the oldest n batches.
func (f *fakeBuffer) store(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, b := range f.batches[:n] {
		f.seq++
		f.bytes += uint64(len(b))
	}
	f.batches = f.batches[n:]
}

func TestAppendNumbersBatches(t *testing.T) {
	q := newQueue(newFakeBuffer(), 100)
	for want := uint64(1); want <= 3; want++ {
		if seq, err := q.Append(t.Context(), make([]byte, 10)); seq != want || err != nil {
			t.Errorf("Append = %d, %v; want %d, nil", seq, err, want)
		}
	}
	if _, err := q.Append(t.Context(), nil); err == nil {
		t.Error("an empty batch was taken")
	}
}

func TestAppendWaitsForRoom(t *testing.T) {
	tests := []struct {
		name  string
		sizes []int // the last must wait
		store int   // batches to store before it goes on
	}{
		{"limit reached", []int{60, 40, 1}, 1},
		{"would pass the limit", []int{60, 41}, 1},
		{"above the limit waits for an empty queue", []int{10, 10, 101}, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFakeBuffer()
			q := newQueue(f, 100)
			last := len(tt.sizes) - 1
			for _, size := range tt.sizes[:last] {
				if _, err := q.Append(t.Context(), make([]byte, size)); err != nil {
					t.Fatal(err)
				}
				<-f.pushed
			}
			appended := make(chan error, 1)
			go func() {
				_, err := q.Append(t.Context(), make([]byte, tt.sizes[last]))
				appended <- err
			}()
			q.broadcast() // progress of nothing
			select {
			case seq := <-f.pushed:
				t.Fatalf("batch %d was pushed above the limit", seq)
			default:
			}
			f.store(tt.store)
			q.broadcast()
			if err := <-appended; err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestAppendAboveLimitToEmptyQueue(t *testing.T) {
	q := newQueue(newFakeBuffer(), 100)
	if seq, err := q.Append(t.Context(), make([]byte, 1000)); seq != 1 || err != nil {
		t.Errorf("Append = %d, %v; want 1, nil", seq, err)
	}
}

func TestAppendWithoutMemory(t *testing.T) {
	f := newFakeBuffer()
	f.noMemory = true
	q := newQueue(f, 100)
	if _, err := q.Append(t.Context(), []byte{1}); err == nil {
		t.Error("no error though nothing was queued and no memory is left")
	}
}

func TestWaitsEnd(t *testing.T) {
	calls := map[string]func(q *queue, ctx context.Context) error{
		"Append":    func(q *queue, ctx context.Context) error { _, err := q.Append(ctx, make([]byte, 50)); return err },
		"Delivered": func(q *queue, ctx context.Context) error { _, err := q.Delivered(ctx, 0); return err },
	}
	ends := map[string]struct {
		end  func(q *queue, cancel func())
		want error
	}{
		"context": {func(_ *queue, cancel func()) { cancel() }, context.Canceled},
		"close":   {func(q *queue, _ func()) { q.close() }, errClosed},
	}
	for call, do := range calls {
		for how, e := range ends {
			t.Run(call+" by "+how, func(t *testing.T) {
				q := newQueue(newFakeBuffer(), 60)
				if _, err := q.Append(t.Context(), make([]byte, 50)); err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				done := make(chan error, 1)
				go func() { done <- do(q, ctx) }()
				e.end(q, cancel)
				if err := <-done; !errors.Is(err, e.want) {
					t.Errorf("error %v, want %v", err, e.want)
				}
			})
		}
	}
}

func TestDeliveredTellsOfProgressAfterTheEnd(t *testing.T) {
	f := newFakeBuffer()
	q := newQueue(f, 100)
	for range 3 {
		if _, err := q.Append(t.Context(), []byte{1}); err != nil {
			t.Fatal(err)
		}
	}
	f.store(2)
	q.close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if seq, err := q.Delivered(ctx, 1); seq != 2 || err != nil {
		t.Errorf("Delivered = %d, %v; want 2, nil", seq, err)
	}
	if _, err := q.Delivered(ctx, 2); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}

func TestManyProducers(t *testing.T) {
	f := newFakeBuffer()
	q := newQueue(f, 8)
	const producers, each = 8, 50
	var wg sync.WaitGroup
	for range producers {
		wg.Go(func() {
			for range each {
				if _, err := q.Append(t.Context(), []byte{1}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range producers * each {
		<-f.pushed
		f.store(1)
		q.broadcast()
	}
	wg.Wait()
	if seq, err := q.Delivered(t.Context(), producers*each-1); seq != producers*each || err != nil {
		t.Errorf("Delivered = %d, %v; want %d, nil", seq, err, producers*each)
	}
	if f.wrongSeqs != nil {
		t.Errorf("batches pushed out of order: %d", f.wrongSeqs)
	}
}

func TestWatchBroadcasts(t *testing.T) {
	r, w, err := os.Pipe() // reads as an eventfd does
	if err != nil {
		t.Fatal(err)
	}
	q := newQueue(newFakeBuffer(), 1)
	changed := q.changes()
	ended := make(chan struct{})
	go func() {
		q.watch(r)
		close(ended)
	}()
	if _, err := w.Write(make([]byte, 8)); err != nil {
		t.Fatal(err)
	}
	<-changed
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	<-ended
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}
