package fakeaws

import (
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// maxListKeys is the most that S3 lists in a page.
const maxListKeys = 1000

// listParameters are those of
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
var listParameters = []string{
	"list-type", "prefix", "delimiter", "start-after", "continuation-token", "max-keys", "encoding-type", "fetch-owner",
}

// listRequest is a checked ListObjectsV2 request.
type listRequest struct {
	prefix, delimiter, startAfter string
	// token is the continuation token, marker what it, or startAfter, stands
	// for: the last key or common prefix that shall not be listed again.
	token, marker         string
	hasToken, hasStart    bool
	maxKeys               int
	urlEncode, fetchOwner bool
}

// listPage is a page: objects and common prefixes, each in order.
type listPage struct {
	objects   []object
	prefixes  []string
	last      string
	truncated bool
}

func (s *s3Service) listObjects(c *call, query url.Values) error {
	b, err := s.open(c)
	if err != nil {
		return err
	}
	if err := c.allow("s3:ListBucket", b.arn("")); err != nil {
		return err
	}
	request, err := parseList(query)
	if err != nil {
		return err
	}
	b.mu.RLock()
	page := b.objects.list(request)
	b.mu.RUnlock()

	buffer := listBuffers.Get().(*[]byte)
	defer listBuffers.Put(buffer)
	*buffer = appendPage((*buffer)[:0], b, request, page)
	c.s3Headers()
	c.w.Header().Set("X-Amz-Bucket-Region", b.region)
	return c.respond(http.StatusOK, "application/xml", *buffer)
}

// listBuffers holds answers of some 300 KB, to list often without garbage.
var listBuffers = sync.Pool{New: func() any { return new([]byte) }}

func parseList(query url.Values) (listRequest, error) {
	r := listRequest{
		prefix: query.Get("prefix"), delimiter: query.Get("delimiter"),
		startAfter: query.Get("start-after"), hasStart: query.Has("start-after"),
		token: query.Get("continuation-token"), hasToken: query.Has("continuation-token"),
		maxKeys: maxListKeys, fetchOwner: query.Get("fetch-owner") == "true",
	}
	if value := query.Get("max-keys"); value != "" {
		n, err := strconv.ParseInt(value, 10, 32)
		if err != nil {
			return r, invalidArgument("max-keys", value, "Provided max-keys not an integer or within integer range")
		}
		if n < 0 {
			return r, invalidArgument("maxKeys", value, "Argument maxKeys must be an integer between 0 and 2147483647")
		}
		r.maxKeys = int(min(n, maxListKeys))
	}
	switch encoding := query.Get("encoding-type"); encoding {
	case "":
	case "url":
		r.urlEncode = true
	default:
		return r, invalidArgument("encoding-type", encoding, "Invalid Encoding Method specified in Request")
	}
	r.marker = r.startAfter
	if r.hasToken {
		marker, ok := decodeToken(r.token)
		if !ok {
			return r, invalidArgument("continuation-token", r.token, "The continuation token provided is incorrect")
		}
		r.marker = marker
	}
	return r, nil
}

// list makes the page after the request's marker. Its cost is that of the
// entries on the page: whole common prefixes are jumped over.
func (x *index) list(r listRequest) listPage {
	var page listPage
	if r.maxKeys == 0 {
		return page
	}
	at := x.seek(max(r.prefix, r.marker))
	// "CommonPrefixes is filtered out from results if it is not
	// lexicographically greater than the StartAfter value": a marker inside
	// a common prefix hides all of it.
	if rolled, ok := rollUp(r.marker, r.prefix, r.delimiter); ok {
		at = x.seek(successor(rolled))
	}
	for {
		o, ok := at.next()
		if ok && o.key == r.marker {
			continue
		}
		if !ok || !strings.HasPrefix(o.key, r.prefix) {
			return page
		}
		if len(page.objects)+len(page.prefixes) == r.maxKeys {
			page.truncated = true
			return page
		}
		if rolled, ok := rollUp(o.key, r.prefix, r.delimiter); ok {
			page.prefixes = append(page.prefixes, rolled)
			page.last = rolled
			at = x.seek(successor(rolled))
			continue
		}
		page.objects = append(page.objects, o)
		page.last = o.key
	}
}

// rollUp returns the common prefix that key belongs to: up to and with the
// first delimiter after prefix.
func rollUp(key, prefix, delimiter string) (string, bool) {
	rest, ok := strings.CutPrefix(key, prefix)
	if !ok || delimiter == "" {
		return "", false
	}
	i := strings.Index(rest, delimiter)
	if i < 0 {
		return "", false
	}
	return key[:len(prefix)+i+len(delimiter)], true
}

// successor is the least string after all that start with s. UTF-8 never ends
// in 0xFF, so raising the last byte is enough.
func successor(s string) string {
	return s[:len(s)-1] + string([]byte{s[len(s)-1] + 1})
}

// encodeToken makes an opaque token. The checksum refuses invented ones, and
// standard base64 shows a client that forgets to encode '+' in a query.
func encodeToken(marker string) string {
	b := binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(marker)))
	return base64.StdEncoding.EncodeToString(append(b, marker...))
}

