package fakeaws

import (
	"maps"
	"sync"
)

// stats counts requests. Attempts are counted only while a fault hook is set:
// a benchmark of a million GETs must not grow a map of a million keys.
type stats struct {
	mu       sync.Mutex
	requests map[string]int
	attempts map[Request]int
}

func (s *stats) count(operation string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.requests == nil {
		s.requests = map[string]int{}
	}
	s.requests[operation]++
}

// attempt returns how many requests like r there were, with this one.
func (s *stats) attempt(r Request) int {
	like := Request{Service: r.Service, Operation: r.Operation, Bucket: r.Bucket, Key: r.Key, Resource: r.Resource}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.attempts == nil {
		s.attempts = map[Request]int{}
	}
	s.attempts[like]++
	return s.attempts[like]
}

// Requests returns the number of requests per "service.operation", such as
// "s3.ListObjectsV2", since the start or the last ResetRequests. Refused and
// faulty requests count: AWS bills and throttles them, too.
func (s *Server) Requests() map[string]int {
	s.stats.mu.Lock()
	defer s.stats.mu.Unlock()
	return maps.Clone(s.stats.requests)
}

// ResetRequests sets the counters, and those behind Request.Attempt, to zero.
func (s *Server) ResetRequests() {
	s.stats.mu.Lock()
	defer s.stats.mu.Unlock()
	s.stats.requests, s.stats.attempts = nil, nil
}
