package fakeaws

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Signature Version 4 as documented at
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html

const (
	signatureAlgorithm = "AWS4-HMAC-SHA256"
	amzDateFormat      = "20060102T150405Z"
	unsignedPayload    = "UNSIGNED-PAYLOAD"
)

// credentialScope is a parsed Authorization header.
type credentialScope struct {
	accessKey             string
	date, region, service string
	signedHeaders         []string
	signature             string
}

// String is the scope without the access key: DATE/REGION/SERVICE/aws4_request.
func (s credentialScope) String() string {
	return s.date + "/" + s.region + "/" + s.service + "/aws4_request"
}

var errNoAuthorization = errors.New("no Authorization header")

// parseAuthorization reads "AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…".
func parseAuthorization(header string) (credentialScope, error) {
	var scope credentialScope
	if header == "" {
		return scope, errNoAuthorization
	}
	rest, ok := strings.CutPrefix(header, signatureAlgorithm+" ")
	if !ok {
		return scope, fmt.Errorf("parse Authorization header: algorithm is not %s", signatureAlgorithm)
	}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "Credential":
			// From the right: an access key of a test may contain slashes.
			fields := strings.Split(value, "/")
			n := len(fields)
			if n < 5 || fields[n-1] != "aws4_request" {
				return scope, fmt.Errorf("parse Authorization header: credential %q is not KEY/DATE/REGION/SERVICE/aws4_request", value)
			}
			scope.accessKey = strings.Join(fields[:n-4], "/")
			scope.date, scope.region, scope.service = fields[n-4], fields[n-3], fields[n-2]
		case "SignedHeaders":
			scope.signedHeaders = strings.Split(value, ";")
		case "Signature":
			scope.signature = value
		}
	}
	if scope.accessKey == "" || len(scope.signedHeaders) == 0 || scope.signature == "" {
		return scope, errors.New("parse Authorization header: Credential, SignedHeaders or Signature is missing")
	}
	return scope, nil
}

// canonicalRequest builds the canonical request of r. S3 encodes the path
// once; every other service encodes the encoded path again.
func canonicalRequest(r *http.Request, signedHeaders []string, payloadHash string, doubleEncode bool) (string, error) {
	query, err := canonicalQuery(r.URL.RawQuery)
	if err != nil {
		return "", err
	}
	path := awsEncode(r.URL.Path, true)
	if doubleEncode {
		path = awsEncode(path, true)
	}
	if path == "" {
		path = "/"
	}
	var b strings.Builder
	b.WriteString(r.Method + "\n" + path + "\n" + query + "\n")
	for _, name := range signedHeaders {
		b.WriteString(name + ":" + canonicalHeader(r, name) + "\n")
	}
	b.WriteString("\n" + strings.Join(signedHeaders, ";") + "\n" + payloadHash)
	return b.String(), nil
}

func canonicalQuery(raw string) (string, error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return "", fmt.Errorf("parse query: %w", err)
	}
	pairs := make([]string, 0, len(values))
	for name, list := range values {
		for _, value := range list {
			pairs = append(pairs, awsEncode(name, false)+"="+awsEncode(value, false))
		}
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "&"), nil
}

// canonicalHeader returns the values of a signed header, trimmed and with runs
// of spaces folded. net/http moves two headers out of r.Header.
func canonicalHeader(r *http.Request, name string) string {
	switch name {
	case "host":
		return r.Host
	case "content-length":
		return strconv.FormatInt(r.ContentLength, 10)
	}
	values := slices.Clone(r.Header.Values(name))
	for i, v := range values {
		values[i] = strings.Join(strings.Fields(v), " ")
	}
	return strings.Join(values, ",")
}

// stringToSign joins what the signature is made over.
func stringToSign(amzDate string, scope credentialScope, canonical string) string {
	return signatureAlgorithm + "\n" + amzDate + "\n" + scope.String() + "\n" + sha256Hex([]byte(canonical))
}

// sign returns the hex signature of text under secret and scope.
func sign(secret string, scope credentialScope, text string) string {
	key := hmacSHA256([]byte("AWS4"+secret), scope.date)
	key = hmacSHA256(key, scope.region)
	key = hmacSHA256(key, scope.service)
	key = hmacSHA256(key, "aws4_request")
	return hex.EncodeToString(hmacSHA256(key, text))
}

func hmacSHA256(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

func sha256Hex(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// awsEncode percent-encodes all but the unreserved characters of RFC 3986,
// and keeps slashes in paths.
func awsEncode(s string, keepSlash bool) string {
	const upperHex = "0123456789ABCDEF"
	b := make([]byte, 0, len(s)+16)
	for i := range len(s) {
		c := s[i]
		if isAlphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~' || c == '/' && keepSlash {
			b = append(b, c)
			continue
		}
		b = append(b, '%', upperHex[c>>4], upperHex[c&15])
	}
	return string(b)
}

func isAlphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}