func decodeToken(token string) (string, bool) {
	b, err := base64.StdEncoding.DecodeString(token)
	if err != nil || len(b) < 4 || binary.BigEndian.Uint32(b) != crc32.ChecksumIEEE(b[4:]) {
		return "", false
	}
	return string(b[4:]), true
}

func appendPage(b []byte, from *bucket, r listRequest, page listPage) []byte {
	encode := func(s string) string { return s }
	if r.urlEncode {
		encode = listEncode
	}
	b = append(b, xmlHeader+`<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`...)
	b = appendElement(b, "Name", from.name)
	b = appendElement(b, "Prefix", encode(r.prefix))
	if r.hasToken {
		b = appendElement(b, "ContinuationToken", r.token)
	}
	if page.truncated {
		b = appendElement(b, "NextContinuationToken", encodeToken(page.last))
	}
	if r.hasStart {
		b = appendElement(b, "StartAfter", encode(r.startAfter))
	}
	b = appendElement(b, "KeyCount", strconv.Itoa(len(page.objects)+len(page.prefixes)))
	b = appendElement(b, "MaxKeys", strconv.Itoa(r.maxKeys))
	if r.delimiter != "" {
		b = appendElement(b, "Delimiter", encode(r.delimiter))
	}
	if r.urlEncode {
		b = appendElement(b, "EncodingType", "url")
	}
	b = appendElement(b, "IsTruncated", strconv.FormatBool(page.truncated))
	for _, o := range page.objects {
		b = append(b, "<Contents>"...)
		b = appendElement(b, "Key", encode(o.key))
		b = append(b, "<LastModified>"...)
		b = time.Unix(o.modified, 0).UTC().AppendFormat(b, "2006-01-02T15:04:05.000Z")
		b = append(b, "</LastModified>"...)
		b = appendElement(b, "ETag", o.content.etag)
		b = append(b, "<Size>"...)
		b = strconv.AppendInt(b, o.content.size, 10)
		b = append(b, "</Size>"...)
		if r.fetchOwner {
			b = append(b, "<Owner>"...)
			b = appendElement(b, "ID", canonicalUserID(from.owner))
			b = append(b, "</Owner>"...)
		}
		b = appendElement(b, "StorageClass", o.content.class())
		b = append(b, "</Contents>"...)
	}
	for _, prefix := range page.prefixes {
		b = append(b, "<CommonPrefixes>"...)
		b = appendElement(b, "Prefix", encode(prefix))
		b = append(b, "</CommonPrefixes>"...)
	}
	return append(b, "</ListBucketResult>"...)
}

// class is the storage class as listings show it.
func (c *content) class() string {
	if c.storageClass == "" {
		return "STANDARD"
	}
	return c.storageClass
}

// canonicalUserID is 64 hex digits that stand for an account.
func canonicalUserID(account string) string { return sha256Hex([]byte(account)) }

// listEncode is the encoding of encoding-type=url: that of an HTML form, but
// slashes stay. The API page's example is test_file(3).png, which becomes
// test_file%283%29.png.
func listEncode(s string) string {
	const upperHex = "0123456789ABCDEF"
	b := make([]byte, 0, len(s)+16)
	for i := range len(s) {
		switch c := s[i]; {
		case isAlphanumeric(c) || strings.IndexByte("-_.*/", c) >= 0:
			b = append(b, c)
		case c == ' ':
			b = append(b, '+')
		default:
			b = append(b, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return string(b)
}
