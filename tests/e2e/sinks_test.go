package e2e

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"in_stellar_aws/tests/harness"
)

// tally counts records by their id.
type tally struct {
	mu sync.Mutex
	n  map[string]int
}

func (c *tally) add(id string) (first bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[string]int{}
	}
	c.n[id]++
	return c.n[id] == 1
}

func (c *tally) sent(*testing.T) map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.n)
}

// idOf is the id of a record's JSON, "" if it has none.
func idOf(line []byte) string {
	var r exampleRecord
	_ = json.Unmarshal(line, &r) // what is no record has no id
	return r.ID
}

// listen serves HTTPS and returns host, port, and the file of its certificate.
func listen(t *testing.T, h http.HandlerFunc) (host, port, certificate string) {
	t.Helper()
	s := httptest.NewTLSServer(h)
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	certificate = filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(certificate, text, 0o600); err != nil {
		t.Fatal(err)
	}
	host, port, err = net.SplitHostPort(u.Host)
	if err != nil {
		t.Fatal(err)
	}
	return host, port, certificate
}

// searchSink speaks the bulk API of Elasticsearch and OpenSearch
// (https://docs.opensearch.org/latest/api-reference/document-apis/bulk/).
type searchSink struct {
	tally
	prefix string // of the variables
}

func (s *searchSink) env(t *testing.T, _ *harness.World) []string {
	host, port, ca := listen(t, s.bulk)
	return []string{
		s.prefix + "_HOST=" + host, s.prefix + "_PORT=" + port, s.prefix + "_CA=" + ca,
		s.prefix + "_USER=writer", s.prefix + "_PASSWORD=secret",
	}
}

// kept is how many documents there are: one for each id.
func (s *searchSink) kept() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.n)
}

// bulk answers POST /_bulk: pairs of lines, the action and the document.
func (s *searchSink) bulk(w http.ResponseWriter, r *http.Request) {
	user, password, _ := r.BasicAuth()
	if r.Method != http.MethodPost || r.URL.Path != "/_bulk" || user != "writer" || password != "secret" {
		http.Error(w, "refused", http.StatusUnauthorized)
		return
	}
	type action struct {
		Index  string `json:"_index"`
		ID     string `json:"_id"`
		Status int    `json:"status"`
	}
	answer := struct {
		Took   int                 `json:"took"`
		Errors bool                `json:"errors"`
		Items  []map[string]action `json:"items"`
	}{Took: 1}
	body := bufio.NewScanner(r.Body)
	body.Buffer(nil, 16<<20)
	for body.Scan() {
		var item map[string]action
		if err := json.Unmarshal(body.Bytes(), &item); err != nil || !body.Scan() {
			http.Error(w, "not a bulk request", http.StatusBadRequest)
			return
		}
		a, ok := item["index"]
		if !ok || !strings.HasPrefix(a.Index, "aws-20") || a.ID == "" || a.ID != idOf(body.Bytes()) {
			http.Error(w, "not a record under its id", http.StatusBadRequest)
			return
		}
		a.Status = http.StatusCreated
		if !s.add(a.ID) {
			a.Status = http.StatusOK // it replaces the document of that id
		}
		answer.Items = append(answer.Items, map[string]action{"index": a})
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer) // a client that has gone asks again
}

// httpSink takes posts of JSON lines.
type httpSink struct{ tally }

func (s *httpSink) env(t *testing.T, _ *harness.World) []string {
	host, port, ca := listen(t, s.post)
	return []string{"HTTP_HOST=" + host, "HTTP_PORT=" + port, "HTTP_CA=" + ca, "HTTP_PATH=/ingest", "HTTP_TOKEN=secret"}
}

func (s *httpSink) post(w http.ResponseWriter, r *http.Request) {
	body, err := gzip.NewReader(r.Body)
	if err != nil || r.URL.Path != "/ingest" || r.Header.Get("Authorization") != "Bearer secret" {
		http.Error(w, "refused", http.StatusUnauthorized)
		return
	}
	text, err := io.ReadAll(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	for line := range bytes.Lines(text) {
		s.add(idOf(line))
	}
}

// kafkaSink is a broker with one topic.
type kafkaSink struct{ tally }

func (s *kafkaSink) env(t *testing.T, _ *harness.World) []string {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, "aws"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.ConsumeTopics("aws"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	t.Cleanup(func() {
		cancel()
		<-done
		client.Close()
	})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			client.PollFetches(ctx).EachRecord(func(r *kgo.Record) {
				if id := idOf(r.Value); id == string(r.Key) {
					s.add(id)
				} else {
					s.add("key " + string(r.Key) + " of record " + id)
				}
			})
		}
	}()
	return []string{"KAFKA_BROKERS=" + strings.Join(cluster.ListenAddrs(), ","), "KAFKA_TOPIC=aws"}
}

// archiveSink is a bucket of the fake AWS.
type archiveSink struct {
	w      *harness.World
	bucket string
}

func (s *archiveSink) env(_ *testing.T, w *harness.World) []string {
	s.w, s.bucket = w, fmt.Sprintf("archive-%p", s)
	w.Bucket(s.bucket)
	return []string{"ARCHIVE_BUCKET=" + s.bucket, "ARCHIVE_REGION=" + harness.Region, "ARCHIVE_ENDPOINT=" + w.URL}
}

func (s *archiveSink) sent(t *testing.T) map[string]int {
	var c tally
	objects := s.w.AWS.Objects(s.bucket)
	for _, key := range slices.Sorted(maps.Keys(objects)) {
		if !strings.HasPrefix(key, time.Now().UTC().Format("aws/2006/")) || !strings.HasSuffix(key, ".gz") {
			t.Errorf("object %s", key)
		}
		r, err := gzip.NewReader(bytes.NewReader(objects[key]))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(text) {
			c.add(idOf(line))
		}
	}
	return c.sent(t)
}

// lines counts the lines of all files under dir.
func lines(t *testing.T, dir string) (n int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return nil // not there yet, or no longer
		}
		text, _ := os.ReadFile(path)
		n += bytes.Count(text, []byte("\n"))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
