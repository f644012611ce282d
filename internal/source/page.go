package source

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// maxPage is how large an answer to a list request may be, in bytes, to be read
// here: 1,000 keys of 1 KiB, each byte encoded as three, and what is around.
const maxPage = 4 << 20

// pageReader takes the objects of a page out of the answer and leaves the rest
// to the SDK, for which an object takes 20 µs, most of it in encoding/xml; here
// it is 2 µs. Listing is what a connector of thousands of accounts
// spends most of its CPU on. Wherever an answer is not as S3 writes it, the SDK
// reads all of it.
type pageReader struct {
	objects []Object // with keys as they are written; nil: the SDK has them
}

// add puts the reader between the SDK's own and the connection.
func (r *pageReader) add(stack *middleware.Stack) error {
	return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("ReadPage", r.read), middleware.After)
}

func (r *pageReader) read(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (
	middleware.DeserializeOutput, middleware.Metadata, error,
) {
	out, metadata, err := next.HandleDeserialize(ctx, in)
	answer, ok := out.RawResponse.(*smithyhttp.Response)
	if err != nil || !ok || answer.StatusCode != http.StatusOK {
		return out, metadata, err
	}
	r.objects = nil // of an attempt before
	body := answer.Body
	text, failed := io.ReadAll(io.LimitReader(body, maxPage))
	rest, objects, ok := cutContents(string(text))
	if ok && failed == nil && len(text) < maxPage {
		r.objects = objects
		answer.Body = newBody{strings.NewReader(rest), body}
		return out, metadata, nil
	}
	var tail io.Reader = body
	if failed != nil {
		tail = broken{failed}
	}
	answer.Body = newBody{io.MultiReader(bytes.NewReader(text), tail), body}
	return out, metadata, nil
}

// newBody is read in place of the one that it closes.
type newBody struct {
	io.Reader
	io.Closer
}

// broken is where a body broke off.
type broken struct{ error }

func (b broken) Read([]byte) (int, error) { return 0, b.error }

const (
	contents    = "<Contents>"
	contentsEnd = "</Contents>"
)

// cutContents takes the objects out of an answer to ListObjectsV2. It is false
// for anything that S3 does not write.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
func cutContents(text string) (rest string, objects []Object, ok bool) {
	if strings.Contains(text, "<!") { // comments and CDATA
		return "", nil, false
	}
	head, text, found := strings.Cut(text, contents)
	if !found {
		return head, nil, true
	}
	if !inResult(head) {
		return "", nil, false
	}
	objects = make([]Object, 0, 1+strings.Count(text, contents))
	for {
		var o Object
		if o, text, ok = parseContents(text); !ok {
			return "", nil, false
		}
		objects = append(objects, o)
		next, another := strings.CutPrefix(strings.TrimLeft(text, " \t\r\n"), contents)
		if !another {
			return head + text, objects, !strings.Contains(text, contents)
		}
		text = next
	}
}

// inResult tells that a text ends in an element ListBucketResult, and in no
// other within that.
func inResult(head string) bool {
	opened := strings.Count(head, "<")
	ended := strings.Count(head, "<?") + strings.Count(head, "/>") + 2*strings.Count(head, "</")
	return opened == strings.Count(head, ">") && opened-ended == 1 && strings.Contains(head, "<ListBucketResult")
}

// parseContents reads an object up to its end, and returns what follows.
func parseContents(text string) (o Object, rest string, ok bool) {
	var seen fields
	for {
		text = strings.TrimLeft(text, " \t\r\n")
		if rest, done := strings.CutPrefix(text, contentsEnd); done {
			return o, rest, seen.key
		}
		if text == "" || text[0] != '<' {
			return o, "", false
		}
		name, after, found := strings.Cut(text[1:], ">")
		if !found || strings.ContainsFunc(name, notLetter) {
			return o, "", false
		}
		value, after, found := strings.Cut(after, "</"+name+">")
		if !found || !seen.set(&o, name, value) {
			return o, "", false
		}
		text = after
	}
}

func notLetter(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }

// fields tells which parts of an object were read.
type fields struct{ key, etag, size, modified bool }

// set reads one element. It is false for what is there twice, or not written as
// S3 does it; what is not needed may be anything.
func (f *fields) set(o *Object, name, value string) (ok bool) {
	first := func(seen *bool) bool {
		was := *seen
		*seen = true
		return !was
	}
	var err error
	switch name {
	case "Key":
		o.Key, ok = plain(value)
		return ok && first(&f.key)
	case "ETag":
		const quote = "&quot;" // S3's ETags have one on each side
		o.ETag, ok = plain(strings.TrimSuffix(strings.TrimPrefix(value, quote), quote))
		o.ETag = unquote(o.ETag)
		return ok && first(&f.etag)
	case "Size":
		o.Size, err = strconv.ParseInt(value, 10, 64)
		return err == nil && first(&f.size)
	case "LastModified":
		o.LastModified, err = time.Parse(time.RFC3339, value)
		return err == nil && first(&f.modified)
	}
	return true
}

var references = map[string]string{"quot": `"`, "#34": `"`, "apos": "'", "#39": "'", "lt": "<", "gt": ">", "amp": "&"}

// plain is the text of an element in printable ASCII, which S3 writes since
// keys are asked for encoded.
func plain(value string) (text string, ok bool) {
	for i := range len(value) {
		if c := value[i]; c <= ' ' || c > '~' || c == '<' || c == '>' {
			return "", false
		}
	}
	for {
		before, after, found := strings.Cut(value, "&")
		if !found {
			return text + before, text+before != ""
		}
		name, after, _ := strings.Cut(after, ";")
		character, known := references[name]
		if !known {
			return "", false
		}
		text, value = text+before+character, after
	}
}
