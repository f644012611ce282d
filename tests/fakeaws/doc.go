// Package fakeaws is an AWS in one http.Handler: S3, SQS, CloudWatch Logs
// and STS as a log collector sees them, with request signatures checked, permissions,
// regions, expiring sessions and injected faults.
//
// It answers what AWS documents, and refuses what it does not implement with
// 501 NotImplemented instead of guessing, so a client that starts to use
// another operation or parameter is noticed. It holds a million keys in a
// bucket without a sort per listing and objects of any size without their
// bytes (PutObjectFunc).
//
// A Server needs a listener only where a real client dials it:
//
//	aws := fakeaws.New(fakeaws.Options{})
//	aws.AddUser(fakeaws.User{AccessKey: "AKID", SecretKey: "secret", Account: "111122223333"})
//	aws.AddBucket("logs", "us-east-1", "111122223333")
//	err := aws.PutObject("logs", "AWSLogs/1.json.gz", body)
//	listener := httptest.NewServer(aws)
//
// One listener serves every service: a request's service is found from its
// Host header, its credential scope or its shape, in this order. A further
// service is one new file that implements the unexported service interface,
// and its line in New.
package fakeaws
