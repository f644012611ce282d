package auth

import (
	"strings"
	"testing"
	"time"

	"in_stellar_aws/internal/config"
)

var threeRoles = []string{"arn:aws:iam::111111111111:role/a", "arn:aws:iam::222222222222:role/b", "arn:aws:iam::333333333333:role/c"}

func withRoles(endpoint string) config.Config {
	c := withKeys(endpoint)
	c.Auth.Method, c.Auth.RoleARNs, c.Auth.ExternalID = config.AuthIAMRole, threeRoles, "ext"
	return c
}

func TestRoleChain(t *testing.T) {
	fake, url := startAWS(t)
	c := withRoles(url)
	cfg := mustLoad(t, c)
	if err := list(t, cfg, c); err != nil {
		t.Fatal(err)
	}
	if err := list(t, cfg, c); err != nil { // the sessions are kept
		t.Fatal(err)
	}
	want := []call{
		{accessKey: "AKIASOURCE", token: "token-hunter2", action: "AssumeRole", role: threeRoles[0]},
		{accessKey: "ASIAa", token: "token-of-a", action: "AssumeRole", role: threeRoles[1]},
		{accessKey: "ASIAb", token: "token-of-b", action: "AssumeRole", role: threeRoles[2], externalID: "ext"},
		{accessKey: "ASIAc", token: "token-of-c"},
		{accessKey: "ASIAc", token: "token-of-c"},
	}
	got := fake.take()
	if len(got) != len(want) {
		t.Fatalf("calls %+v", got)
	}
	for i, w := range want {
		g := got[i]
		session := ""
		if w.action != "" {
			session = "in_stellar_aws-Acme-prod"
		}
		if g.accessKey != w.accessKey || g.token != w.token || g.action != w.action || g.role != w.role || g.externalID != w.externalID || g.session != session {
			t.Errorf("call %d is %+v\nwant %+v", i, g, w)
		}
	}
}

// A session that is about to end is replaced before the next request; the ones
// before it in the chain are only when they end too.
func TestRoleIsRefreshedBeforeItExpires(t *testing.T) {
	fake, url := startAWS(t)
	fake.expires = func() time.Time { return time.Now().Add(2 * time.Minute) } // within refreshAhead's least
	c := withRoles(url)
	c.Auth.RoleARNs = threeRoles[:1]
	cfg := mustLoad(t, c)
	for range 2 {
		if err := list(t, cfg, c); err != nil {
			t.Fatal(err)
		}
	}
	var actions []string
	for _, got := range fake.take() {
		actions = append(actions, got.action)
	}
	if got := strings.Join(actions, ","); got != "AssumeRole,,AssumeRole," {
		t.Errorf("calls %s", got)
	}
}

func TestRefusedRoleIsNamed(t *testing.T) {
	fake, url := startAWS(t)
	fake.refuse = threeRoles[1]
	c := withRoles(url)
	err := list(t, mustLoad(t, c), c)
	if err == nil || !strings.Contains(err.Error(), "assume role "+threeRoles[1]+": ") || !strings.Contains(err.Error(), "AccessDenied") {
		t.Errorf("got %v", err)
	}
	if n := len(fake.take()); n != 2 {
		t.Errorf("%d calls: a refusal is not to be retried", n)
	}
}

func TestSessionName(t *testing.T) {
	for name, want := range map[string]string{
		"trail":                  "in_stellar_aws-trail",
		"a b/c:d#é":              "in_stellar_aws-a-b-c-d--",
		"x_+=,.@-9":              "in_stellar_aws-x_+=,.@-9",
		strings.Repeat("n", 100): "in_stellar_aws-" + strings.Repeat("n", 49),
	} {
		if got := sessionName(config.Config{Name: name}); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if got := sessionName(config.Config{Name: "n", Auth: config.Auth{RoleSessionName: "mine"}}); got != "mine" {
		t.Errorf("got %s", got)
	}
}

func TestHomeRegion(t *testing.T) {
	for arn, want := range map[string]string{
		"":                                    "us-east-1",
		"arn:aws:iam::123456789012:role/r":    "us-east-1",
		"arn:aws-cn:iam::123456789012:role/r": "cn-north-1",
		"arn:aws-us-gov:iam::123456789012:role/r": "us-gov-west-1",
		"arn:aws-iso:iam::123456789012:role/r":    "us-iso-east-1",
		"arn:aws-iso-b:iam::123456789012:role/r":  "us-isob-east-1",
		"arn:aws-iso-e:iam::123456789012:role/r":  "eu-isoe-west-1",
		"arn:aws-iso-f:iam::123456789012:role/r":  "us-isof-south-1",
		"arn:aws-eusc:iam::123456789012:role/r":   "eusc-de-east-1",
	} {
		if got := homeRegion(strings.Fields(arn)); got != want {
			t.Errorf("%s: %s, want %s", arn, got, want)
		}
	}
}
