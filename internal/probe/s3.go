package probe

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"

	"in_stellar_aws/internal/policy"
	"in_stellar_aws/internal/source"
)

// s3 tries the bucket, and then each folder that the prefix's wildcards stand
// for: those of all accounts.
func (t *test) s3(ctx context.Context, cfg aws.Config) {
	c := t.config
	bucket := "bucket " + c.S3.Bucket
	list := policy.ListBucket(c)
	layout, err := source.Compile(c.S3.SubType, c.S3.Prefix)
	if err != nil {
		t.tried(bucket, "", err, nil)
		return
	}
	client, region, err := source.Connect(ctx, cfg, t.options())
	if err != nil {
		t.tried(bucket, "", err, &list)
		return
	}
	folders, errs := source.Expand(ctx, client, layout, c.S3.Bucket, cap(t.slots))
	if len(folders) == 0 && len(errs) == 0 {
		errs = []error{nothing(c.S3.Bucket, c.S3.Prefix)}
	}
	if len(folders) == 0 {
		t.tried(bucket, "", errors.Join(errs...), &list)
		return
	}
	t.tried(bucket, "in "+region, nil, nil)
	for _, err := range errs {
		t.tried("a folder of "+c.S3.Prefix, "", err, &list)
	}
	// An account that "*" stands for need not have such logs; all together must.
	many := strings.Contains(c.S3.Prefix, "*")
	var empty atomic.Int64
	each(t, folders,
		func(folder string) string { return "s3://" + c.S3.Bucket + "/" + folder },
		func(folder string) (string, *policy.Statement, error) {
			note, missing, err := t.folder(ctx, client, folder)
			if many && errors.Is(err, errNothing) {
				empty.Add(1)
				return "no logs there", nil, nil
			}
			return note, missing, err
		})
	if int(empty.Load()) == len(folders) {
		t.tried("s3://"+c.S3.Bucket+"/"+c.S3.Prefix, "", nothing(c.S3.Bucket, c.S3.Prefix), nil)
	}
}

func (t *test) options() source.S3Options {
	c := t.config
	return source.S3Options{
		Bucket: c.S3.Bucket, Region: c.Region, PathStyle: c.Network.S3PathStyle,
		RequestPayer: c.S3.RequestPayer, ExpectedBucketOwner: c.S3.ExpectedBucketOwner,
	}
}

// folder lists a folder's beginning and reads the first byte of an object.
func (t *test) folder(ctx context.Context, client *source.S3Client, folder string) (string, *policy.Statement, error) {
	c := t.config
	page, err := client.ListPage(ctx, source.ListInput{Bucket: c.S3.Bucket, Prefix: folder, MaxKeys: 100})
	if err != nil {
		missing := policy.ListBucket(c)
		return "", &missing, err
	}
	// What stands for a folder in a console is empty.
	i := slices.IndexFunc(page.Objects, func(o source.Object) bool { return o.Size > 0 })
	if i < 0 {
		return "", nil, nothing(c.S3.Bucket, folder)
	}
	if err := client.FirstByte(ctx, page.Objects[i]); err != nil {
		missing := policy.GetObject(c, folder+"*")
		return "", &missing, err
	}
	return "listed, and read " + page.Objects[i].Key, nil, nil
}

var errNothing = errors.New("there is no object")

// nothing says that no object is where the prefix leads: a mistake, or too soon.
func nothing(bucket, prefix string) error {
	return &source.RequestError{
		Op: "ListObjectsV2", Bucket: bucket, Key: prefix, Class: source.NotFound, Status: http.StatusNotFound,
		Err: errNothing,
	}
}
