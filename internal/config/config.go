// Package config is what a user sets for one connector, that is for one
// [INPUT] section of the host: the keys, their defaults and their rules. It
// depends on nothing else in the project.
package config

import "time"

// Kind is which of the two connectors a section is.
type Kind string

// The connectors.
const (
	CloudTrail Kind = "cloudtrail" // logs from S3
	CloudWatch Kind = "cloudwatch" // logs from CloudWatch Logs
)

// SubType is what an S3 connector collects.
type SubType string

// The sub types of the S3 connector.
const (
	SubTypeCloudTrail SubType = "cloudtrail"
	SubTypeVPCFlow    SubType = "vpcflow"
	SubTypeWAF        SubType = "waf"
)

// Config is one connector's settings, complete and valid once Parse returned
// it without an error.
type Config struct {
	Connector  Kind
	Name       string // connector_name: unique in the process, ASCII
	TenantName string
	TenantID   string

	Auth    Auth
	Network Network
	Region  string // "" for S3: found from the bucket

	Interval  time.Duration
	StartFrom Start
	EndAt     Start // zero: no end
	DB        string
	Workers   int
	MemLimit  int64 // bytes

	S3     S3
	Logs   Logs
	Health Health

	LogFilter []Condition
	IndexKey  string
	VendorKey string
	// VPCFlowFormat are the fields of flow logs without a header, in their order;
	// nil: the default format of version 2.
	VPCFlowFormat []string
	FlattenDepth  int // levels of request and response parameters that become fields
}

// Auth is how a connector proves who it is.
type Auth struct {
	Method          AuthMethod
	AccessKey       Secret
	SecretKey       Secret
	SessionToken    Secret
	AccessKeyFile   string
	SecretKeyFile   string
	RoleARNs        []string // assumed one after the other
	ExternalID      string
	RoleSessionName string
}

// AuthMethod names a way to authenticate.
type AuthMethod string

// The ways to authenticate.
const (
	AuthAccessKey AuthMethod = "access_key" // the two keys, as they are
	AuthIAMRole   AuthMethod = "iam_role"   // assume RoleARNs, from the keys or the default chain
	AuthDefault   AuthMethod = "default"    // the SDK's chain
)

// Network is how the connector reaches AWS.
type Network struct {
	ProxyURI     Secret // may hold a password
	EndpointURL  string
	CAFile       string
	UseFIPS      bool
	UseDualStack bool
	S3PathStyle  bool
}

// S3 is what only the S3 connector reads.
type S3 struct {
	SubType             SubType
	Bucket              string
	Prefix              string
	FileType            string // "gzip" or "text"
	Lookback            time.Duration
	SQSQueueURL         string
	ReconcileInterval   time.Duration // 0: off
	RequestPayer        bool
	ExpectedBucketOwner string
	VerifyDigests       bool
	DigestKeysFile      string // "": CloudTrail is asked
}

// Logs is what only the CloudWatch connector reads.
type Logs struct {
	Groups    []string
	Streams   []string
	VPCFlow   bool
	Lookback  time.Duration
	SweepAges []time.Duration // ascending; none: no sweeps
	ParseJSON bool
}

// Health is how the connector reports on itself.
type Health struct {
	TestOnStart    TestMode
	StatusInterval time.Duration // 0: off
}

// TestMode is what a failed test at start means.
type TestMode string

// The test modes.
const (
	TestOff  TestMode = "off"
	TestWarn TestMode = "warn"
	TestFail TestMode = "fail"
)
