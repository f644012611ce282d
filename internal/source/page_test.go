package source

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// answers is an HTTP client that has one answer for everything.
type answers []byte

func (a answers) Do(*http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/xml"}},
		Body: io.NopCloser(bytes.NewReader(a)), ContentLength: int64(len(a)),
	}, nil
}

// listed is what a client makes of an answer to a list request.
func listed(ctx context.Context, text []byte) (ListOutput, error) {
	cfg := aws.Config{
		Region: region, HTTPClient: answers(text), Credentials: aws.AnonymousCredentials{},
		Retryer: func() aws.Retryer { return aws.NopRetryer{} },
	}
	client := NewS3Client(cfg, S3Options{Bucket: "logs"})
	return client.ListPage(ctx, ListInput{Bucket: "logs", MaxKeys: pageSize})
}

const pageObject = `<Contents><Key>a%20b/1</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified><ETag>&quot;841a&quot;</ETag>` +
	`<ChecksumAlgorithm>CRC32</ChecksumAlgorithm><Size>4000</Size><Owner><ID>f00</ID><DisplayName>x</DisplayName></Owner><StorageClass>STANDARD</StorageClass></Contents>`

func pageOf(objects string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>logs</Name><Prefix></Prefix>` +
		`<NextContinuationToken>t</NextContinuationToken><KeyCount>1</KeyCount><MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>` +
		objects + `<CommonPrefixes><Prefix>p/</Prefix></CommonPrefixes></ListBucketResult>`
}

// pages are answers, and whether their objects are read without the SDK.
var pages = map[string]bool{
	pageOf(pageObject):              true,
	pageOf(pageObject + pageObject): true,
	pageOf(""):                      true,
	pageOf(strings.ReplaceAll(pageObject, "><", ">\n  <")):                          true,
	pageOf(strings.Replace(pageObject, "&quot;841a&quot;", `"841a"`, 1)):            true,
	pageOf(strings.Replace(pageObject, "1</Key>", "&#x31;</Key>", 1)):               false,
	pageOf(strings.Replace(pageObject, "<Key>", "<Key><![CDATA[x]]>", 1)):           false,
	pageOf(strings.Replace(pageObject, "<Key>", "<!-- <Contents> --><Key>", 1)):     false,
	pageOf(strings.Replace(pageObject, "<Key>", `<Key a="b">`, 1)):                  false,
	pageOf(strings.Replace(pageObject, "<Key>", "<Key>é", 1)):                       false,
	pageOf(strings.Replace(pageObject, "<Key>", "<Key> ", 1)):                       false,
	pageOf(strings.Replace(pageObject, "<Size>4000</Size>", "<Size>x</Size>", 1)):   false,
	pageOf(strings.Replace(pageObject, "<Size>4000</Size>", "<Size/>", 1)):          false,
	pageOf(strings.Replace(pageObject, "<Size>", "<Key>again</Key><Size>", 1)):      false,
	pageOf(strings.Replace(pageObject, "<Key>a%20b/1</Key>", "", 1)):                false,
	pageOf(strings.Replace(pageObject, "2026-01-02T03:04:05.000Z", "yesterday", 1)): false,
	pageOf(strings.ReplaceAll(pageObject, "Contents>", "s3:Contents>")):             true, // none of ours
	pageOf(pageObject)[:500]: false, // a body that broke off
	pageObject:               false,
	pageOf("<CommonPrefixes>" + pageObject + "</CommonPrefixes>"):                            false,
	pageOf(pageObject + "<CommonPrefixes><Prefix>o/</Prefix></CommonPrefixes>" + pageObject): false,
}

// TestPage compares what is read of a page with what the SDK alone reads of it.
func TestPage(t *testing.T) {
	for text, want := range pages {
		if own := comparePages(t, []byte(text)); own != want {
			t.Errorf("read here: %v, want %v\n%s", own, want, text)
		}
	}
}

func FuzzPage(f *testing.F) {
	for text := range pages {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) { comparePages(t, text) })
}

// comparePages reads a page with and, where that is different, without the
// SDK: what that can read must be read as it does.
func comparePages(t *testing.T, text []byte) bool {
	t.Helper()
	if _, _, own := cutContents(string(text)); !own {
		return false
	}
	got, err := listed(t.Context(), text)
	// A comment makes the SDK read all of it, and changes nothing for it.
	want, wantErr := listed(t.Context(), append(bytes.Clone(text), "<!-- -->"...))
	if wantErr != nil {
		return true // for what is inside of an element that is not needed
	}
	if err != nil || !reflect.DeepEqual(normal(got), normal(want)) {
		t.Fatalf("%+v, %v\nthe SDK has\n%+v\n%s", got, err, want, text)
	}
	return true
}

func normal(out ListOutput) ListOutput {
	if len(out.Objects) == 0 {
		out.Objects = nil
	}
	for i := range out.Objects {
		out.Objects[i].LastModified = out.Objects[i].LastModified.UTC()
	}
	return out
}

func BenchmarkListPage(b *testing.B) {
	var objects strings.Builder
	for n := range pageSize {
		fmt.Fprintf(&objects, "<Contents><Key>%s</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified><ETag>&quot;841a2d689ad86bd1611447453c22c6fc&quot;</ETag><Size>4000</Size><StorageClass>STANDARD</StorageClass></Contents>",
			trailKey(account, region, noon, n))
	}
	own := pageOf(objects.String())
	for name, text := range map[string]string{"here": own, "by the SDK": own + "<!-- -->"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if out, err := listed(b.Context(), []byte(text)); err != nil || len(out.Objects) != pageSize {
					b.Fatal(err)
				}
			}
		})
	}
}
