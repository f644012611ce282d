package generate

import (
	"bytes"
	"slices"
)

// OddFile is the body of a CloudTrail log file as it should not be.
type OddFile struct {
	Name    string
	Why     string
	Body    []byte // as stored under a .json.gz key
	Records int    // that a careful reader finds
	Broken  bool   // the reader must also report a fault
}

// OddFiles gives log files with odd frames around good records, and files cut
// or damaged on the way.
func (g *Generator) OddFiles() []OddFile {
	const n = 5
	records := make([][]byte, n)
	for i := range records {
		records[i] = g.AppendCloudTrail(nil)
	}
	list := bytes.Join(records, []byte(","))
	plain := frame(`{"Records":[`, list, `]}`)
	good := Gzip(plain)

	files := []OddFile{
		{"no records", "an interval in which nothing happened", Gzip([]byte(`{"Records":[]}`)), 0, false},
		{"null records", "null for the list", Gzip([]byte(`{"Records":null}`)), 0, false},
		{"empty object", "no list", Gzip([]byte(`{}`)), 0, false},
		{"empty body", "gzip of nothing", Gzip(nil), 0, false},
		{"top level array", "no object around the list", Gzip(frame(`[`, list, `]`)), n, false},
		{"records in sequence", "one record after the other", Gzip(bytes.Join(records, []byte("\n"))), n, false},
		{"records back to back", "nothing between the records", Gzip(bytes.Join(records, nil)), n, false},
		{"objects in sequence", "several logs in one file", Gzip(bytes.Join([][]byte{plain, plain}, []byte("\n"))), 2 * n, false},
		{"pretty printed", "white space around the frame", Gzip(frame("\n{ \"Records\" :\r\n\t[ ", bytes.Join(records, []byte(" ,\n ")), " ]\n}\n\n")), n, false},
		{"byte order mark", "three bytes before the text", Gzip(frame("\ufeff", plain, "")), n, false},
		{"elements around the list", "keys before and after, one with a list of that name inside", Gzip(frame(`{"version":1,"meta":{"Records":[{"eventName":"Decoy"}],"text":"\"Records\":["},"Records":[`, list, `],"end":true}`)), n, false},
		{"escaped key", "Records in another spelling", Gzip(frame(`{"\u0052ecords":[`, list, `]}`)), n, false},
		{"two lists", "Records twice", Gzip(frame(`{"Records":[`, bytes.Join([][]byte{list, list}, []byte(`],"Records":[`)), `]}`)), 2 * n, false},
		{"several gzip members", "compressed in pieces, one ends inside a record", slices.Concat(Gzip(plain[:100]), Gzip(plain[100:2000]), Gzip(nil), Gzip(plain[2000:])), n, false},
		{"not compressed", "plain text under a .gz name", plain, n, false},
		{"compressed twice", "gzip in gzip", Gzip(good), n, false},
		{"broken record", "one bad record among good ones", Gzip(frame(`{"Records":[`, bytes.Join(records[:2], []byte(`,{"eventName":"Bad","a":1,},`)), `]}`)), 2, true},
		{"text cut", "the list ends inside the last record", Gzip(plain[:len(plain)-40]), n - 1, true},
		{"text after the end", "something follows the object", Gzip(frame("", plain, "trailing")), n, true},
		{"bytes after the end", "something follows the gzip stream", frame("", good, "\x00\x01garbage"), n, true},
		{"check sum wrong", "the last bytes of gzip do not fit", damaged(good, len(good)-6), n, true},
		{"nothing at all", "an object of no bytes", nil, 0, false},
		{"not a log", "text that is no JSON", Gzip([]byte("AccessDenied\n")), 0, true},
	}
	return append(files, OddFile{"gzip cut", "the object ends early; how many records come before depends on the deflate blocks", good[:len(good)/2], 0, true})
}

// frame puts texts before and after a body, in a new slice.
func frame(before string, body []byte, after string) []byte {
	b := make([]byte, 0, len(before)+len(body)+len(after))
	return append(append(append(b, before...), body...), after...)
}

// damaged gives a copy with one byte changed.
func damaged(b []byte, at int) []byte {
	b = bytes.Clone(b)
	b[at] ^= 0x55
	return b
}
