package auth

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"sync"
	"testing"
	"time"

	"in_stellar_aws/internal/config"
)

// call is one request as a fake endpoint saw it.
type call struct {
	accessKey  string // of the signature
	token      string // of a session
	action     string // STS's, "" for other services
	role       string
	externalID string
	session    string
	proxyAuth  string
	userAgent  string
	host, path string
	checksum   string
}

// fakeAWS answers AssumeRole with keys named after the role, GetCallerIdentity
// and, for everything else, an empty listing of a bucket.
type fakeAWS struct {
	expires func() time.Time // of a role's session
	refuse  string           // the role that is refused

	mu    sync.Mutex
	calls []call
}

var signedBy = regexp.MustCompile(`Credential=([^/]+)/`)

func (f *fakeAWS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := call{
		token: r.Header.Get("X-Amz-Security-Token"), proxyAuth: r.Header.Get("Proxy-Authorization"), userAgent: r.UserAgent(),
		host: r.Host, path: r.URL.Path, checksum: r.Header.Get("X-Amz-Checksum-Mode"),
	}
	if m := signedBy.FindStringSubmatch(r.Header.Get("Authorization")); m != nil {
		c.accessKey = m[1]
	}
	if r.Method == http.MethodPost {
		c.action, c.role = r.PostFormValue("Action"), r.PostFormValue("RoleArn")
		c.externalID, c.session = r.PostFormValue("ExternalId"), r.PostFormValue("RoleSessionName")
	}
	f.mu.Lock()
	f.calls = append(f.calls, c)
	f.mu.Unlock()

	w.Header().Set("Content-Type", "text/xml")
	switch {
	case c.action == "AssumeRole" && c.role == f.refuse:
		w.WriteHeader(http.StatusForbidden)
		write(w, `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>`)
	case c.action == "AssumeRole":
		name := c.role[len(c.role)-1:]
		write(w, fmt.Sprintf(`<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ASIA%s</AccessKeyId><SecretAccessKey>secret-of-%s</SecretAccessKey><SessionToken>token-of-%s</SessionToken><Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
			name, name, name, f.expires().UTC().Format(time.RFC3339)))
	case c.action == "GetCallerIdentity":
		write(w, `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`)
	default:
		write(w, `<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>`)
	}
}

// write answers; a client that is gone is none of the fake's business.
func write(w http.ResponseWriter, text string) { _, _ = w.Write([]byte(text)) }

// take gives the calls since the last take.
func (f *fakeAWS) take() []call {
	f.mu.Lock()
	defer f.mu.Unlock()
	calls := f.calls
	f.calls = nil
	return calls
}

// startAWS starts a fake endpoint and keeps the machine's own AWS settings away.
func startAWS(t *testing.T) (*fakeAWS, string) {
	t.Helper()
	cleanEnvironment(t)
	f := &fakeAWS{expires: func() time.Time { return time.Now().Add(time.Hour) }}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	return f, server.URL
}

func cleanEnvironment(t *testing.T) {
	t.Helper()
	for _, name := range []string{
		"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_CA_BUNDLE",
		"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_STS", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE",
		"AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy",
	} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_CONFIG_FILE", t.TempDir()+"/none")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", t.TempDir()+"/none")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
}

// withKeys is a connector that reads with two keys.
func withKeys(endpoint string) config.Config {
	c := config.Default()
	c.Connector, c.Name = config.CloudTrail, "Acme/prod"
	c.Network.EndpointURL = endpoint
	c.Network.S3PathStyle = true
	c.Auth = config.Auth{Method: config.AuthAccessKey, AccessKey: "AKIASOURCE", SecretKey: "hunter2", SessionToken: "token-hunter2"}
	return c
}
