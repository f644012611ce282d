package interflow_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestCloudTrailManyCollisions has records of a few hundred kB that only
// somebody with an aim writes: names that all collide. What took minutes is
// done at once, and every value is there.
func TestCloudTrailManyCollisions(t *testing.T) {
	const n = 4500
	var once, again strings.Builder
	for k := range n / 2 {
		fmt.Fprintf(&once, `"b%d":1,`, k)
		fmt.Fprintf(&again, `"a_b%d":"2",`, k)
	}
	for name, test := range map[string]struct {
		record, key string
		want        any
	}{
		"one name":   {`{` + strings.Repeat(`"a_b":1,`, n) + `"eventName":"e"}`, fmt.Sprintf("a_b_%d", n), int64(1)},
		"many names": {`{"a":{` + once.String() + `"c":1},` + again.String() + `"eventName":"e","userIdentity":{"userName":"u"}}`, fmt.Sprintf("a_b%d_2", n/2-1), "2"},
	} {
		body := mapOne(t, test.record)
		if body[test.key] != test.want || body["eventName"] != "e" || len(body) < n {
			t.Errorf("%s: %s is %v, eventName %v, %d fields", name, test.key, body[test.key], body["eventName"], len(body))
		}
	}
}
