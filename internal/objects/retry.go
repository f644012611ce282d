package objects

import (
	"container/heap"
	"context"
	"time"
)

// retry is a task that is due again at a time.
type retry struct {
	task *task
	at   time.Time
}

// later has t tried again after a wait.
func (c *Connector) later(ctx context.Context, t *task, wait time.Duration) {
	select {
	case c.retries <- retry{t, time.Now().Add(wait)}:
	case <-ctx.Done():
	}
}

// schedule hands tasks that are due again to the workers. It always listens
// for new ones, so that a worker that has one never waits for another worker.
func (c *Connector) schedule(ctx context.Context) error {
	var waiting retryHeap
	for {
		var due <-chan time.Time
		var tasks chan *task
		var next *task
		if len(waiting) > 0 {
			if wait := time.Until(waiting[0].at); wait > 0 {
				due = time.After(wait)
			} else {
				tasks, next = c.tasks, waiting[0].task
				if !next.flying && !c.begin(next) {
					heap.Pop(&waiting) // delivered in the meantime
					continue
				}
			}
		}
		select {
		case tasks <- next:
			heap.Pop(&waiting)
		case r := <-c.retries:
			heap.Push(&waiting, r)
		case <-due:
		case <-ctx.Done():
			return nil
		}
	}
}

// retryHeap has the task that is due first at its top.
type retryHeap []retry

func (h retryHeap) Len() int           { return len(h) }
func (h retryHeap) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h retryHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *retryHeap) Push(x any)        { *h = append(*h, x.(retry)) }
func (h *retryHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}
