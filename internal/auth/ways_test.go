package auth

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"in_stellar_aws/internal/config"
	"in_stellar_aws/tests/fakeaws"
)

// Accounts, roles and keys of the ways below. Every secret ends in hunter2.
const (
	ownAccount   = "111111111111"
	otherAccount = "222222222222"
	ownRole      = "arn:aws:iam::" + ownAccount + ":role/reader"
	otherRole    = "arn:aws:iam::" + otherAccount + ":role/reader"
	hopRole      = "arn:aws:iam::" + ownAccount + ":role/hop"
	farRole      = "arn:aws:iam::333333333333:role/far"
	webRole      = "arn:aws:iam::" + ownAccount + ":role/web"
)

// cloud is an AWS that checks signatures, and the machine's own services.
type cloud struct {
	*fakeaws.Server
	url     string
	machine *machine
	expires time.Time // of the keys that the machine hands out
}

// machine is what hands out credentials on an ECS task or EC2 instance.
type machine struct {
	url   string
	key   atomic.Pointer[string] // access key that it hands out; its secret is secretOf
	asked atomic.Int64
}

func secretOf(key string) string { return "secret-of-" + key + "-hunter2" }

func tokenOf(key string) string { return "token-of-" + key + "-hunter2" }

func newCloud(t *testing.T) *cloud {
	t.Helper()
	cleanEnvironment(t)
	c := &cloud{Server: fakeaws.New(fakeaws.Options{}), machine: &machine{}}
	c.AddUser(fakeaws.User{AccessKey: "AKIAOWN", SecretKey: secretOf("AKIAOWN"), Account: ownAccount})
	c.AddUser(fakeaws.User{AccessKey: "ASIAOWN", SecretKey: secretOf("ASIAOWN"), SessionToken: tokenOf("ASIAOWN"), Account: ownAccount})
	c.AddUser(fakeaws.User{AccessKey: "ASIAMACHINE", SecretKey: secretOf("ASIAMACHINE"), SessionToken: tokenOf("ASIAMACHINE"), Account: ownAccount})
	c.AddRole(fakeaws.Role{ARN: ownRole, Trusted: []string{ownAccount}})
	c.AddRole(fakeaws.Role{ARN: otherRole, Trusted: []string{ownAccount}, ExternalID: "ext-4711"})
	c.AddRole(fakeaws.Role{ARN: hopRole, Trusted: []string{ownAccount}})
	c.AddRole(fakeaws.Role{ARN: farRole, Trusted: []string{hopRole}, ExternalID: "ext-4711"})
	c.AddRole(fakeaws.Role{ARN: webRole, WebTokens: []string{"web-token-hunter2"}})
	c.AddBucket("bucket", "us-east-1", ownAccount)
	c.expires = time.Now().Add(time.Hour)
	server := httptest.NewServer(c.Server)
	t.Cleanup(server.Close)
	c.url = server.URL
	first := "ASIAMACHINE"
	c.machine.key.Store(&first)
	handler := http.NewServeMux()
	// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
	handler.HandleFunc("GET /ecs", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "ecs-hunter2" {
			http.Error(w, "no token", http.StatusUnauthorized)
			return
		}
		c.handOut(w)
	})
	// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
	handler.HandleFunc("PUT /latest/api/token", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", r.Header.Get("X-Aws-Ec2-Metadata-Token-Ttl-Seconds"))
		write(w, "imds-hunter2")
	})
	const imds = "/latest/meta-data/iam/security-credentials/"
	handler.HandleFunc("GET "+imds, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Aws-Ec2-Metadata-Token") != "imds-hunter2" { // version 1 is off
			http.Error(w, "no token", http.StatusUnauthorized)
			return
		}
		if r.URL.Path == imds {
			write(w, "instance-role")
			return
		}
		c.handOut(w)
	})
	local := httptest.NewServer(handler)
	t.Cleanup(local.Close)
	c.machine.url = local.URL
	return c
}

