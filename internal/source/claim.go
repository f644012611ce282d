package source

import "strings"

// Claim is what of a message is for a connector.
type Claim struct {
	Objects []Object // to be collected
	// Foreign: part of the message is, or may be, for somebody else. Such a
	// message is not this connector's to delete.
	Foreign bool
	// Why is the reason in words, of a foreign message.
	Why string
}

// Claim takes from a message's body what is the connector's: objects that were
// created in its bucket, where the layout has its logs. A message is wholly the
// connector's, also with nothing to collect, if it is about nothing else than
//
//   - such objects, whatever happened to them: what was removed is not there
//     to be collected, and what was tagged was collected when it was created;
//   - CloudTrail's digests of such objects and the folders that consoles make:
//     they hold no records for anybody;
//   - S3's test of the bucket's notifications, and CloudTrail's of a topic.
//
// Everything else is foreign: other buckets, other prefixes, other log types,
// and what is no notification. Whether anybody waits for it cannot be
// known here.
func (l *Layout) Claim(bucket, body string) Claim {
	n, err := ParseNotification(body)
	if err != nil {
		return Claim{Foreign: true, Why: err.Error()}
	}
	if n.TrailTest {
		return Claim{}
	}
	if n.TestBucket != "" {
		return claimIf(n.TestBucket == bucket, "the test of bucket "+n.TestBucket)
	}
	var c Claim
	for _, e := range n.Events {
		k, ok := l.Parse(e.Key)
		switch {
		case e.Bucket != bucket:
			c.Foreign, c.Why = true, "bucket "+e.Bucket
		case ok && e.Created:
			c.Objects = append(c.Objects, Object{
				Bucket: e.Bucket, Key: e.Key, ETag: e.ETag, Size: e.Size, LastModified: e.Time,
				Family: k.Family(), Time: k.Time(),
			})
		case !ok && !l.empty(e.Key):
			c.Foreign, c.Why = true, "key "+e.Key
		}
	}
	return c
}

func claimIf(ours bool, why string) Claim {
	if ours {
		return Claim{}
	}
	return Claim{Foreign: true, Why: why}
}

// empty tells of a key that is no log that it is nobody's either: a folder
// where the connector's logs are, or a digest of them, which lies beside them.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
func (l *Layout) empty(key string) bool {
	k, foreign, _ := l.parse(key)
	if strings.HasSuffix(key, "/") {
		return foreign == "" && (k.folder != "" || len(l.segments) == 0)
	}
	k, _, _ = l.parse(strings.Replace(key, "/CloudTrail-Digest/", "/CloudTrail/", 1))
	return k.Kind == KindCloudTrailDigest
}
