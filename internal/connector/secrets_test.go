package connector_test

import (
	"maps"
	"strings"
	"testing"

	"in_stellar_aws/tests/fakeaws"
)

// TestNoSecretIsLogged has both connectors refused in each way in which secrets
// are used, and looks through all that they log, their status lines included.
func TestNoSecretIsLogged(t *testing.T) {
	secrets := []string{testSecret, "wrong-hunter2", "token-hunter2", "proxy-hunter2", "ext-hunter2"}
	role := "arn:aws:iam::444455556666:role/reader"
	ways := map[string]struct {
		keys keys
		told string
	}{
		"secret": {keys{"secret_key": "wrong-hunter2"}, "status=401"},
		"token":  {keys{"session_token": "token-hunter2"}, "status=401"},
		"role":   {keys{"role_arn": role, "external_id": "ext-hunter2"}, "status=403"},
		"proxy":  {keys{"proxy_uri": "http://user:proxy-hunter2@127.0.0.1:1"}, "the proxy cannot be reached"},
	}
	connectors := map[string]struct {
		run  func(*testing.T, keys) *running
		keys keys
	}{
		"cloudtrail": {run, nil},
		"cloudwatch": {runLogs, keys{"connector": "cloudwatch", "log_groups": "app", "region": "eu-west-1"}},
	}
	for name, way := range ways {
		for kind, connector := range connectors {
			t.Run(name+"/"+kind, func(t *testing.T) {
				t.Parallel()
				w := newS3World(t)
				w.aws.AddRole(fakeaws.Role{ARN: role, Trusted: []string{testAccount}, ExternalID: "another"})
				section := w.section(t, keys{"status_interval": "1s"})
				if connector.keys != nil {
					for _, key := range []string{"sub_type", "bucket", "prefix"} {
						delete(section, key)
					}
				}
				maps.Copy(section, connector.keys)
				maps.Copy(section, way.keys)
				r := connector.run(t, section)
				r.until("the explanation and a status", func() bool {
					log := r.journal.String()
					return strings.Contains(log, way.told) && strings.Contains(log, "msg=status state=failed")
				})
				r.stop()
				for line := range strings.Lines(r.journal.String()) {
					for _, secret := range secrets {
						if strings.Contains(line, secret) {
							t.Errorf("a secret is in the log: %s", line)
						}
					}
				}
			})
		}
	}
}