// handOut answers with the machine's credentials.
func (c *cloud) handOut(w http.ResponseWriter) {
	c.machine.asked.Add(1)
	key := *c.machine.key.Load()
	_ = json.NewEncoder(w).Encode(map[string]string{
		"Code": "Success", "AccessKeyId": key, "SecretAccessKey": secretOf(key), "Token": tokenOf(key),
		"Expiration": c.expires.UTC().Format(time.RFC3339),
	})
}

func keys(key string) config.Auth {
	a := config.Auth{Method: config.AuthAccessKey, AccessKey: config.Secret(key), SecretKey: config.Secret(secretOf(key))}
	if strings.HasPrefix(key, "ASIA") {
		a.SessionToken = config.Secret(tokenOf(key))
	}
	return a
}

func roles(a config.Auth, externalID string, arns ...string) config.Auth {
	a.Method, a.RoleARNs, a.ExternalID = config.AuthIAMRole, arns, externalID
	return a
}

func defaults(t *testing.T, variables ...string) config.Auth {
	for i := 0; i < len(variables); i += 2 {
		t.Setenv(variables[i], variables[i+1])
	}
	return config.Auth{Method: config.AuthDefault}
}

// ways are all that a connector can prove with who it is, and who it then is.
// Those that break are refused.
var ways = map[string]struct {
	auth func(*testing.T, *cloud) config.Auth
	who  string // the account that lists; "": it is refused
	code string // of the refusal
}{
	"access key":    {auth: func(*testing.T, *cloud) config.Auth { return keys("AKIAOWN") }, who: ownAccount},
	"session token": {auth: func(*testing.T, *cloud) config.Auth { return keys("ASIAOWN") }, who: ownAccount},
	"key files": {auth: func(t *testing.T, _ *cloud) config.Auth {
		dir := t.TempDir()
		return config.Auth{
			Method:        config.AuthAccessKey,
			AccessKeyFile: writeFile(t, dir+"/a", "AKIAOWN\n"), SecretKeyFile: writeFile(t, dir+"/s", secretOf("AKIAOWN")),
		}
	}, who: ownAccount},
	"role":                    {auth: func(*testing.T, *cloud) config.Auth { return roles(keys("AKIAOWN"), "", ownRole) }, who: ownAccount},
	"role of another account": {auth: func(*testing.T, *cloud) config.Auth { return roles(keys("AKIAOWN"), "ext-4711", otherRole) }, who: otherAccount},
	"role from session keys":  {auth: func(*testing.T, *cloud) config.Auth { return roles(keys("ASIAOWN"), "", ownRole) }, who: ownAccount},
	"chain of roles":          {auth: func(*testing.T, *cloud) config.Auth { return roles(keys("AKIAOWN"), "ext-4711", hopRole, farRole) }, who: "333333333333"},
	"environment": {auth: func(t *testing.T, _ *cloud) config.Auth {
		return defaults(t, "AWS_ACCESS_KEY_ID", "AKIAOWN", "AWS_SECRET_ACCESS_KEY", secretOf("AKIAOWN"))
	}, who: ownAccount},
	"environment with a token": {auth: func(t *testing.T, _ *cloud) config.Auth {
		return defaults(t, "AWS_ACCESS_KEY_ID", "ASIAOWN", "AWS_SECRET_ACCESS_KEY", secretOf("ASIAOWN"), "AWS_SESSION_TOKEN", tokenOf("ASIAOWN"))
	}, who: ownAccount},
	"profile": {auth: func(t *testing.T, _ *cloud) config.Auth {
		file := writeFile(t, t.TempDir()+"/credentials", "[mine]\naws_access_key_id = AKIAOWN\naws_secret_access_key = "+secretOf("AKIAOWN")+"\n")
		return defaults(t, "AWS_SHARED_CREDENTIALS_FILE", file, "AWS_PROFILE", "mine")
	}, who: ownAccount},
	"web identity": {auth: func(t *testing.T, _ *cloud) config.Auth {
		return defaults(t, "AWS_ROLE_ARN", webRole, "AWS_WEB_IDENTITY_TOKEN_FILE", writeFile(t, t.TempDir()+"/token", "web-token-hunter2"))
	}, who: ownAccount},
	"ECS": {auth: func(t *testing.T, c *cloud) config.Auth {
		return defaults(t, "AWS_CONTAINER_CREDENTIALS_FULL_URI", c.machine.url+"/ecs", "AWS_CONTAINER_AUTHORIZATION_TOKEN", "ecs-hunter2")
	}, who: ownAccount},
	"EC2": {auth: func(t *testing.T, c *cloud) config.Auth {
		return defaults(t, "AWS_EC2_METADATA_DISABLED", "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT", c.machine.url)
	}, who: ownAccount},
	"role from the default chain": {auth: func(t *testing.T, c *cloud) config.Auth {
		return roles(defaults(t, "AWS_EC2_METADATA_DISABLED", "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT", c.machine.url), "ext-4711", otherRole)
	}, who: otherAccount},

	"unknown key":             {auth: func(*testing.T, *cloud) config.Auth { return keys("AKIANOBODY") }, code: "InvalidAccessKeyId"},
	"wrong secret":            {auth: func(*testing.T, *cloud) config.Auth { a := keys("AKIAOWN"); a.SecretKey = "wrong-hunter2"; return a }, code: "SignatureDoesNotMatch"},
	"wrong token":             {auth: func(*testing.T, *cloud) config.Auth { a := keys("ASIAOWN"); a.SessionToken = "wrong-hunter2"; return a }, code: "InvalidToken"},
	"role without its id":     {auth: func(*testing.T, *cloud) config.Auth { return roles(keys("AKIAOWN"), "", otherRole) }, code: "AccessDenied"},
	"role with a wrong id":    {auth: func(*testing.T, *cloud) config.Auth { return roles(keys("AKIAOWN"), "ext-0815", otherRole) }, code: "AccessDenied"},
	"role that trusts others": {auth: func(*testing.T, *cloud) config.Auth { return roles(keys("AKIAOWN"), "ext-4711", farRole) }, code: "AccessDenied"},
	"wrong web token": {auth: func(t *testing.T, _ *cloud) config.Auth {
		return defaults(t, "AWS_ROLE_ARN", webRole, "AWS_WEB_IDENTITY_TOKEN_FILE", writeFile(t, t.TempDir()+"/token", "wrong-hunter2"))
	}, code: "AccessDenied"},
}

