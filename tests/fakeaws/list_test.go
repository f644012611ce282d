package fakeaws_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"in_stellar_aws/tests/fakeaws"
)

// page is what a test compares of a ListObjectsV2 answer.
type page struct {
	Keys, Prefixes []string
	Truncated      bool
}

// list reads every page of a listing.
func list(t *testing.T, client *s3.Client, in s3.ListObjectsV2Input) []page {
	t.Helper()
	in.Bucket = aws.String("logs")
	var pages []page
	for {
		out, err := client.ListObjectsV2(t.Context(), &in)
		if err != nil {
			t.Fatal(err)
		}
		var p page
		for _, o := range out.Contents {
			p.Keys = append(p.Keys, aws.ToString(o.Key))
		}
		for _, c := range out.CommonPrefixes {
			p.Prefixes = append(p.Prefixes, aws.ToString(c.Prefix))
		}
		p.Truncated = aws.ToBool(out.IsTruncated)
		if int(aws.ToInt32(out.KeyCount)) != len(p.Keys)+len(p.Prefixes) {
			t.Errorf("KeyCount = %d with %d keys and %d prefixes", aws.ToInt32(out.KeyCount), len(p.Keys), len(p.Prefixes))
		}
		if p.Truncated != (out.NextContinuationToken != nil) {
			t.Errorf("IsTruncated = %v with NextContinuationToken %v", p.Truncated, out.NextContinuationToken)
		}
		if aws.ToString(out.ContinuationToken) != aws.ToString(in.ContinuationToken) {
			t.Error("ContinuationToken is not that of the request")
		}
		pages = append(pages, p)
		if !p.Truncated {
			return pages
		}
		in.ContinuationToken = out.NextContinuationToken
	}
}

// TestListObjectsV2 follows the parameters of
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
func TestListObjectsV2(t *testing.T) {
	f := newFixture(t, fakeaws.Options{})
	// The first four are the API page's example bucket.
	for _, key := range []string{"sample.jpg", "photos/2006/January/sample.jpg", "photos/2006/February/sample2.jpg", "photos/2006/February/sample3.jpg", "photos/2006/note.txt", "Zebra", "é", "\U0001F600"} {
		f.put(t, key, "x")
	}
	client := f.s3(ownerUser, "us-east-1")
	const january, february = "photos/2006/January/", "photos/2006/February/"
	tests := []struct {
		name string
		in   s3.ListObjectsV2Input
		want []page
	}{
		{"everything in UTF-8 binary order", s3.ListObjectsV2Input{}, []page{{Keys: []string{
			"Zebra", february + "sample2.jpg", february + "sample3.jpg", january + "sample.jpg", "photos/2006/note.txt", "sample.jpg", "é", "\U0001F600",
		}}}},
		{"delimiter", s3.ListObjectsV2Input{Delimiter: aws.String("/")}, []page{{Keys: []string{"Zebra", "sample.jpg", "é", "\U0001F600"}, Prefixes: []string{"photos/"}}}},
		{"prefix and delimiter", s3.ListObjectsV2Input{Prefix: aws.String("photos/2006/"), Delimiter: aws.String("/")}, []page{{Keys: []string{"photos/2006/note.txt"}, Prefixes: []string{february, january}}}},
		{"prefix without its slash rolls up to the slash", s3.ListObjectsV2Input{Prefix: aws.String("photos/2006"), Delimiter: aws.String("/")}, []page{{Prefixes: []string{"photos/2006/"}}}},
		{"a common prefix counts once, over pages", s3.ListObjectsV2Input{Prefix: aws.String("photos/2006/"), Delimiter: aws.String("/"), MaxKeys: aws.Int32(1)}, []page{
			{Prefixes: []string{february}, Truncated: true}, {Prefixes: []string{january}, Truncated: true}, {Keys: []string{"photos/2006/note.txt"}},
		}},
		{"a full last page is not truncated", s3.ListObjectsV2Input{Prefix: aws.String(february), MaxKeys: aws.Int32(2)}, []page{{Keys: []string{february + "sample2.jpg", february + "sample3.jpg"}}}},
		{"delimiter of several characters", s3.ListObjectsV2Input{Prefix: aws.String("photos/"), Delimiter: aws.String("ary/")}, []page{{Keys: []string{"photos/2006/note.txt"}, Prefixes: []string{february, january}}}},
		{"start-after a key", s3.ListObjectsV2Input{StartAfter: aws.String("photos/2006/note.txt")}, []page{{Keys: []string{"sample.jpg", "é", "\U0001F600"}}}},
		{"start-after no key", s3.ListObjectsV2Input{StartAfter: aws.String("photos/2006/note.txt0")}, []page{{Keys: []string{"sample.jpg", "é", "\U0001F600"}}}},
		{"start-after before prefix", s3.ListObjectsV2Input{Prefix: aws.String("s"), StartAfter: aws.String("a")}, []page{{Keys: []string{"sample.jpg"}}}},
		{"start-after behind prefix", s3.ListObjectsV2Input{Prefix: aws.String("s"), StartAfter: aws.String("t")}, []page{{}}},
		{"start-after at a common prefix leaves it out", s3.ListObjectsV2Input{Prefix: aws.String("photos/2006/"), Delimiter: aws.String("/"), StartAfter: aws.String(february)}, []page{{Keys: []string{"photos/2006/note.txt"}, Prefixes: []string{january}}}},
		{"start-after inside a common prefix leaves it out", s3.ListObjectsV2Input{Prefix: aws.String("photos/2006/"), Delimiter: aws.String("/"), StartAfter: aws.String(february + "sample2.jpg")}, []page{{Keys: []string{"photos/2006/note.txt"}, Prefixes: []string{january}}}},
		{"start-after short of a common prefix keeps it", s3.ListObjectsV2Input{Prefix: aws.String("photos/2006/"), Delimiter: aws.String("/"), StartAfter: aws.String("photos/2006/February")}, []page{{Keys: []string{"photos/2006/note.txt"}, Prefixes: []string{february, january}}}},
		{"no keys wanted", s3.ListObjectsV2Input{MaxKeys: aws.Int32(0)}, []page{{}}},
		{"nothing there", s3.ListObjectsV2Input{Prefix: aws.String("nothing")}, []page{{}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := list(t, client, test.in); fmt.Sprint(got) != fmt.Sprint(test.want) {
				t.Errorf("pages = %+v\nwant    %+v", got, test.want)
			}
		})
	}
}

