// Package harness runs the whole of in_stellar_aws against a fake AWS: it
// fills buckets with generated logs, writes a Fluent Bit configuration of any
// number of connectors, starts a host on it and reads back what came out.
//
// There are two hosts, see Kind, and they get the very same configuration
// file. Nothing here needs a test: the demo uses it, too.
package harness
