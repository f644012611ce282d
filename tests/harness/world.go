package harness

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"in_stellar_aws/tests/fakeaws"
	"in_stellar_aws/tests/generate"
)

// What every World has from the start.
const (
	Region    = "eu-west-1"
	Account   = "111122223333"
	AccessKey = "AKIDEXAMPLE000000000"
	SecretKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
)

// World is a fake AWS that listens on a loopback address, with one user who
// may do everything.
type World struct {
	AWS *fakeaws.Server
	URL string // of every service
	Now time.Time

	server *http.Server
	served chan error
}

// NewWorld starts a fake AWS. Close ends it.
func NewWorld() (*World, error) { return ServeWorld("127.0.0.1:0") }

// ServeWorld is NewWorld at an address of its own, such as :4566.
func ServeWorld(address string) (*World, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for AWS requests: %w", err)
	}
	w := &World{
		AWS:    fakeaws.New(fakeaws.Options{Region: Region}),
		URL:    "http://" + listener.Addr().String(),
		Now:    time.Now().UTC(),
		served: make(chan error, 1),
	}
	w.AWS.AddUser(fakeaws.User{
		AccessKey: AccessKey, SecretKey: SecretKey,
		Account: Account, ARN: "arn:aws:iam::" + Account + ":user/collector",
	})
	w.server = &http.Server{Handler: w.AWS, ReadHeaderTimeout: time.Minute}
	go func() { w.served <- w.server.Serve(listener) }()
	return w, nil
}

// Close ends the fake AWS and every request in it.
func (w *World) Close() error {
	err := w.server.Close()
	if served := <-w.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	if err != nil {
		return fmt.Errorf("close fake AWS: %w", err)
	}
	return nil
}

// Bucket adds an empty bucket of the World's account and region.
func (w *World) Bucket(name string) { w.AWS.AddBucket(name, Region, Account) }

// Generator makes logs of the World's account and region (or of others, by
// opt) whose files were made at ago before now.
func (w *World) Generator(seed uint64, ago time.Duration, opt generate.Options) *generate.Generator {
	if opt.Accounts == nil {
		opt.Accounts = []string{Account}
	}
	if opt.Regions == nil {
		opt.Regions = []string{Region}
	}
	opt.Start = w.Now.Add(-ago).Truncate(time.Second)
	return generate.New(seed, opt)
}

// Put stores objects and returns how many records they hold.
func (w *World) Put(bucket string, objects ...generate.Object) (records int, err error) {
	for _, o := range objects {
		if err := w.AWS.PutObject(bucket, o.Key, o.Body); err != nil {
			return records, fmt.Errorf("put s3://%s/%s: %w", bucket, o.Key, err)
		}
		records += o.Records
	}
	return records, nil
}

// Connector is a connector to a bucket of the World, which looks for new
// objects every second. Its name is its tag.
func (w *World) Connector(name, subType, bucket, prefix string) Connector {
	return Connector{
		"connector":      "cloudtrail",
		"connector_name": name,
		"sub_type":       subType,
		"bucket":         bucket,
		"prefix":         prefix,
		"access_key":     AccessKey,
		"secret_key":     SecretKey,
		"endpoint_url":   w.URL,
		"s3_path_style":  "on",
		"interval":       "1s",
		"start_from":     "48h",
	}
}

// until polls met, which reads files and processes that tell nobody of their
// changes, until it is true. It ends early with ctx, or when ended is closed
// and met is not true even then.
func until(ctx context.Context, what string, ended <-chan struct{}, met func() (bool, error)) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		last := false
		select {
		case <-ended:
			last = true
		default:
		}
		ok, err := met()
		switch {
		case err != nil:
			return fmt.Errorf("wait for %s: %w", what, err)
		case ok:
			return nil
		case last:
			return fmt.Errorf("wait for %s: %w", what, ErrEnded)
		}
		select {
		case <-tick.C:
		case <-ended:
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w", what, ctx.Err())
		}
	}
}