func TestListPageSize(t *testing.T) {
	f := newFixture(t, fakeaws.Options{})
	keys := func(yield func(string) bool) {
		for i := range 2500 {
			if !yield(fmt.Sprintf("k/%04d", i)) {
				return
			}
		}
	}
	if err := f.PutObjects("logs", keys, []byte("x")); err != nil {
		t.Fatal(err)
	}
	pages := list(t, f.s3(ownerUser, "us-east-1"), s3.ListObjectsV2Input{MaxKeys: aws.Int32(5000)})
	var sizes []int
	for _, p := range pages {
		sizes = append(sizes, len(p.Keys))
	}
	if !slices.Equal(sizes, []int{1000, 1000, 500}) {
		t.Errorf("page sizes = %v, want 1000, 1000, 500", sizes)
	}
	if got := f.Requests()["s3.ListObjectsV2"]; got != 3 {
		t.Errorf("counted %d ListObjectsV2, want 3", got)
	}
}

func TestListFieldsAndErrors(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 999, time.UTC)
	f := newFixture(t, fakeaws.Options{Clock: func() time.Time { return at }})
	f.put(t, "a b+c/~*(1)<&>\"é.gz", "body")
	f.put(t, "control\x01", "", fakeaws.WithStorageClass("GLACIER"), fakeaws.WithETag("custom"))
	get := func(t *testing.T, query string) (*http.Response, string) {
		t.Helper()
		return f.send(t, rawRequest{url: f.url + "/logs?list-type=2" + query, service: "s3", region: "us-east-1", user: ownerUser, at: at})
	}
	tests := []struct {
		name, query string
		status      int
		want        []string
	}{
		{"plain", "", 200, []string{
			`<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>logs</Name><Prefix></Prefix><KeyCount>2</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated><Contents><Key>`,
			"<Key>a b+c/~*(1)&lt;&amp;&gt;&quot;é.gz</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified><ETag>&quot;841a2d689ad86bd1611447453c22c6fc&quot;</ETag><Size>4</Size><StorageClass>STANDARD</StorageClass>",
			"<Key>control&#x1;</Key>", "<ETag>&quot;custom&quot;</ETag><Size>0</Size><StorageClass>GLACIER</StorageClass>",
		}},
		{"url encoding of all fields", "&encoding-type=url&prefix=a%20b&start-after=a%20&delimiter=%2Bc%2F~", 200, []string{
			"<Prefix>a+b</Prefix>", "<StartAfter>a+</StartAfter>", "<Delimiter>%2Bc/%7E</Delimiter>", "<EncodingType>url</EncodingType>",
			"<CommonPrefixes><Prefix>a+b%2Bc/%7E</Prefix></CommonPrefixes>",
		}},
		{"url encoding of keys", "&encoding-type=url", 200, []string{"<Key>a+b%2Bc/%7E*%281%29%3C%26%3E%22%C3%A9.gz</Key>", "<Key>control%01</Key>"}},
		{"owner", "&fetch-owner=true&prefix=a", 200, []string{"<Owner><ID>"}},
		{"token", "&continuation-token=invented", 400, []string{"<Code>InvalidArgument</Code><Message>The continuation token provided is incorrect</Message>"}},
		{"empty token", "&continuation-token=", 400, []string{"<Code>InvalidArgument</Code>", "<ArgumentName>continuation-token</ArgumentName>"}},
		{"negative max-keys", "&max-keys=-1", 400, []string{"<Code>InvalidArgument</Code>", "<ArgumentName>maxKeys</ArgumentName><ArgumentValue>-1</ArgumentValue>"}},
		{"max-keys not a number", "&max-keys=ten", 400, []string{"<Code>InvalidArgument</Code>"}},
		{"encoding", "&encoding-type=base64", 400, []string{"<Code>InvalidArgument</Code>"}},
		{"unknown parameter", "&versions=", 501, []string{"<Code>NotImplemented</Code>"}},
		{"not UTF-8", "&prefix=%ff", 400, []string{"<Code>InvalidURI</Code>"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			response, body := get(t, test.query)
			if response.StatusCode != test.status {
				t.Errorf("status = %d, want %d", response.StatusCode, test.status)
			}
			for _, want := range test.want {
				if !strings.Contains(body, want) {
					t.Errorf("answer lacks %s:\n%s", want, body)
				}
			}
		})
	}
}
