package fakeaws_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"in_stellar_aws/tests/fakeaws"
)

// motoAccount is the account that moto takes every caller for.
const motoAccount = "123456789012"

var motoUser = fakeaws.User{AccessKey: "AKIAMOTO", SecretKey: "moto", Account: motoAccount, ARN: "arn:aws:sts::" + motoAccount + ":user/moto"}

// motoKeys are the objects that both servers hold.
var motoKeys = []string{
	"a/1", "a/2", "a/b/1", "a/b/2", "a/c/1", "a0", "b", "b/1", "plain", "sp ace+plus/x&y<z>\"q\"", "tilde~star*(1)", "é/ü", "\U0001F600",
}

// motoRequest is one request to both.
type motoRequest struct {
	name string
	do   func(context.Context, *s3.Client) (any, error)
}

// motoErrs lists where moto is not like S3: fields of the answers to the
// requests of a name, and why the fake is right.
var motoErrs = []struct{ request, fields *regexp.Regexp }{
	// moto has one fixed owner, whoever owns the bucket.
	{regexp.MustCompile(`^List fetch-owner$`), regexp.MustCompile(`\.Owner\.(ID|DisplayName)$`)},
	// moto does not return the token of the request: "If ContinuationToken
	// was sent with the request, it is included in the response."
	{regexp.MustCompile(`^List max-keys`), regexp.MustCompile(`\.ContinuationToken$`)},
	// moto writes a space as %20, where S3 writes +, and does not encode
	// Delimiter and StartAfter, which the API page lists as encoded.
	{regexp.MustCompile(`^List encoding`), regexp.MustCompile(`\.(Key|Prefix|Delimiter|StartAfter)$`)},
	// moto leaves out x-amz-access-point-alias, which S3 always sends.
	{regexp.MustCompile(`^HeadBucket both$`), regexp.MustCompile(`^AccessPointAlias$`)},
}

// TestMotoAgrees sends the same requests through the SDK to this fake and to
// moto and compares every field of the answers.
func TestMotoAgrees(t *testing.T) {
	f := newFixture(t, fakeaws.Options{})
	f.AddUser(motoUser)
	f.AddBucket("both", "us-east-1", motoAccount)
	moto := &fixture{Server: f.Server, url: startMoto(t), client: &http.Client{Transport: &http.Transport{}}}
	t.Cleanup(moto.client.CloseIdleConnections)
	ours, theirs := f.s3(motoUser, "us-east-1"), moto.s3(motoUser, "us-east-1")
	fillBoth(t, f, theirs)

	for _, request := range slices.Concat(motoLists(), motoGets()) {
		t.Run(request.name, func(t *testing.T) {
			got, want := answer(request.do(t.Context(), ours)), answer(request.do(t.Context(), theirs))
			compare(t, request.name, got, want)
		})
	}
	t.Run("STS", func(t *testing.T) { compareSTS(t, f, moto) })
}

// fillBoth puts the objects into moto, and into the fake with moto's times.
func fillBoth(t *testing.T, f *fixture, moto *s3.Client) {
	t.Helper()
	if _, err := moto.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("both")}); err != nil {
		t.Fatal(err)
	}
	for i, key := range motoKeys {
		body := strings.Repeat(fmt.Sprint(i%10), 20+i)
		metadata := map[string]string{"number": fmt.Sprint(i)}
		_, err := moto.PutObject(t.Context(), &s3.PutObjectInput{
			Bucket: aws.String("both"), Key: aws.String(key), Body: strings.NewReader(body), Metadata: metadata,
			ContentType: aws.String("text/plain"), ContentEncoding: aws.String("x-test"),
		})
		if err != nil {
			t.Fatal(err)
		}
		head, err := moto.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("both"), Key: aws.String(key)})
		if err != nil {
			t.Fatal(err)
		}
		err = f.PutObject("both", key, []byte(body), fakeaws.WithLastModified(*head.LastModified), fakeaws.WithMetadata(metadata),
			fakeaws.WithContentType("text/plain"), fakeaws.WithContentEncoding("x-test"))
		if err != nil {
			t.Fatal(err)
		}
	}
}

// answer flattens an SDK answer to name=value, and an error to its status and
// code.
func answer(out any, err error) map[string]string {
	fields := map[string]string{}
	if err != nil {
		fields["error"] = fmt.Sprint(status(err), " ", errorCode(err))
		return fields
	}
	encoded, err := json.Marshal(out)
	if err != nil {
		return map[string]string{"error": err.Error()}
	}
	var decoded map[string]any
	if err := json.Unmarshal(encoded, &decoded); err != nil {
		return map[string]string{"error": err.Error()}
	}
	delete(decoded, "ResultMetadata")
	flatten(fields, "", decoded)
	return fields
}