// TestWays proves each way to a fake AWS that checks signatures, and that no
// refusal shows a secret.
func TestWays(t *testing.T) {
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			aws := newCloud(t)
			c := withKeys(aws.url)
			c.Auth = way.auth(t, aws)
			var who atomic.Pointer[string]
			aws.Fault(func(r fakeaws.Request) *fakeaws.Fault {
				if r.Operation == "ListObjectsV2" {
					who.Store(&r.Account)
				}
				return nil
			})
			err := list(t, mustLoad(t, c, WithMaxAttempts(1)), c)
			if way.code == "" {
				if err != nil || who.Load() == nil || *who.Load() != way.who {
					t.Errorf("%v; want it to be listed by %s", err, way.who)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), way.code) {
				t.Errorf("got %v, want %s", err, way.code)
			}
			wantNoSecret(t, fmt.Sprintf("%v %+v %#v", err, err, err))
		})
	}
}

func wantNoSecret(t *testing.T, text string) {
	t.Helper()
	if strings.Contains(text, "hunter2") {
		t.Errorf("a secret is shown: %s", text)
	}
}

// TestExpiryAndRevocation has credentials end, by their time, by revocation and
// by rotation, in the midst of the work: the next request has new ones.
func TestExpiryAndRevocation(t *testing.T) {
	for name, test := range map[string]struct {
		auth func(*testing.T, *cloud) config.Auth
		end  func(*testing.T, *cloud)
	}{
		"role's session revoked": {
			auth: func(*testing.T, *cloud) config.Auth { return roles(keys("AKIAOWN"), "", ownRole) },
			end:  func(_ *testing.T, c *cloud) { c.RevokeSessions(ownRole) },
		},
		"chain revoked in its middle": {
			auth: func(*testing.T, *cloud) config.Auth { return roles(keys("AKIAOWN"), "ext-4711", hopRole, farRole) },
			end:  func(_ *testing.T, c *cloud) { c.RevokeSessions(hopRole); c.RevokeSessions(farRole) },
		},
		"web identity revoked": {
			auth: ways["web identity"].auth,
			end:  func(_ *testing.T, c *cloud) { c.RevokeSessions(webRole) },
		},
		"key files replaced": {
			auth: func(t *testing.T, c *cloud) config.Auth {
				dir := t.TempDir()
				t.Setenv("TEST_KEYS", dir)
				return config.Auth{
					Method:        config.AuthAccessKey,
					AccessKeyFile: writeFile(t, dir+"/a", "AKIAOWN"), SecretKeyFile: writeFile(t, dir+"/s", secretOf("AKIAOWN")),
				}
			},
			end: func(t *testing.T, c *cloud) {
				c.rotate()
				replace(t, os.Getenv("TEST_KEYS")+"/a", "AKIANEW")
				replace(t, os.Getenv("TEST_KEYS")+"/s", secretOf("AKIANEW"))
			},
		},
		"secret replaced": {
			auth: func(t *testing.T, _ *cloud) config.Auth {
				a := ways["key files"].auth(t, nil)
				t.Setenv("TEST_KEYS", a.SecretKeyFile)
				return a
			},
			end: func(t *testing.T, c *cloud) {
				c.AddUser(fakeaws.User{AccessKey: "AKIAOWN", SecretKey: "another-hunter2", Account: ownAccount})
				replace(t, os.Getenv("TEST_KEYS"), "another-hunter2")
			},
		},
		"profile's keys replaced": {
			auth: func(t *testing.T, c *cloud) config.Auth {
				a := ways["profile"].auth(t, c)
				t.Setenv("TEST_KEYS", os.Getenv("AWS_SHARED_CREDENTIALS_FILE"))
				return a
			},
			end: func(t *testing.T, c *cloud) {
				c.rotate()
				replace(t, os.Getenv("TEST_KEYS"), "[mine]\naws_access_key_id = AKIANEW\naws_secret_access_key = "+secretOf("AKIANEW")+"\n")
			},
		},
		"instance's keys replaced": {
			auth: ways["EC2"].auth,
			end: func(_ *testing.T, c *cloud) {
				c.RemoveUser("ASIAMACHINE")
				next := "ASIANEXT"
				c.AddUser(fakeaws.User{AccessKey: next, SecretKey: secretOf(next), SessionToken: tokenOf(next), Account: ownAccount})
				c.machine.key.Store(&next)
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			aws := newCloud(t)
			c := withKeys(aws.url)
			c.Auth = test.auth(t, aws)
			cfg := mustLoad(t, c, WithMaxAttempts(1))
			for range 2 {
				if err := list(t, cfg, c); err != nil {
					t.Fatal(err)
				}
			}
			test.end(t, aws)
			for range 2 {
				if err := list(t, cfg, c); err != nil {
					t.Errorf("after the end: %v", err)
				}
			}
		})
	}
}

