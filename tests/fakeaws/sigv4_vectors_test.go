package fakeaws

import (
	"bufio"
	"net/http"
	"strings"
	"testing"
)

// The vectors are AWS's own examples: the IAM user guide's ListUsers request,
// get-vanilla of the signature test suite
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html)
// and the S3 API reference's GET requests
// (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html).
func TestSignatureVectors(t *testing.T) {
	const (
		docSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
		s3Secret  = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
		emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	)
	tests := []struct {
		name, request, secret string
		scope                 credentialScope
		amzDate               string
		doubleEncode          bool
		want                  string
	}{
		{
			name: "IAM ListUsers",
			request: "GET /?Action=ListUsers&Version=2010-05-08 HTTP/1.1\nHost: iam.amazonaws.com\n" +
				"Content-Type: application/x-www-form-urlencoded; charset=utf-8\nX-Amz-Date: 20150830T123600Z\n",
			secret: docSecret, amzDate: "20150830T123600Z", doubleEncode: true,
			scope: credentialScope{date: "20150830", region: "us-east-1", service: "iam", signedHeaders: []string{"content-type", "host", "x-amz-date"}},
			want:  "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
		},
		{
			name:    "get-vanilla",
			request: "GET / HTTP/1.1\nHost: example.amazonaws.com\nX-Amz-Date: 20150830T123600Z\n",
			secret:  docSecret, amzDate: "20150830T123600Z", doubleEncode: true,
			scope: credentialScope{date: "20150830", region: "us-east-1", service: "service", signedHeaders: []string{"host", "x-amz-date"}},
			want:  "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
		},
		{
			name: "S3 GetObject with Range",
			request: "GET /test.txt HTTP/1.1\nHost: examplebucket.s3.amazonaws.com\nRange: bytes=0-9\n" +
				"x-amz-content-sha256: " + emptyHash + "\nx-amz-date: 20130524T000000Z\n",
			secret: s3Secret, amzDate: "20130524T000000Z",
			scope: credentialScope{date: "20130524", region: "us-east-1", service: "s3", signedHeaders: []string{"host", "range", "x-amz-content-sha256", "x-amz-date"}},
			want:  "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
		},
		{
			name: "S3 list",
			request: "GET /?max-keys=2&prefix=J HTTP/1.1\nHost: examplebucket.s3.amazonaws.com\n" +
				"x-amz-content-sha256: " + emptyHash + "\nx-amz-date: 20130524T000000Z\n",
			secret: s3Secret, amzDate: "20130524T000000Z",
			scope: credentialScope{date: "20130524", region: "us-east-1", service: "s3", signedHeaders: []string{"host", "x-amz-content-sha256", "x-amz-date"}},
			want:  "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			raw := strings.ReplaceAll(test.request, "\n", "\r\n") + "\r\n"
			r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(raw)))
			if err != nil {
				t.Fatal(err)
			}
			canonical, err := canonicalRequest(r, test.scope.signedHeaders, emptyHash, test.doubleEncode)
			if err != nil {
				t.Fatal(err)
			}
			if got := sign(test.secret, test.scope, stringToSign(test.amzDate, test.scope, canonical)); got != test.want {
				t.Errorf("signature = %s, want %s; canonical request:\n%s", got, test.want, canonical)
			}
		})
	}
}

func FuzzParseAuthorization(f *testing.F) {
	f.Add("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host, Signature=5d67")
	f.Add("AWS4-HMAC-SHA256 Credential=,SignedHeaders=,Signature=")
	f.Fuzz(func(t *testing.T, header string) {
		scope, err := parseAuthorization(header)
		if err == nil && (scope.accessKey == "" || scope.signature == "" || len(scope.signedHeaders) == 0) {
			t.Errorf("parseAuthorization(%q) accepted %+v", header, scope)
		}
	})
}

func TestParseHost(t *testing.T) {
	tests := []struct {
		host string
		want hostName
	}{
		{"127.0.0.1:9000", hostName{}},
		{"[::1]:9000", hostName{}},
		{"fake:9000", hostName{}},
		{"localhost:9000", hostName{}},
		{"logs.localhost:9000", hostName{service: "s3", bucket: "logs"}},
		{"my.logs.localhost", hostName{service: "s3", bucket: "my.logs"}},
		{"s3.amazonaws.com", hostName{service: "s3", global: true}},
		{"logs.s3.amazonaws.com", hostName{service: "s3", bucket: "logs", global: true}},
		{"logs.s3.eu-west-1.amazonaws.com:443", hostName{service: "s3", region: "eu-west-1", bucket: "logs"}},
		{"my.logs.s3.eu-west-1.amazonaws.com", hostName{service: "s3", region: "eu-west-1", bucket: "my.logs"}},
		{"s3.s3.eu-west-1.amazonaws.com", hostName{service: "s3", region: "eu-west-1", bucket: "s3"}},
		{"logs.s3-us-west-2.amazonaws.com", hostName{service: "s3", region: "us-west-2", bucket: "logs"}},
		{"logs.s3-fips.dualstack.us-gov-west-1.amazonaws.com", hostName{service: "s3", region: "us-gov-west-1", bucket: "logs"}},
		{"logs.s3.dualstack.us-west-2.amazonaws.com", hostName{service: "s3", region: "us-west-2", bucket: "logs"}},
		{"logs.s3.cn-north-1.amazonaws.com.cn", hostName{service: "s3", region: "cn-north-1", bucket: "logs"}},
		{"sts.amazonaws.com", hostName{service: "sts", global: true}},
		{"sts.eu-west-1.amazonaws.com", hostName{service: "sts", region: "eu-west-1"}},
		{"sts-fips.us-east-1.amazonaws.com", hostName{service: "sts", region: "us-east-1"}},
		{"example.com", hostName{}},
	}
	for _, test := range tests {
		if got := parseHost(test.host); got != test.want {
			t.Errorf("parseHost(%q) = %+v, want %+v", test.host, got, test.want)
		}
	}
}
