package fakeaws

import (
	"sync"
	"time"
)

// logsQuotas throttles as AWS does: a number of requests a second for each
// account, region and operation.
type logsQuotas struct {
	mu       sync.Mutex
	override map[string]float64
	buckets  map[[3]string]*quotaBucket
}

// quotaBucket is a token bucket that holds what a second allows.
type quotaBucket struct {
	tokens float64
	at     time.Time
}

// SetLogsQuota sets the requests a second that an operation such as
// "FilterLogEvents" is allowed in each account and region, in place of the
// documented quota; 0 takes the limit away.
func (s *Server) SetLogsQuota(operation string, perSecond float64) {
	q := &s.logs.quotas
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.override == nil {
		q.override = map[string]float64{}
	}
	q.override[operation] = perSecond
}

// rate is the quota in force.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
func (q *logsQuotas) rate(region, operation string) float64 {
	if perSecond, ok := q.override[operation]; ok {
		return perSecond
	}
	switch operation {
	case "DescribeLogGroups":
		return 10
	case "FilterLogEvents":
		switch region {
		case "us-east-1":
			return 25
		case "ap-northeast-3", "ap-southeast-3", "ca-west-1", "eu-central-1", "il-central-1":
			return 5
		}
		return 10
	case "GetLogEvents":
		switch region {
		case "us-west-2", "ap-northeast-3", "ap-southeast-3", "ca-west-1", "eu-central-1", "eu-west-1", "il-central-1":
			return 10
		case "eu-west-3":
			return 30
		}
	}
	return 25
}

// take tells whether a request is within the quota.
func (q *logsQuotas) take(account, region, operation string, now time.Time) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	rate := q.rate(region, operation)
	if rate <= 0 {
		return true
	}
	key := [3]string{account, region, operation}
	b := q.buckets[key]
	if b == nil {
		if q.buckets == nil {
			q.buckets = map[[3]string]*quotaBucket{}
		}
		b = &quotaBucket{tokens: rate, at: now}
		q.buckets[key] = b
	}
	passed := max(0, now.Sub(b.at)) // the clock may be set back
	b.tokens = min(b.tokens+passed.Seconds()*rate, max(rate, 1))
	b.at = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
