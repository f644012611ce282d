package logs

import (
	"math"
	"sync"
)

// Limiters are the limiters of a process, one for each account, region and
// API: AWS counts the requests of all connectors together. The zero value is
// ready.
type Limiters struct {
	mu  sync.Mutex
	all map[limiterKey]*limiter
}

type limiterKey struct{ account, region, api string }

// processLimiters are shared by the connectors of this process, which a host
// makes one by one and which know nothing of each other.
var processLimiters Limiters

// of returns the limiter of an API.
func (l *Limiters) of(account, region, api string) *limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := limiterKey{account, region, api}
	found := l.all[key]
	if found == nil {
		if l.all == nil {
			l.all = make(map[limiterKey]*limiter)
		}
		found = newLimiter(Quota(region, api))
		l.all[key] = found
	}
	return found
}

// The APIs of CloudWatch Logs that have a quota each.
const (
	FilterLogEvents   = "FilterLogEvents"
	DescribeLogGroups = "DescribeLogGroups"
)

// Quota is AWS's default quota in requests a second
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html).
// A region that is newer than this list may have less: the limiter learns it.
func Quota(region, api string) float64 {
	if api == DescribeLogGroups {
		return 10
	}
	switch region {
	case "us-east-1":
		return 25
	case "ap-northeast-3", "ap-southeast-3", "ca-west-1", "eu-central-1", "il-central-1":
		return 5
	}
	return 10
}

// Useful is how many readers make full use of FilterLogEvents' default quota
// where a page takes a second.
func Useful(region string) int {
	return int(math.Ceil(Quota(region, FilterLogEvents) * unevenness))
}