func flatten(fields map[string]string, name string, value any) {
	switch value := value.(type) {
	case nil:
	case map[string]any:
		for key, item := range value {
			flatten(fields, name+"."+key, item)
		}
	case []any:
		for i, item := range value {
			flatten(fields, fmt.Sprintf("%s.%d", name, i), item)
		}
	default:
		fields[strings.TrimPrefix(name, ".")] = fmt.Sprint(value)
	}
}

func motoErrsIn(request, fieldName string) bool {
	for _, e := range motoErrs {
		if e.request.MatchString(request) && e.fields.MatchString(fieldName) {
			return true
		}
	}
	return false
}

func compare(t *testing.T, request string, got, want map[string]string) {
	t.Helper()
	names := slices.Collect(maps.Keys(got))
	names = slices.AppendSeq(names, maps.Keys(want))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if got[name] != want[name] && !motoErrsIn(request, name) {
			t.Errorf("%s = %q, moto says %q", name, got[name], want[name])
		}
	}
}

// motoLists are listings with every parameter, alone and together.
func motoLists() []motoRequest {
	inputs := map[string]s3.ListObjectsV2Input{
		"all":                     {},
		"prefix":                  {Prefix: aws.String("a/")},
		"delimiter":               {Delimiter: aws.String("/")},
		"prefix and delimiter":    {Prefix: aws.String("a/"), Delimiter: aws.String("/")},
		"prefix without slash":    {Prefix: aws.String("a"), Delimiter: aws.String("/")},
		"start-after":             {StartAfter: aws.String("a/b/1")},
		"start-after no key":      {StartAfter: aws.String("a/b/11")},
		"start-after and prefix":  {StartAfter: aws.String("a/1"), Prefix: aws.String("a/")},
		"max-keys":                {MaxKeys: aws.Int32(3)},
		"max-keys exact":          {MaxKeys: aws.Int32(int32(len(motoKeys)))},
		"max-keys and delimiter":  {MaxKeys: aws.Int32(2), Delimiter: aws.String("/")},
		"max-keys one, delimiter": {MaxKeys: aws.Int32(1), Delimiter: aws.String("/"), Prefix: aws.String("a/")},
		"encoding":                {EncodingType: types.EncodingTypeUrl, Prefix: aws.String("sp ace"), Delimiter: aws.String("+"), StartAfter: aws.String("sp ac")},
		"encoding of keys":        {EncodingType: types.EncodingTypeUrl},
		"fetch-owner":             {FetchOwner: aws.Bool(true)},
		"unicode":                 {Prefix: aws.String("é"), Delimiter: aws.String("/")},
		"nothing":                 {Prefix: aws.String("nothing")},
		"missing bucket":          {Bucket: aws.String("no-such-bucket")},
		"start-after common":      {StartAfter: aws.String("a/b/"), Prefix: aws.String("a/"), Delimiter: aws.String("/")},
		"start-after inside":      {StartAfter: aws.String("a/b/1"), Prefix: aws.String("a/"), Delimiter: aws.String("/")},
	}
	var requests []motoRequest
	for _, name := range slices.Sorted(maps.Keys(inputs)) {
		in := inputs[name]
		if in.Bucket == nil {
			in.Bucket = aws.String("both")
		}
		requests = append(requests, motoRequest{"List " + name, func(ctx context.Context, c *s3.Client) (any, error) { return allPages(ctx, c, in) }})
	}
	return requests
}

// allPages reads a listing to its end, at most 20 pages. Tokens are opaque:
// only whether there is one can agree.
func allPages(ctx context.Context, c *s3.Client, in s3.ListObjectsV2Input) (any, error) {
	pages := map[string]any{}
	for i := range 20 {
		out, err := c.ListObjectsV2(ctx, &in)
		if err != nil {
			return nil, err
		}
		in.ContinuationToken = out.NextContinuationToken
		page := *out
		if page.NextContinuationToken != nil {
			page.NextContinuationToken = aws.String("opaque")
		}
		if page.ContinuationToken != nil {
			page.ContinuationToken = aws.String("opaque")
		}
		pages[fmt.Sprintf("page%02d", i)] = page
		if in.ContinuationToken == nil {
			break
		}
	}
	return pages, nil
}

