package fakeaws_test

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"os/exec"
	"strconv"
	"testing"
	"time"
)

// startMoto runs moto_server, an independent AWS fake, until the test ends,
// and returns its address. It skips the test where moto is not installed.
func startMoto(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("moto_server")
	if err != nil {
		t.Skip("moto_server is not on the PATH (pip install 'moto[server]'): nothing to compare with")
	}
	port := freePort(t)
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	var output bytes.Buffer
	server := exec.CommandContext(ctx, path, "-H", "127.0.0.1", "-p", strconv.Itoa(port))
	server.Stdout, server.Stderr = &output, &output
	if err := server.Start(); err != nil {
		cancel()
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Wait() // it is killed, which is not a success
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
		if t.Failed() {
			t.Logf("moto_server said:\n%s", output.String())
		}
	})
	url := "http://127.0.0.1:" + strconv.Itoa(port)
	awaitHTTP(ctx, t, url+"/moto-api/", ended)
	return url
}

// awaitHTTP polls url until it answers, the context ends or the server does.
func awaitHTTP(ctx context.Context, t *testing.T, url string, ended <-chan struct{}) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	poll := time.NewTicker(50 * time.Millisecond)
	defer poll.Stop()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if response, err := client.Do(request); err == nil {
			if err := response.Body.Close(); err != nil {
				t.Fatal(err)
			}
			return
		}
		select {
		case <-poll.C:
		case <-ended:
			t.Fatal("moto_server ended before it answered")
		case <-ctx.Done():
			t.Fatal("moto_server did not answer in time")
		}
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer closeIt(t, listener)
	return listener.Addr().(*net.TCPAddr).Port
}
