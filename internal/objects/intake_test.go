package objects_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"in_stellar_aws/internal/objects"
	"in_stellar_aws/internal/source"
	"in_stellar_aws/internal/state"
)

// inbox is a queue in memory, which hides messages as SQS does, by the
// bubble's clock. A message's body names objects: "a b", "a -" for one that is
// partly somebody else's, "-" for one that is wholly.
type inbox struct {
	mu       sync.Mutex
	messages []*queued
	answers  []string // what was done with each message: "delete m0", "m1 5s"
	fail     []error  // outcomes of the next requests
	asked    []int    // for how many messages
	others   int      // messages that other nodes have in flight
	most     []count  // of messages in flight, at each receive
}

type count struct {
	at       time.Time
	messages int
}

type queued struct {
	source.Message
	received, visible time.Time
	alive             bool
}

func (q *inbox) send(bodies ...string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, body := range bodies {
		id := fmt.Sprintf("m%d", len(q.messages))
		q.messages = append(q.messages, &queued{Message: source.Message{ID: id, Receipt: id, Body: body, Sent: time.Now()}, alive: true})
	}
}

func (q *inbox) failing() error {
	if len(q.fail) == 0 {
		return nil
	}
	err := q.fail[0]
	q.fail = q.fail[1:]
	return err
}

