package scale

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"in_stellar_aws/tests/fakeaws"
	"in_stellar_aws/tests/generate"
	"in_stellar_aws/tests/harness"
)

// What the bucket and its queue are called.
const (
	bucket   = "trail"
	events   = "events"
	dead     = "dead"
	receives = 5 // before a message goes to the dead letters
	prefix   = "AWSLogs/" + harness.Account + "/CloudTrail/" + harness.Region
)

// trail is a bucket that fills up, and the queue that is told of it.
type trail struct {
	*harness.World
	t   *testing.T
	rnd *rand.Rand
	gen *generate.Generator

	records int    // that are to come
	poison  string // the key of an object that cannot be read
	missed  int    // objects of which nobody was told
}

func newTrail(t *testing.T) *trail {
	t.Helper()
	w, err := harness.NewWorld()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	w.Bucket(bucket)
	w.AWS.AddQueue(fakeaws.Queue{Name: dead, Account: harness.Account})
	w.AWS.AddQueue(fakeaws.Queue{Name: events, Account: harness.Account, DeadLetters: dead, MaxReceives: receives})
	tr := &trail{World: w, t: t, rnd: rand.New(rand.NewPCG(*seed, 't'))}
	tr.gen = w.Generator(*seed, 2*time.Hour, generate.Options{})
	queue := rand.New(rand.NewPCG(*seed, 'q'))
	err = w.AWS.SetQueueHook(events, fakeaws.QueueHook{ // called one at a time
		Pick:      func(n int) int { return queue.IntN(min(n, 1000)) },
		Duplicate: func(string) bool { return queue.IntN(50) == 0 },
	})
	if err != nil {
		t.Fatal(err)
	}
	test, err := w.AWS.TestNotification(fakeaws.Direct, bucket)
	tr.send(test, err)
	return tr
}

func (tr *trail) send(body string, err error) {
	tr.t.Helper()
	if err == nil {
		err = tr.AWS.SendMessage(events, body)
	}
	if err != nil {
		tr.t.Fatal(err)
	}
}

// fill puts n objects and tells of most of them, in all the ways there are.
func (tr *trail) fill(n int) {
	tr.t.Helper()
	for n > 0 {
		via := []fakeaws.Via{fakeaws.Direct, fakeaws.SNS, fakeaws.EventBridge}[tr.rnd.IntN(3)]
		together := 1
		if via != fakeaws.EventBridge && tr.rnd.IntN(4) == 0 {
			together = min(1+tr.rnd.IntN(3), n)
		}
		missed := tr.rnd.IntN(100) == 0
		var keys []string
		for range together {
			keys = append(keys, tr.put(missed))
		}
		n -= together
		if missed {
			tr.missed += together
			continue
		}
		tr.send(tr.AWS.Notification(via, bucket, keys...))
	}
}

// put stores an object. One that nobody is told of has been there for an hour:
// it is not looked for before.
func (tr *trail) put(missed bool) (key string) {
	tr.t.Helper()
	at := tr.Now.Add(-time.Duration(tr.rnd.Int64N(int64(2 * time.Hour))))
	o := tr.gen.CloudTrailFile(generate.TrailFile{File: generate.File{Records: *records, At: at}})
	var options []fakeaws.ObjectOption
	if missed {
		options = append(options, fakeaws.WithLastModified(tr.Now.Add(-time.Hour)))
	}
	if err := tr.AWS.PutObject(bucket, o.Key, o.Body, options...); err != nil {
		tr.t.Fatal(err)
	}
	tr.records += o.Records
	return o.Key
}

// spoil puts an object that was cut off before its first record, and tells of
// it.
func (tr *trail) spoil() {
	tr.t.Helper()
	o := tr.gen.CloudTrailFile(generate.TrailFile{File: generate.File{Records: 1, At: tr.Now}})
	if err := tr.AWS.PutObject(bucket, o.Key, o.Body[:20]); err != nil {
		tr.t.Fatal(err)
	}
	tr.poison = o.Key
	tr.send(tr.AWS.Notification(fakeaws.Direct, bucket, o.Key))
}

// drained tells that the queue has nothing left but, perhaps, the poison.
func (tr *trail) drained() bool {
	left := slices.DeleteFunc(tr.AWS.QueueMessages(events), tr.isPoison)
	return len(left) == 0
}

func (tr *trail) isPoison(body string) bool { return bytes.Contains([]byte(body), []byte(tr.poison)) }

// section is the configuration of a node, which has an access key of its own.
func (tr *trail) section(node int) harness.Connector {
	key := nodeKey(node)
	tr.AWS.AddUser(fakeaws.User{AccessKey: key, SecretKey: harness.SecretKey, Account: harness.Account, ARN: "arn:aws:iam::" + harness.Account + ":user/node"})
	c := tr.Connector("trail", "cloudtrail", bucket, prefix).With("access_key", key).
		With("sqs_queue_url", tr.URL+"/"+harness.Account+"/"+events).With("interval", "")
	if node == 0 { // one node of the fleet looks for what was missed
		every := 2 * time.Second
		if *objects >= 5000 { // each listing is of all of them, which takes its time
			every = 15 * time.Second
		}
		return c.With("reconcile_interval", every.String())
	}
	return c.With("reconcile_interval", "0")
}

// nodeKey is the access key of a node.
func nodeKey(node int) string { return fmt.Sprintf("AKIDNODE%012d", node) }
