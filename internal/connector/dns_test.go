package connector_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// nameServer answers for every name with 127.0.0.1, or not at all.
type nameServer struct{ down atomic.Bool }

// resolve has the process ask this server until the test ends.
func (s *nameServer) resolve(t *testing.T) {
	before := net.DefaultResolver
	t.Cleanup(func() { net.DefaultResolver = before })
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		if s.down.Load() {
			return nil, errors.New("network is unreachable")
		}
		client, server := net.Pipe()
		go answer(server)
		return client, nil
	}}
}

// answer answers the questions of one connection, which are framed as over TCP
// (RFC 1035, 4.2.2).
func answer(c net.Conn) {
	defer func() { _ = c.Close() }() // the other end notices
	for {
		var size [2]byte
		if _, err := io.ReadFull(c, size[:]); err != nil {
			return
		}
		query := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(c, query); err != nil {
			return
		}
		const header = 12
		name := bytes.IndexByte(query[header:], 0) + 1
		question := query[header : header+name+4]
		reply := append([]byte{query[0], query[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, question...)
		if isA := binary.BigEndian.Uint16(question[name:]) == 1; isA {
			reply[7] = 1
			reply = append(reply, 0xc0, header, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1)
		}
		binary.BigEndian.PutUint16(size[:], uint16(len(reply)))
		if _, err := c.Write(append(size[:], reply...)); err != nil {
			return
		}
	}
}

// TestNamesFail has the names of AWS not resolve for a while: it is said, and
// every record comes once.
func TestNamesFail(t *testing.T) {
	w := newS3World(t)
	want := w.put(t, 1, time.Hour, 5, 20)
	var names nameServer
	names.resolve(t)
	r := run(t, w.section(t, keys{"endpoint_url": strings.Replace(w.url, "127.0.0.1", "aws.test", 1)}))
	r.until("all records", func() bool { return len(r.ids()) == want })

	names.down.Store(true)
	w.server.CloseClientConnections()
	want += w.put(t, 2, 2*time.Minute, 2, 20)
	r.until("the explanation", func() bool { return strings.Contains(r.journal.String(), "the host name cannot be resolved") })
	if n := len(r.ids()); n != want-40 {
		t.Errorf("%d records, want %d: no name can be resolved", n, want-40)
	}
	names.down.Store(false)
	r.until("the new records", func() bool { return len(r.ids()) == want })
	r.stop()
	for id, n := range r.ids() {
		if n != 1 {
			t.Errorf("record %s came %d times", id, n)
		}
	}
}