func (q *inbox) Receive(ctx context.Context, n int, hidden time.Duration) ([]source.Message, error) {
	until := time.Now().Add(20 * time.Second)
	q.mu.Lock()
	q.asked = append(q.asked, n)
	err := q.failing()
	q.mu.Unlock()
	if err != nil {
		return nil, err
	}
	for {
		q.mu.Lock()
		var out []source.Message
		for _, m := range q.messages {
			if m.alive && !time.Now().Before(m.visible) && len(out) < n {
				m.Receives++
				m.received, m.visible = time.Now(), time.Now().Add(hidden)
				out = append(out, m.Message)
			}
		}
		q.most = append(q.most, count{time.Now(), q.inFlight()})
		q.mu.Unlock()
		if len(out) > 0 || !time.Now().Before(until) {
			return out, nil
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (q *inbox) Hide(ctx context.Context, messages []source.Message, hidden []time.Duration) (failed []int, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := errors.Join(ctx.Err(), q.failing()); err != nil {
		return nil, err
	}
	for i, one := range messages {
		m := q.find(one)
		if !m.alive || !time.Now().Before(m.visible) {
			failed, err = append(failed, i), errors.New("not in flight")
			continue
		}
		m.visible = time.Now().Add(hidden[i])
		if time.Since(m.received) < 10*time.Second || hidden[i] != time.Minute { // else it is a heartbeat
			q.answers = append(q.answers, fmt.Sprintf("%s %v", m.ID, hidden[i]))
		}
	}
	return failed, err
}

func (q *inbox) Delete(ctx context.Context, messages []source.Message) (failed []int, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := errors.Join(ctx.Err(), q.failing()); err != nil {
		return nil, err
	}
	for _, one := range messages {
		m := q.find(one)
		m.alive = false
		q.answers = append(q.answers, "delete "+m.ID)
	}
	return nil, nil
}

func (q *inbox) inFlight() (n int) {
	for _, m := range q.messages {
		if m.alive && time.Now().Before(m.visible) {
			n++
		}
	}
	return n
}

// InFlight tells the most there were in the last minute: SQS may be that late.
func (q *inbox) InFlight(context.Context) (n int, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, c := range q.most {
		if time.Since(c.at) <= time.Minute {
			n = max(n, c.messages)
		}
	}
	return n + q.others, nil
}

func (q *inbox) find(one source.Message) *queued {
	i, err := strconv.Atoi(strings.TrimPrefix(one.ID, "m"))
	if err != nil {
		panic(err)
	}
	return q.messages[i]
}

func (q *inbox) want(t *testing.T, what string, answers ...string) {
	t.Helper()
	q.mu.Lock()
	defer q.mu.Unlock()
	got := slices.Clone(q.answers)
	slices.Sort(got)
	slices.Sort(answers)
	if !slices.Equal(got, answers) {
		t.Errorf("%s: answers %q, want %q", what, got, answers)
	}
}

func (q *inbox) receives(id int) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.messages[id].Receives
}

// claim reads a body as the inbox's comment says. An object "x?" has no ETag.
func claim(body string) (c source.Claim) {
	for i, key := range strings.Fields(body) {
		if key == "panic" {
			panic("out of range")
		}
		if key == "-" {
			c.Foreign, c.Why = true, "bucket other"
			continue
		}
		o := source.Object{Bucket: "b", Key: key, ETag: "etag", Family: "f", Time: time.Unix(int64(1000+i), 0)}
		if name, ok := strings.CutSuffix(key, "?"); ok {
			o.Key, o.ETag = name, ""
		}
		c.Objects = append(c.Objects, o)
	}
	return c
}

// startQueue runs the connector on a queue.
func (w *world) startQueue(q *inbox, more ...func(*objects.Options)) {
	w.start(append([]func(*objects.Options){func(o *objects.Options) {
		o.Inbox, o.Claim, o.Poller = q, claim, nil
		o.Stat = func(_ context.Context, obj source.Object) (source.Object, error) {
			obj.ETag = "etag"
			return obj, nil
		}
	}}, more...)...)
}

func queueWorld(t *testing.T, scenario func(t *testing.T, w *world, q *inbox)) {
	synctest.Test(t, func(t *testing.T) { scenario(t, newWorld(t), &inbox{}) })
}

func TestMessageIsDeletedAfterTheCommit(t *testing.T) {
	queueWorld(t, func(t *testing.T, w *world, q *inbox) {
		for _, key := range []string{"a", "b", "c", "d"} {
			w.bucket.put(key, key+"1 "+key+"2")
		}
		w.host.Stalled = true
		w.startQueue(q)
		q.send("a", "b c", "d?")
		time.Sleep(30 * time.Minute)
		q.want(t, "not stored yet")
		for i := range 3 {
			if n := q.receives(i); n != 1 {
				t.Errorf("message %d was received %d times: it was not kept hidden", i, n)
			}
		}
		w.host.Change(func() { w.host.Stored = uint64(len(w.host.Batches)); w.host.Stalled = false })
		time.Sleep(time.Second)
		q.want(t, "stored", "delete m0", "delete m1", "delete m2")
		w.wantStop()
		w.wantRecords("a1", "a2", "b1", "b2", "c1", "c2", "d1", "d2")
	})
}

func TestNothingToCollect(t *testing.T) {
	queueWorld(t, func(t *testing.T, w *world, q *inbox) {
		w.bucket.put("a", "a1")
		w.startQueue(q)
		q.send("a", "", "a", "a a") // an event of ours without objects, and duplicates
		time.Sleep(time.Second)
		q.want(t, "at once", "delete m0", "delete m1", "delete m2", "delete m3")
		q.send("a")
		time.Sleep(time.Second)
		w.wantStop()
		w.restart()
		w.startQueue(q)
		q.send("a") // after a restart
		time.Sleep(time.Second)
		w.wantStop()
		q.want(t, "later", "delete m0", "delete m1", "delete m2", "delete m3", "delete m4", "delete m5")
		w.wantRecords("a1")
		if w.bucket.opened["a"] != 1 {
			t.Errorf("opened %d times", w.bucket.opened["a"])
		}
	})
}

func TestForeignMessages(t *testing.T) {
	queueWorld(t, func(t *testing.T, w *world, q *inbox) {
		w.bucket.put("a", "a1")
		w.startQueue(q)
		q.send("-", "a -", "panic")
		time.Sleep(20 * time.Second)
		q.want(t, "left for others, for longer each time", "m2 1m0s", "m0 5s", "m0 10s", "m0 20s", "m1 5s", "m1 10s", "m1 20s")
		time.Sleep(6 * time.Hour)
		w.wantStop()
		if n := q.receives(0); n > 40 {
			t.Errorf("received %d times in six hours: it goes round in circles", n)
		}
		w.wantRecords("a1")
		w.wantLog("is not for this connector", "bucket other", "a message cannot be read", "out of range")
	})
}

func TestPoisonIsTheQueues(t *testing.T) {
	queueWorld(t, func(t *testing.T, w *world, q *inbox) {
		w.bucket.put("poison", "p1 damage")
		w.bucket.put("a", "a1")
		w.startQueue(q)
		q.send("poison a", "a")
		time.Sleep(30 * time.Second)
		q.want(t, "given back", "delete m1", "m0 1m0s")
		time.Sleep(5 * time.Minute)
		q.want(t, "three times", "delete m1", "m0 1m0s", "m0 2m0s", "m0 4m0s")
		w.wantLog("its message goes back to the queue", "corrupt input", "key=poison")
		if n := len(w.state.Quarantined()); n != 1 {
			t.Errorf("%d objects in quarantine, want 1", n)
		}
		w.bucket.put("poison", "p1 p2")
		time.Sleep(5 * time.Minute)
		w.wantStop()
		q.want(t, "mended", "delete m1", "m0 1m0s", "m0 2m0s", "m0 4m0s", "delete m0")
		w.wantRecords("p1", "p2", "a1")
		if n := len(w.state.Quarantined()); n != 0 {
			t.Errorf("%d objects in quarantine, want none", n)
		}
	})
}

// TestPoisonWaitsForTheHost: an object goes back to the queue when the host has
// stored what was read of it, and another try does not repeat that.
func TestPoisonWaitsForTheHost(t *testing.T) {
	queueWorld(t, func(t *testing.T, w *world, q *inbox) {
		w.bucket.put("poison", "p1 damage")
		w.host.Stalled = true
		w.startQueue(q)
		q.send("poison")
		time.Sleep(10 * time.Minute)
		q.want(t, "the host is stalled")
		w.host.Change(func() { w.host.Stored, w.host.Stalled = uint64(len(w.host.Batches)), false })
		time.Sleep(time.Second)
		w.bucket.put("poison", "p1 p2")
		if n := q.receives(0); n != 1 {
			t.Errorf("received %d times: it was given back before the host had stored what was read", n)
		}
		time.Sleep(5 * time.Minute)
		w.wantStop()
		q.want(t, "mended", "delete m0")
		w.wantRecords("p1", "p2")
		if n := q.receives(0); n != 2 {
			t.Errorf("received %d times, want 2: it was given back", n)
		}
	})
}

// TestOneOfAMessageFails, and another is delivered after that: the message is
// not deleted.
func TestOneOfAMessageFails(t *testing.T) {
	queueWorld(t, func(t *testing.T, w *world, q *inbox) {
		w.bucket.put("poison", "damage")
		w.bucket.put("a", "a1")
		w.host.Stalled = true
		w.startQueue(q)
		q.send("poison a")
		time.Sleep(5 * time.Second)
		w.host.Change(func() { w.host.Stored, w.host.Stalled = uint64(len(w.host.Batches)), false })
		time.Sleep(10 * time.Second)
		w.wantStop()
		q.want(t, "both are done with", "m0 1m0s")
	})
}

// TestNothingCanBeRead for some minutes: that is no object's fault, and none is
// given back to the queue, which counts.
func TestNothingCanBeRead(t *testing.T) {
	queueWorld(t, func(t *testing.T, w *world, q *inbox) {
		expired := &source.RequestError{Op: "GetObject", Class: source.Denied, Status: 400, Code: "ExpiredToken", Err: errors.New("expired")}
		for _, key := range []string{"a", "b"} {
			w.bucket.put(key, key)
			w.bucket.fail[key] = slices.Repeat([]error{expired}, 8) // 1, 2, 4 … 128 s apart
		}
		w.startQueue(q)
		q.send("a", "b")
		time.Sleep(queueMinutes * time.Minute)
		w.wantStop()
		q.want(t, "in the end", "delete m0", "delete m1")
		w.wantRecords("a", "b")
		if n := q.receives(0); n != 1 {
			t.Errorf("received %d times: it was given back", n)
		}
	})
}

// queueMinutes is less than the 15 minutes for which the queue is not asked to
// count.
const queueMinutes = 14

// TestHeldMessagesAreBounded: SQS allows 120,000 in flight.
func TestHeldMessagesAreBounded(t *testing.T) {
	queueWorld(t, func(t *testing.T, w *world, q *inbox) {
		const most = 5000 // and not much more, for the test's sake
		w.host.Stalled = true
		w.startQueue(q)
		for i := range most + 100 {
			key := fmt.Sprint("k", i)
			w.bucket.put(key, "r")
			q.send(key)
		}
		time.Sleep(30 * time.Second)
		q.mu.Lock()
		if n := q.inFlight(); n < most || n > most+20 {
			t.Errorf("%d messages are held, want about %d", n, most)
		}
		q.mu.Unlock()
		w.host.Change(func() { w.host.Stored, w.host.Stalled = uint64(len(w.host.Batches)), false })
		time.Sleep(time.Minute)
		w.wantStop()
		if n := len(strings.Fields(w.host.Text())); n != most+100 {
			t.Errorf("%d records came", n)
		}
	})
}

func TestPassingFaultsAreNotTheQueues(t *testing.T) {
	queueWorld(t, func(t *testing.T, w *world, q *inbox) {
		w.bucket.put("a", "a1")
		w.bucket.put("b", "b1")
		w.bucket.put("gone", "")
		slow := &source.RequestError{Op: "GetObject", Class: source.Transient, Status: 503, Code: "SlowDown", Err: errors.New("slow down")}
		w.bucket.fail["a"] = slices.Repeat([]error{slow}, 4)
		w.bucket.fail["b"] = slices.Repeat([]error{slow}, 1000)
		w.bucket.fail["gone"] = []error{&source.RequestError{Op: "GetObject", Class: source.NotFound, Status: 404, Code: "NoSuchKey", Err: errors.New("gone")}}
		w.startQueue(q)
		q.send("a", "b", "gone")
		time.Sleep(30 * time.Second)
		q.want(t, "tried again by the node", "delete m0", "delete m2")
		if n := len(w.state.Quarantined()); n != 0 {
			t.Errorf("%d objects in quarantine, want none", n)
		}
		time.Sleep(90 * time.Second)
		if n := q.receives(1); n != 2 { // given back, since others can be read
			t.Errorf("received %d times, want 2", n)
		}
		w.wantStop()
		w.wantRecords("a1")
		w.wantLog("is gone before it was read")
	})
}

func TestStopGivesMessagesBack(t *testing.T) {
	queueWorld(t, func(t *testing.T, w *world, q *inbox) {
		w.host.Limit, w.host.Stalled = 1, true
		var want []string
		for i := range 20 {
			w.bucket.put(fmt.Sprintf("k%02d", i), "r")
			q.send(fmt.Sprintf("k%02d", i))
		}
		w.startQueue(q)
		time.Sleep(time.Minute)
		w.wantStop()
		received := 0
		for i := range 20 {
			if q.receives(i) > 0 {
				received++
				want = append(want, fmt.Sprintf("m%d 0s", i))
			}
		}
		q.want(t, "at the end", want...)
		if received < 3 || received > 2*2+2 { // of two workers, as many waiting, one being handed out
			t.Errorf("%d messages were taken", received)
		}
	})
}

func TestQueueFaults(t *testing.T) {
	queueWorld(t, func(t *testing.T, w *world, q *inbox) {
		w.bucket.put("a", "a1")
		refused := errors.New("access denied")
		q.fail = []error{refused, refused, refused, nil, nil, refused, refused} // of receives, the last two of deletes
		w.startQueue(q)
		q.send("a")
		time.Sleep(2 * time.Second)
		q.want(t, "not yet")
		time.Sleep(20 * time.Second)
		q.want(t, "in the end", "delete m0")
		w.wantStop()
		w.wantRecords("a1")
		if n := strings.Count(w.journal.String(), "level=ERROR"); n != 2 {
			t.Errorf("%d errors in the log, want each cause once:\n%s", n, w.journal)
		}
		w.wantLog("receive notifications: access denied", "delete messages: access denied", "works again")
	})
}

// TestReconcile looks for what no message told of, once it is old enough.
func TestReconcile(t *testing.T) {
	queueWorld(t, func(t *testing.T, w *world, q *inbox) {
		w.bucket.put("told", "t1")
		w.bucket.put("missed", "m1")
		w.bucket.put("young", "y1")
		w.bucket.modified = map[string]time.Time{"young": time.Now().Add(10 * time.Minute)}
		w.startQueue(q, func(o *objects.Options) { o.Poller, o.Interval = w.bucket, time.Hour })
		q.send("told")
		time.Sleep(10 * time.Minute)
		w.wantRecords("t1", "m1")
		time.Sleep(time.Hour)
		w.wantRecords("t1", "m1", "y1")
		w.wantStop()
		w.wantLog("found by listing")
	})
}

// TestReconcileWaitsForTheQueue: what the queue is behind, its notifications may
// still tell of.
func TestReconcileWaitsForTheQueue(t *testing.T) {
	queueWorld(t, func(t *testing.T, w *world, q *inbox) {
		began := time.Now()
		w.bucket.put("told", "t1")
		w.bucket.put("untold", "u1")
		w.bucket.modified = map[string]time.Time{"untold": began.Add(-time.Hour)}
		q.send("told")
		q.messages[0].Sent = began.Add(-2 * time.Hour)
		w.startQueue(q, func(o *objects.Options) { o.Poller, o.Interval = w.bucket, time.Hour })
		time.Sleep(10 * time.Minute)
		w.wantRecords("t1")
		time.Sleep(time.Hour) // the queue is empty
		w.wantStop()
		w.wantRecords("t1", "u1")
	})
}

// TestOtherNodes are noticed by what is in flight: one node alone is not taken
// for several, whatever it has in flight.
func TestOtherNodes(t *testing.T) {
	const warning = "other nodes take from the queue, too"
	queueWorld(t, func(t *testing.T, w *world, q *inbox) {
		w.startQueue(q, func(o *objects.Options) { o.Poller, o.Interval = w.bucket, time.Hour })
		w.bucket.put("poison", "damage")
		q.send("poison", "-")
		for i := range 40 {
			if i%7 == 0 { // now and then many at once
				for n := range 12 {
					key := fmt.Sprint(i, "-", n)
					w.bucket.put(key, "r")
					q.send(key)
				}
			}
			time.Sleep(time.Minute)
		}
		if strings.Contains(w.journal.String(), warning) {
			t.Fatalf("one node is taken for several:\n%s", w.journal)
		}
		q.mu.Lock()
		q.others = 40
		q.mu.Unlock()
		time.Sleep(10 * time.Minute)
		w.bucket.put("other", "r") // delivered by one of them
		time.Sleep(65 * time.Minute)
		w.wantStop()
		if n := strings.Count(w.journal.String(), warning); n != 1 {
			t.Errorf("said %d times, want once:\n%s", n, w.journal)
		}
		w.wantLog("most of them other nodes have")
	})
}

// TestManyMissed: what a listing finds is compared with what the queue told of.
func TestManyMissed(t *testing.T) {
	const either = "either notifications do not reach the queue, or other nodes take from it"
	for name, test := range map[string]struct {
		missed, told int
		want         string
	}{
		"a few of many":        {100, 400, "whose notification never came"},
		"as many as were told": {100, 100, either},
		"all":                  {100, 0, either},
	} {
		t.Run(name, func(t *testing.T) {
			queueWorld(t, func(t *testing.T, w *world, q *inbox) {
				w.startQueue(q, func(o *objects.Options) { o.Poller, o.Interval = w.bucket, time.Hour })
				time.Sleep(time.Minute)
				for i := range test.missed + test.told {
					key := fmt.Sprintf("k%04d", i)
					w.bucket.put(key, "r")
					if i >= test.missed {
						q.send(key)
					}
				}
				time.Sleep(61 * time.Minute)
				w.wantStop()
				w.wantLog(test.want, fmt.Sprintf("objects=%d objects_told_of=%d", test.missed, test.told))
			})
		})
	}
}

// slowDisk is a state whose commits are settled when the test says so.
type slowDisk struct {
	*state.Connector
	mu            sync.Mutex
	last, settled uint64
	asked         int
}

func (d *slowDisk) Commit(u state.Update) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.last++
	return d.Connector.Commit(u)
}

func (d *slowDisk) Settled() (last, settled uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.last, d.settled
}

func (d *slowDisk) Settle() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked++
}

