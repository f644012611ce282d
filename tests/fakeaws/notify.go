package fakeaws

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// Via is the way by which the notification of an object comes into a queue.
type Via int

// The ways. SNS with raw message delivery gives what Direct does.
const (
	Direct Via = iota
	SNS
	EventBridge
	TrailTopic // CloudTrail itself tells, through a trail's SNS topic
)

// Notification is the body of the message by which S3 tells of objects that
// were created, as they are now. EventBridge tells of one object at a time.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/configure-sns-notifications-for-cloudtrail.html
func (s *Server) Notification(via Via, bucketName string, keys ...string) (string, error) {
	b := s.s3.find(bucketName)
	if b == nil {
		return "", fmt.Errorf("make notification: no bucket %s", bucketName)
	}
	if via == EventBridge && len(keys) != 1 {
		return "", fmt.Errorf("make notification of EventBridge: %d objects", len(keys))
	}
	now := s.options.Clock().UTC()
	b.mu.RLock()
	defer b.mu.RUnlock()
	var records []any
	for _, key := range keys {
		o, ok := b.objects.get(key)
		if !ok {
			return "", fmt.Errorf("make notification: no object %s/%s", bucketName, key)
		}
		if via == EventBridge {
			return encode(s.bridgeEvent(b, o, now))
		}
		records = append(records, s.eventRecord(b, o, now))
	}
	if via == TrailTopic {
		return wrap(SNS, map[string]any{"s3Bucket": bucketName, "s3ObjectKey": keys}, now)
	}
	return wrap(via, map[string]any{"Records": records}, now)
}

// TestNotification is the body of the message that S3 sends when a bucket's
// notifications are set up.
func (s *Server) TestNotification(via Via, bucketName string) (string, error) {
	now := s.options.Clock().UTC()
	return wrap(via, map[string]any{
		"Service": "Amazon S3", "Event": "s3:TestEvent", "Time": now.Format(time.RFC3339Nano), "Bucket": bucketName, "RequestId": "0000000000000000", "HostId": "fake",
	}, now)
}

func (s *Server) eventRecord(b *bucket, o object, now time.Time) map[string]any {
	return map[string]any{
		"eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": b.region, "eventTime": now.Format("2006-01-02T15:04:05.000Z"), "eventName": "ObjectCreated:Put",
		"userIdentity": map[string]any{"principalId": "AWS:FAKE"}, "requestParameters": map[string]any{"sourceIPAddress": "192.0.2.1"},
		"s3": map[string]any{
			"s3SchemaVersion": "1.0", "configurationId": "fake",
			"bucket": map[string]any{"name": b.name, "ownerIdentity": map[string]any{"principalId": "FAKE"}, "arn": b.arn("")},
			"object": map[string]any{"key": eventKey(o.key), "size": o.content.size, "eTag": strings.Trim(o.content.etag, `"`), "sequencer": fmt.Sprintf("%016X", s.sequence.Add(1))},
		},
	}
}

// eventKey encodes a key as S3 does in its own notifications: slashes stay.
func eventKey(key string) string { return strings.ReplaceAll(url.QueryEscape(key), "%2F", "/") }

func (s *Server) bridgeEvent(b *bucket, o object, now time.Time) map[string]any {
	return map[string]any{
		"version": "0", "id": fmt.Sprintf("00000000-0000-4000-8000-%012x", s.sequence.Add(1)), "detail-type": "Object Created", "source": "aws.s3",
		"account": b.owner, "time": now.Format(time.RFC3339), "region": b.region, "resources": []string{b.arn("")},
		"detail": map[string]any{
			"version": "0", "bucket": map[string]any{"name": b.name},
			"object":     map[string]any{"key": o.key, "size": o.content.size, "etag": strings.Trim(o.content.etag, `"`), "sequencer": fmt.Sprintf("%016X", s.sequence.Add(1))},
			"request-id": "0000000000000000", "requester": b.owner, "source-ip-address": "192.0.2.1", "reason": "PutObject",
		},
	}
}

// wrap puts a message into SNS's envelope.
func wrap(via Via, message any, now time.Time) (string, error) {
	text, err := encode(message)
	if err != nil || via != SNS {
		return text, err
	}
	return encode(map[string]any{
		"Type": "Notification", "MessageId": "00000000-0000-4000-8000-000000000000", "TopicArn": "arn:aws:sns:us-east-1:111122223333:fake",
		"Subject": "Amazon S3 Notification", "Message": text, "Timestamp": now.Format("2006-01-02T15:04:05.000Z"), "SignatureVersion": "1",
	})
}

func encode(v any) (string, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("encode notification: %w", err)
	}
	return string(text), nil
}
