package config

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

const hidden = "hunter2"

// withSecrets has hidden in every key that is a secret.
func withSecrets() values {
	return minimalS3.with(values{
		"access_key": "AK" + hidden, "secret_key": hidden, "session_token": "tok" + hidden, "proxy_uri": "http://user:" + hidden + "@proxy:3128",
	})
}

func TestSecretIsNeverPrinted(t *testing.T) {
	c, err := parseAt(withSecrets(), testNow)
	if err != nil {
		t.Fatal(err)
	}
	if c.Auth.SecretKey.Reveal() != hidden {
		t.Fatal("Reveal does not")
	}
	printed := map[string]string{}
	for _, v := range []any{c, &c, c.Auth, c.Auth.SecretKey, &c.Auth.SecretKey, []Secret{c.Auth.SecretKey}, map[string]Secret{"k": c.Auth.SecretKey}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "% x", "%10.3s"} {
			printed[fmt.Sprintf("%s of %T", verb, v)] = fmt.Sprintf(verb, v)
		}
		for _, h := range []func(*bytes.Buffer) slog.Handler{
			func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
			func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
		} {
			var b bytes.Buffer
			logger := slog.New(h(&b))
			logger.Info("m", "v", v)
			printed[fmt.Sprintf("%T of %T", logger.Handler(), v)] = b.String()
		}
	}
	for name, encode := range map[string]func(any) ([]byte, error){"json": json.Marshal, "yaml": yaml.Marshal, "xml": xml.Marshal} {
		b, err := encode(c.Auth)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		printed[name] = string(b)
	}
	for how, text := range printed {
		for _, form := range []string{hidden, hidden[:3], hex.EncodeToString([]byte(hidden)), fmt.Sprintf("% x", hidden), fmt.Sprintf("%X", hidden), fmt.Sprintf("%v", []byte(hidden))} {
			if strings.Contains(text, form) {
				t.Errorf("%s shows it: %s", how, text)
			}
		}
	}
	if got := fmt.Sprintf("%v %#v %q", Secret("x"), Secret("x"), Secret("")); got != `[redacted] config.Secret("[redacted]") ` {
		t.Errorf("prints as %s", got)
	}
}

// Whatever is wrong with a secret or around it, no fault shows it.
func TestSecretIsInNoFault(t *testing.T) {
	tested := 0
	for _, k := range Keys() {
		if !k.Secret {
			continue
		}
		tested++
		for _, v := range []string{hidden, hidden + " " + hidden, "\x01" + hidden, "http://" + hidden + "@x", "http://a:" + hidden + "%zz@x:1"} {
			for _, more := range []values{{}, {"auth_method": "default"}, {"access_key_file": "f"}, {"connector": "nonsense"}} {
				section := withSecrets().with(values{k.Name: v, "workers": "0"}).with(more)
				if _, err := parseAt(section, testNow); err == nil || strings.Contains(err.Error()+fmt.Sprintf("%+v%#v", err, err), hidden) {
					t.Errorf("%s %q: %v", k.Name, v, err)
				}
			}
		}
	}
	if tested != 4 {
		t.Errorf("%d secret keys", tested)
	}
}

// URLs that are no secrets may hold one by mistake.
func TestUserinfoIsInNoFault(t *testing.T) {
	for key, v := range map[string]string{
		"endpoint_url":  "https://user:" + hidden + "@s3.example.com",
		"sqs_queue_url": "https://user:a@" + hidden + "@sqs/123456789012/q?X-Token=" + hidden,
	} {
		_, err := parseAt(minimalS3.with(values{key: v}), testNow)
		if err == nil || strings.Contains(err.Error(), hidden) || !strings.Contains(err.Error(), key+` "https://[redacted]@s`) {
			t.Errorf("%s: %v", key, err)
		}
	}
}
