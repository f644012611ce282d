package chaos

import (
	"math/rand/v2"
	"syscall"
	"testing"

	"in_stellar_aws/tests/harness"
)

// mostTwice is how many percent of the records the plugin may append twice: what
// the host has stored and the plugin's threads have not yet come to commit. That
// they wait for the CPU on a machine with far more to run shows here, the disk
// does not.
const mostTwice = 1

// TestEnds ends the real host -chaos.ends times by each signal, while objects
// arrive, about a thousand records for each end.
func TestEnds(t *testing.T) {
	if *ends == 0 {
		t.Skip("takes minutes; -chaos.ends says how often the host is to end")
	}
	for _, sig := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(sig.String(), func(t *testing.T) {
			w := newWorld(t, harness.FluentBit, seed(t), "alpha", "beta")
			if err := w.host.up(); err != nil {
				t.Fatal(err)
			}
			w.objects(3)
			rnd := rand.New(rand.NewPCG(w.seed, 'h'))
			for range *ends {
				if err := w.host.strike(sig, uptime(rnd)); err != nil {
					t.Error(err)
					break
				}
			}
			w.quiet()
			v := w.account()
			if v.records < 1000**ends {
				t.Errorf("%d records are too few for %d ends: nothing is shown", v.records, *ends)
			}
			if got := percent(v.twice+v.retried, v.records); got >= mostTwice {
				t.Errorf("%.2f %% of the records were appended twice, want less than %d %%", got, mostTwice)
			}
		})
	}
}
