package e2e

import (
	"slices"
	"testing"
	"time"

	"in_stellar_aws/tests/fakeaws"
	"in_stellar_aws/tests/generate"
	"in_stellar_aws/tests/harness"
)

// TestObjects has objects arrive in every order and state: hours late and with
// keys before those already read, overwritten, listed before they can be read,
// deleted before they were, and damaged. Each record comes, what cannot is
// said, and a damaged object stands in the status until it is mended.
func TestObjects(t *testing.T) {
	eachHost(t, func(t *testing.T, kind harness.Kind) {
		w := newWorld(t)
		files := trailFiles(w, 1, 10*time.Minute, 4, 30)
		connector, came := trail(t, w, "trail", files...)
		late := trailFiles(w, 2, 3*time.Hour, 3, 20)
		other := func(seed uint64, key string) generate.Object {
			o := trailFiles(w, seed, 0, 1, 25)[0]
			o.Key = key
			return o
		}
		locked, gone, poison := other(3, trailFiles(w, 3, 2*time.Minute, 1, 1)[0].Key), trailFiles(w, 4, time.Minute, 1, 15)[0], trailFiles(w, 5, 0, 1, 40)[0]
		w.AWS.Fault(func(r fakeaws.Request) *fakeaws.Fault {
			switch {
			case r.Operation != "GetObject":
			case r.Key == locked.Key && r.Attempt <= 2:
				return &fakeaws.Fault{Status: 403, Code: "AccessDenied"}
			case r.Key == gone.Key:
				return &fakeaws.Fault{Status: 404, Code: "NoSuchKey"}
			}
			return nil
		})
		r := start(t, kind, harness.Config{Connectors: []harness.Connector{connector.With("status_interval", "1s")}})
		r.collect("trail", came)

		slices.Reverse(late) // the oldest last
		for _, o := range late {
			came += put(t, w, "trail", o)
			r.collect("trail", came)
		}
		came += put(t, w, "trail", other(6, files[0].Key)) // a new version of what was read
		r.collect("trail", came)
		came += put(t, w, "trail", locked)
		r.collect("trail", came)
		put(t, w, "trail", gone)
		r.waitLog("object is gone before it was read", gone.Key, " gone=1 ")

		whole := poison.Body
		poison.Body = whole[:len(whole)/2]
		put(t, w, "trail", poison)
		r.waitLog("is set aside", " quarantined=1 quarantine=\"s3://trail/"+poison.Key+": read ")
		mended := other(7, poison.Key)
		came += put(t, w, "trail", mended) // a new version
		complete := func() (bool, error) { return containsAll(r.records("trail"), originals(t, mended)), nil }
		if err := r.WaitFor(r.ctx, "the mended object", complete); err != nil {
			t.Fatal(err)
		}
		all := r.stop("trail")
		partly := len(all) - came
		if partly <= 0 || partly >= poison.Records {
			t.Errorf("%d of %d records came of the damaged object, want those before the damage", partly, poison.Records)
		}
		wantOnce(t, "all", all, came+partly)
	})
}

// TestCredentialsExpire has the connector's credentials expire while it works,
// and come back: it is said, and every record comes once.
func TestCredentialsExpire(t *testing.T) {
	eachHost(t, func(t *testing.T, kind harness.Kind) {
		w := newWorld(t)
		connector, came := trail(t, w, "trail", trailFiles(w, 1, 10*time.Minute, 4, 30)...)
		w.AWS.AddLogGroup("app", harness.Region, harness.Account)
		l := &logs{w: w}
		say := func(message string) {
			err := w.AWS.PutLogEvents("app", "s", fakeaws.LogEvent{Time: time.Now().Add(-time.Minute), Message: message})
			if err != nil {
				t.Fatal(err)
			}
		}
		say("before")
		r := start(t, kind, harness.Config{Connectors: []harness.Connector{
			connector.With("status_interval", "1s"), l.connector().With("log_groups", "app").With("status_interval", "1s"),
		}})
		r.collect("trail", came)
		r.collect("logs", 1)

		w.AWS.Fault(func(fakeaws.Request) *fakeaws.Fault {
			return &fakeaws.Fault{Status: 400, Code: "ExpiredToken", Message: "The provided token has expired."}
		})
		came += put(t, w, "trail", trailFiles(w, 2, 0, 2, 20)...)
		say("while expired")
		r.waitLog("ExpiredToken", "connector=trail state=failed", "connector=logs state=failed")
		if n := len(r.records("trail", "logs")); n != came-40+1 {
			t.Errorf("%d records came, want %d: the credentials have expired", n, came-40+1)
		}
		w.AWS.Fault(nil)
		r.collect("trail", came)
		r.collect("logs", 2)
		wantOnce(t, "trail", r.stop("trail"), came)
		wantOnce(t, "logs", r.records("logs"), 2)
	})
}
