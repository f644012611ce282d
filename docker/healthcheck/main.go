// Command healthcheck tells Docker how Fluent Bit is: its exit status is 0 when
// /api/v1/health of $HEALTH_PORT (2020) on this machine answers 200.
package main

import (
	"cmp"
	"fmt"
	"net/http"
	"os"
	"time"
)

func main() {
	url := "http://127.0.0.1:" + cmp.Or(os.Getenv("HEALTH_PORT"), "2020") + "/api/v1/health"
	if err := check(url); err != nil {
		fmt.Fprintln(os.Stderr, "healthcheck:", err)
		os.Exit(1)
	}
}

func check(url string) error {
	client := http.Client{Timeout: 5 * time.Second}
	response, err := client.Get(url)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }() // only its status was wanted
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s", url, response.Status)
	}
	return nil
}
