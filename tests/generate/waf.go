package generate

import (
	"strings"
	"time"
)

// AppendWAF appends one WAF log entry, 1.2 to 2 KB as a rule, without a
// newline.
func (g *Generator) AppendWAF(b []byte) []byte {
	g.begin()
	return g.lib.waf.append(g, b)
}

// AppendWAFKind appends an entry of one of WAFKinds.
func (g *Generator) AppendWAFKind(b []byte, kind string) ([]byte, error) {
	g.begin()
	return g.lib.waf.named(g, b, kind)
}

// WAFKinds names every kind of WAF entry.
func WAFKinds() []string { return templates().waf.names() }

// AppendWAFSized appends an entry of at least size bytes: its query and its
// cookies are as long as it takes, half each.
func (g *Generator) AppendWAFSized(b []byte, size int) []byte {
	g.begin()
	line := g.lib.waf.all[0].text.append(g, nil)
	missing := size - len(line)
	if missing <= 0 {
		return append(b, line...)
	}
	before, after, _ := strings.Cut(string(line), wafHeaders)
	b = append(append(b, before...), wafHeaders...)
	for left := missing / 2; left > 0; {
		n := min(left, 4000) // a cookie has a limit, but the header repeats
		b = append(b, `{"name":"Cookie","value":"track=`...)
		b = append(g.rnd.base62(b, n), `"},`...)
		left -= n
	}
	before, after, _ = strings.Cut(after, wafArgs)
	b = append(append(b, before...), wafArgs...)
	b = g.rnd.base62(append(b, "q="...), missing-missing/2)
	if after[0] != '"' {
		b = append(b, '&') // the query it had
	}
	return append(b, after...)
}

// What AppendWAFSized looks for in an entry.
const (
	wafArgs    = `"args":"`
	wafHeaders = `"headers":[`
)

// WAFFile says which WAF object is wanted. The zero value is 100 entries, one a
// line, that a regional web ACL stores itself.
type WAFFile struct {
	File
	ACL        string                 // default Options.WebACL
	CloudFront bool                   // a global web ACL: region segment cloudfront
	Firehose   bool                   // the object of a Firehose stream: own prefix, no extension
	Folder     func(time.Time) string // a Firehose object's custom prefix, without a trailing slash
	Plain      bool                   // not compressed
	// Concatenated leaves out the newlines between entries.
	Concatenated bool
}

// WAFFile makes an object of WAF log entries.
//
// https://docs.aws.amazon.com/waf/latest/developerguide/logging-s3.html
func (g *Generator) WAFFile(f WAFFile) Object {
	f.File = g.complete(f.File)
	f.ACL = orDefault(f.ACL, g.opt.WebACL)
	body := make([]byte, 0, 2000*f.Records)
	g.within(f.scope(), func() {
		for range f.Records {
			body = g.AppendWAF(body)
			if !f.Concatenated {
				body = append(body, '\n')
			}
		}
	})
	return g.object(f.File, g.wafKey(f), body, !f.Plain)
}