// rotate replaces the user's key.
func (c *cloud) rotate() {
	c.RemoveUser("AKIAOWN")
	c.AddUser(fakeaws.User{AccessKey: "AKIANEW", SecretKey: secretOf("AKIANEW"), Account: ownAccount})
}

// TestRefusedForGood has keys deleted and not replaced: the refusal is told, and
// credentials are not asked for without end.
func TestRefusedForGood(t *testing.T) {
	aws := newCloud(t)
	c := withKeys(aws.url)
	c.Auth = ways["ECS"].auth(t, aws)
	cfg := mustLoad(t, c, WithMaxAttempts(1))
	if err := list(t, cfg, c); err != nil {
		t.Fatal(err)
	}
	aws.RemoveUser("ASIAMACHINE")
	for range 10 {
		if err := list(t, cfg, c); err == nil || !strings.Contains(err.Error(), "InvalidAccessKeyId") {
			t.Errorf("got %v", err)
		}
	}
	if n := aws.machine.asked.Load(); n != 2 {
		t.Errorf("credentials were fetched %d times, want 2", n)
	}
}

// TestRefreshBeforeExpiry uses keys that end in a minute: they are fetched again
// before that, and AWS never sees ones that have ended.
func TestRefreshBeforeExpiry(t *testing.T) {
	aws := newCloud(t)
	aws.expires = time.Now().Add(time.Minute)
	c := withKeys(aws.url)
	c.Auth = ways["ECS"].auth(t, aws)
	cfg := mustLoad(t, c, WithMaxAttempts(1))
	for range 3 {
		if err := list(t, cfg, c); err != nil {
			t.Fatal(err)
		}
	}
	if n := aws.machine.asked.Load(); n < 2 {
		t.Errorf("credentials that end in a minute were fetched %d times for 3 requests", n)
	}
}

