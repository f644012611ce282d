package fakeaws

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestIndexAgainstMap does random puts and deletes to an index and a map.
func TestIndexAgainstMap(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	var x index
	model := map[string]bool{}
	for range 30_000 {
		key := fmt.Sprint(random.IntN(6000))
		if random.IntN(3) == 0 {
			x.delete(key)
			delete(model, key)
		} else {
			x.put(object{key: key})
			model[key] = true
		}
	}
	var want []string
	for key := range model {
		want = append(want, key)
	}
	slices.Sort(want)
	var got []string
	at := x.seek("")
	for o, ok := at.next(); ok; o, ok = at.next() {
		got = append(got, o.key)
	}
	if !slices.Equal(got, want) || x.size != len(want) {
		t.Fatalf("index has %d keys (size %d), want %d, or another order", len(got), x.size, len(want))
	}
	for i := range 6000 {
		key := fmt.Sprint(i)
		if _, ok := x.get(key); ok != model[key] {
			t.Errorf("get(%s) = %v, want %v", key, ok, model[key])
		}
		at := x.seek(key)
		o, ok := at.next()
		n, _ := slices.BinarySearch(want, key)
		if ok != (n < len(want)) || ok && o.key != want[n] {
			t.Errorf("seek(%s) gives %q, %v", key, o.key, ok)
		}
	}
}

// naiveList is the definition of a listing, slow and short: every key is
// rolled up, what is not after the marker is left out, and the rest counted.
func naiveList(keys []string, r listRequest) (items []string, truncated bool) {
	for _, key := range keys {
		if !strings.HasPrefix(key, r.prefix) {
			continue
		}
		item := key
		if r.delimiter != "" {
			if before, _, ok := strings.Cut(key[len(r.prefix):], r.delimiter); ok {
				item = r.prefix + before + r.delimiter
			}
		}
		if item <= r.marker || len(items) > 0 && items[len(items)-1] == item {
			continue
		}
		if len(items) == r.maxKeys {
			return items, r.maxKeys > 0
		}
		items = append(items, item)
	}
	return items, false
}

// FuzzList compares listings with their definition, page after page.
func FuzzList(f *testing.F) {
	f.Add("a/b/1\na/b/2\na/c\nb\nb/1\nc/é/x", "a/", "/", "", 2)
	f.Add("a\na/\na/b\na0\nb", "", "/", "a/", 1)
	f.Add("x--y\nx-y--z\nx", "x", "--", "x-", 3)
	f.Add("日本/1\n日本/2\n日/3", "", "本", "日", 1)
	f.Fuzz(func(t *testing.T, text, prefix, delimiter, start string, pageSize int) {
		var x index
		var keys []string
		for key := range strings.SplitSeq(text, "\n") {
			if checkKey(key) == nil {
				x.put(object{key: key})
				keys = append(keys, key)
			}
		}
		slices.Sort(keys)
		keys = slices.Compact(keys)
		for _, s := range []string{prefix, delimiter, start} {
			if s != "" && checkKey(s) != nil {
				t.Skip("not UTF-8, which S3 refuses")
			}
		}
		r := listRequest{prefix: prefix, delimiter: delimiter, marker: start, maxKeys: min(max(pageSize, 1), 1000)}
		for range len(keys) + 1 {
			page := x.list(r)
			var got []string
			for _, o := range page.objects {
				got = append(got, o.key)
			}
			got = append(got, page.prefixes...)
			slices.Sort(got)
			want, truncated := naiveList(keys, r)
			if !slices.Equal(got, want) || page.truncated != truncated {
				t.Fatalf("list(%+v) = %q truncated %v, want %q truncated %v", r, got, page.truncated, want, truncated)
			}
			if !page.truncated {
				return
			}
			r.marker = page.last
		}
		t.Fatal("paging does not end")
	})
}

func FuzzParseRange(f *testing.F) {
	for _, header := range []string{"bytes=0-9", "bytes=5-", "bytes=-5", "bytes=-0", "bytes=9-5", "bytes=0-1,4-5", "bytes=99999999999999999999-"} {
		f.Add(header, int64(10))
	}
	f.Fuzz(func(t *testing.T, header string, size int64) {
		size = max(size, 0)
		r, ok, err := parseRange(header, size)
		if err == nil && (r.start < 0 || r.length < 0 || r.start+r.length > size || ok && r.length == 0) {
			t.Errorf("parseRange(%q, %d) = %+v, %v", header, size, r, ok)
		}
	})
}

// BenchmarkList1M is a page of a bucket of a million keys, with its XML.
func BenchmarkList1M(b *testing.B) {
	var x index
	shared := newContent([]byte("{}"), nil)
	for i := range 1_000_000 {
		x.put(object{key: fmt.Sprintf("AWSLogs/111122223333/CloudTrail/us-east-1/2026/01/%02d/%07d.json.gz", i/33_334+1, i), content: shared})
	}
	from := &bucket{name: "logs"}
	for _, r := range []listRequest{
		{prefix: "AWSLogs/111122223333/CloudTrail/us-east-1/2026/01/17/", maxKeys: 1000},
		{prefix: "AWSLogs/111122223333/CloudTrail/us-east-1/2026/01/", delimiter: "/", maxKeys: 1000},
	} {
		b.Run("delimiter="+r.delimiter, func(b *testing.B) {
			var out []byte
			b.ReportAllocs()
			for b.Loop() {
				out = appendPage(out[:0], from, r, x.list(r))
			}
		})
	}
}

// BenchmarkPut1M fills a bucket with a million keys in order.
func BenchmarkPut1M(b *testing.B) {
	keys := make([]string, 1_000_000)
	for i := range keys {
		keys[i] = fmt.Sprintf("AWSLogs/111122223333/CloudTrail/us-east-1/2026/01/01/111122223333_CloudTrail_us-east-1_20260101T0000Z_%016d.json.gz", i)
	}
	b.ReportAllocs()
	for b.Loop() {
		s := New(Options{})
		s.AddBucket("logs", "", "111122223333")
		if err := s.PutObjects("logs", slices.Values(keys), []byte("{}")); err != nil {
			b.Fatal(err)
		}
	}
}