// motoGets are reads of objects and heads of buckets.
func motoGets() []motoRequest {
	var requests []motoRequest
	get := func(name string, in s3.GetObjectInput) {
		requests = append(requests, motoRequest{name: "Get " + name, do: func(ctx context.Context, c *s3.Client) (any, error) {
			if in.Bucket == nil {
				in.Bucket = aws.String("both")
			}
			out, err := c.GetObject(ctx, &in)
			if err != nil {
				return nil, err
			}
			body, err := io.ReadAll(out.Body)
			err = errors.Join(err, out.Body.Close())
			out.Body = nil
			return map[string]any{"out": out, "body": string(body)}, err
		}})
	}
	for _, key := range motoKeys {
		get(key, s3.GetObjectInput{Key: aws.String(key)})
	}
	for _, spec := range []string{"bytes=0-3", "bytes=5-", "bytes=-4", "bytes=-99", "bytes=8-99", "bytes=20-", "bytes=0-0"} {
		get(spec, s3.GetObjectInput{Key: aws.String("a/1"), Range: aws.String(spec)})
	}
	past, future := time.Now().Add(-24*time.Hour), time.Now().Add(24*time.Hour)
	get("If-Match", s3.GetObjectInput{Key: aws.String("a/1"), IfMatch: aws.String(`"nothing"`)})
	get("If-None-Match", s3.GetObjectInput{Key: aws.String("a/1"), IfNoneMatch: aws.String(`"nothing"`)})
	get("If-Modified-Since", s3.GetObjectInput{Key: aws.String("a/1"), IfModifiedSince: &past})
	get("If-Modified-Since future", s3.GetObjectInput{Key: aws.String("a/1"), IfModifiedSince: &future})
	get("If-Unmodified-Since", s3.GetObjectInput{Key: aws.String("a/1"), IfUnmodifiedSince: &past})
	get("missing key", s3.GetObjectInput{Key: aws.String("missing")})
	get("missing bucket", s3.GetObjectInput{Bucket: aws.String("no-such-bucket"), Key: aws.String("a/1")})
	head := func(key, spec string) {
		requests = append(requests, motoRequest{name: "Head " + key + " " + spec, do: func(ctx context.Context, c *s3.Client) (any, error) {
			in := s3.HeadObjectInput{Bucket: aws.String("both"), Key: aws.String(key)}
			if spec != "" {
				in.Range = aws.String(spec)
			}
			return c.HeadObject(ctx, &in)
		}})
	}
	head("a/1", "")
	head("a/1", "bytes=2-5")
	head("missing", "")
	for _, name := range []string{"both", "no-such-bucket"} {
		requests = append(requests, motoRequest{name: "HeadBucket " + name, do: func(ctx context.Context, c *s3.Client) (any, error) {
			return c.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: aws.String(name)})
		}})
	}
	return requests
}

// compareSTS compares what is not random: identities and shapes.
func compareSTS(t *testing.T, f, moto *fixture) {
	const role = "arn:aws:iam::" + motoAccount + ":role/collector"
	f.AddRole(fakeaws.Role{ARN: role, Trusted: []string{motoAccount}})
	identity := func(f *fixture) string {
		out, err := f.sts(motoUser, "us-east-1").GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
		if err != nil {
			return err.Error()
		}
		return aws.ToString(out.Account) + " " + aws.ToString(out.Arn)
	}
	if got, want := identity(f), identity(moto); got != want {
		t.Errorf("identity = %s, moto says %s", got, want)
	}
	for _, f := range []*fixture{f, moto} {
		before := time.Now()
		user, out, err := assume(t, f, motoUser, sts.AssumeRoleInput{RoleArn: aws.String(role), DurationSeconds: aws.Int32(900)})
		if err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`^ASIA[A-Z0-9]{16}$`).MatchString(user.AccessKey) || len(user.SecretKey) != 40 || user.SessionToken == "" {
			t.Errorf("%s: credentials have another form: %s, secret of %d", f.url, user.AccessKey, len(user.SecretKey))
		}
		if got, want := aws.ToString(out.AssumedRoleUser.Arn), "arn:aws:sts::"+motoAccount+":assumed-role/collector/session"; got != want {
			t.Errorf("%s: Arn = %s, want %s", f.url, got, want)
		}
		if !strings.HasSuffix(aws.ToString(out.AssumedRoleUser.AssumedRoleId), ":session") {
			t.Errorf("%s: AssumedRoleId = %s", f.url, aws.ToString(out.AssumedRoleUser.AssumedRoleId))
		}
		if d := out.Credentials.Expiration.Sub(before); d < 14*time.Minute || d > 16*time.Minute {
			t.Errorf("%s: expires in %v, want 15 minutes", f.url, d)
		}
	}
}