// TestMessageWaitsForTheDisk keeps a message until a power cut cannot take its
// records any more.
func TestMessageWaitsForTheDisk(t *testing.T) {
	queueWorld(t, func(t *testing.T, w *world, q *inbox) {
		w.bucket.put("a", "a1")
		w.bucket.put("b", "b1")
		disk := &slowDisk{Connector: w.state}
		w.startQueue(q, func(o *objects.Options) { o.State = disk })
		q.send("a")
		time.Sleep(5 * time.Minute)
		q.want(t, "delivered, but not on the disk")
		if disk.asked != 1 || q.receives(0) != 1 {
			t.Errorf("the disk was asked %d times, the message received %d times; want 1", disk.asked, q.receives(0))
		}
		disk.mu.Lock()
		disk.settled = disk.last
		disk.mu.Unlock()
		time.Sleep(1500 * time.Millisecond) // no other timer ends in the same moment
		q.want(t, "on the disk", "delete m0")
		q.send("b")
		time.Sleep(1500 * time.Millisecond) // no other timer ends in the same moment
		if err := w.stop(); err == nil || !strings.Contains(err.Error(), "come back to the queue") {
			t.Errorf("stop: %v: want to know that the message was not deleted", err)
		}
		q.want(t, "after the stop", "delete m0")
		w.wantRecords("a1", "b1")
	})
}
