package config

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// TestMisspeltKeys has keys that are nearly right: each is named, with the key
// that is meant, and nothing shows its value, which may be a secret.
func TestMisspeltKeys(t *testing.T) {
	for wrong, right := range map[string]string{
		"start_form": "start_from", "acess_key": "access_key", "buckett": "bucket", "log_group": "log_groups", "regions": "region",
		"roleArn": "role_arn", "role-session-name": "role_session_name", "mem.limit": "mem_limit", "Intervall": "interval",
		"endpoint": "endpoint_url", "log_group_name": "log_groups", "aws_secret_access_key": "secret_key",
	} {
		section := caseless(minimalS3.with(values{wrong: hidden}))
		_, err := parseAt(section, testNow)
		var faults Errors
		if !errors.As(err, &faults) || len(faults) != 1 {
			t.Errorf("%s: %v", wrong, err)
			continue
		}
		if want := strings.ToLower(wrong) + ": there is no such key: want " + right; faults[0].Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
	if _, err := parseAt(minimalS3.with(values{"start_form": " ", "unlike": "any"}), testNow); err != nil {
		t.Errorf("what is empty, or unlike any key: %v", err)
	}
	for wrong, right := range strangers {
		if !slices.ContainsFunc(Keys(), func(k Key) bool { return k.Name == right }) {
			t.Errorf("%s is for %s, which is no key", wrong, right)
		}
	}
}

// TestNamesAreFaultedInOrder has a misspelt key among other faults: it stands
// where the key that is meant would.
func TestNamesAreFaultedInOrder(t *testing.T) {
	_, err := parseAt(minimalS3.with(values{"start_form": "1h", "workers": "0", "interval": "x"}), testNow)
	if err == nil {
		t.Fatal("it is taken")
	}
	var got []string
	for line := range strings.SplitSeq(err.Error(), "\n") {
		got = append(got, strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == ':' })[0])
	}
	if want := []string{"interval", "start_form", "workers"}; !slices.Equal(got, want) {
		t.Errorf("faults of %q, want %q", got, want)
	}
}

// caseless is a section as the host has it: it does not tell upper and lower
// case apart.
func caseless(v values) Getter {
	lower := values{}
	for k, s := range v {
		lower[strings.ToLower(k)] = s
	}
	return lower
}
