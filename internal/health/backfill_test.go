package health

import (
	"testing"
	"time"
)

func TestBackfillSays(t *testing.T) {
	for want, b := range map[string]Backfill{
		"7 objects of 9000 and more, which are being counted": {Done: 7, Objects: 9000},
		"0.0 % of 0 objects":                                    {Counted: true},
		"43.2 % of 1000 objects":                                {Done: 432, Objects: 1000, Counted: true},
		"43.2 % of 1000 objects, 3m20s left":                    {Done: 432, Objects: 1000, Counted: true, Left: 200*time.Second + 300*time.Millisecond},
		"99.9 % of 1000 objects":                                {Done: 1000, Objects: 1000, Counted: true},
		"complete, 1000 objects":                                {Done: 1000, Objects: 1000, Counted: true, Complete: true},
		"50.0 % of the time of 12 log groups, 1s left":          {Done: 6, Objects: 12, Counted: true, LogGroups: 12, Left: time.Second},
		"a share that is not known of the time of 2 log groups": {LogGroups: 2},
		"complete, 12 log groups":                               {Complete: true, LogGroups: 12},
	} {
		if got := b.String(); got != want {
			t.Errorf("%+v says %q, want %q", b, got, want)
		}
	}
}
