package fakeaws

import (
	"fmt"
	"iter"
	"sync"
	"time"
)

// bucket is an S3 bucket.
type bucket struct {
	name, region, owner string
	requesterPays       bool

	mu      sync.RWMutex
	objects index
}

// BucketOption sets a property of a bucket.
type BucketOption func(*bucket)

// WithRequesterPays makes requests from other accounts fail unless they say
// x-amz-request-payer: requester.
func WithRequesterPays() BucketOption {
	return func(b *bucket) { b.requesterPays = true }
}

// AddBucket adds an empty bucket owned by account, or empties the one of that
// name. An empty region is Options.Region.
func (s *Server) AddBucket(name, region, account string, options ...BucketOption) {
	if region == "" {
		region = s.options.Region
	}
	b := &bucket{name: name, region: region, owner: account}
	for _, option := range options {
		option(b)
	}
	s.s3.mu.Lock()
	defer s.s3.mu.Unlock()
	s.s3.buckets[name] = b
}

// arn returns the ARN of the bucket or, with a key, of an object in it.
func (b *bucket) arn(key string) string {
	arn := "arn:" + regionPartition(b.region) + ":s3:::" + b.name
	if key != "" {
		arn += "/" + key
	}
	return arn
}

// find returns the bucket, nil when there is none.
func (s *s3Service) find(name string) *bucket {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.buckets[name]
}

// change runs f with the bucket locked.
func (s *s3Service) change(name string, f func(*bucket) error) error {
	b := s.find(name)
	if b == nil {
		return fmt.Errorf("change bucket %s: no such bucket", name)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return f(b)
}

func (s *s3Service) put(name string, keys iter.Seq[string], c *content, now time.Time) error {
	modified := now.Unix()
	if !c.modified.IsZero() {
		modified = c.modified.Unix()
	}
	return s.change(name, func(b *bucket) error {
		for key := range keys {
			if err := checkKey(key); err != nil {
				return fmt.Errorf("put object %s/%q: %w", name, key, err)
			}
			b.objects.put(object{key: key, content: c, modified: modified})
		}
		return nil
	})
}