// TestBucketsOfOthers has what S3 asks for beside the signature.
func TestBucketsOfOthers(t *testing.T) {
	aws := newCloud(t)
	aws.AddBucket("bucket", "us-east-1", otherAccount, fakeaws.WithRequesterPays())
	c := withKeys(aws.url)
	c.Auth = keys("AKIAOWN")
	cfg := mustLoad(t, c, WithMaxAttempts(1))
	for _, test := range []struct {
		pays  bool
		owner string
		code  string
	}{{false, "", "AccessDenied"}, {true, "", ""}, {true, otherAccount, ""}, {true, "999999999999", "AccessDenied"}} {
		c.S3.RequestPayer, c.S3.ExpectedBucketOwner = test.pays, test.owner
		err := list(t, cfg, c)
		if (err == nil) != (test.code == "") || err != nil && !strings.Contains(err.Error(), test.code) {
			t.Errorf("%+v: %v", test, err)
		}
	}
}

// TestAttempts has a role that cannot be assumed: that is tried as often as any
// request, not as often for each attempt at what needs it.
func TestAttempts(t *testing.T) {
	aws := newCloud(t)
	c := withKeys(aws.url)
	c.Auth = roles(keys("AKIAOWN"), "", ownRole)
	aws.Fault(func(fakeaws.Request) *fakeaws.Fault { return &fakeaws.Fault{Status: 500, Code: "InternalError"} })
	var tries atomic.Int64
	err := list(t, mustLoad(t, c, WithMaxAttempts(2), WithObserver(func(string, string, error) { tries.Add(1) })), c)
	if err == nil || tries.Load() != 2 {
		t.Errorf("%v after %d tries, want 2", err, tries.Load())
	}
}

// TestObserver counts the requests, those to STS and the repeated ones too.
func TestObserver(t *testing.T) {
	aws := newCloud(t)
	c := withKeys(aws.url)
	c.Auth = roles(keys("AKIAOWN"), "", ownRole)
	aws.Fault(func(r fakeaws.Request) *fakeaws.Fault {
		if r.Operation == "ListObjectsV2" && r.Attempt == 1 {
			return &fakeaws.Fault{Status: 503, Code: "SlowDown"}
		}
		return nil
	})
	var seen bytes.Buffer
	cfg := mustLoad(t, c, WithObserver(func(service, operation string, err error) {
		fmt.Fprintf(&seen, "%s.%s %v;", service, operation, err == nil)
	}))
	if err := list(t, cfg, c); err != nil {
		t.Fatal(err)
	}
	if seen.String() != "STS.AssumeRole true;S3.ListObjectsV2 false;S3.ListObjectsV2 true;" {
		t.Errorf("seen: %s", seen.String())
	}
}
