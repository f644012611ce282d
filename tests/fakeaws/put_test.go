package fakeaws_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"in_stellar_aws/tests/fakeaws"
)

func TestPutObject(t *testing.T) {
	f := newFixture(t, fakeaws.Options{})
	reader := fakeaws.User{
		AccessKey: "AKIAREADER", SecretKey: "reader-secret", Account: owner,
		Deny: func(action, _ string) bool { return action == "s3:PutObject" },
	}
	f.AddUser(reader)
	put := func(u fakeaws.User, key string) error {
		_, err := f.s3(u, "us-east-1").PutObject(t.Context(), &s3.PutObjectInput{
			Bucket: aws.String("logs"), Key: aws.String(key), Body: strings.NewReader("text"),
		})
		return err
	}
	if err := put(ownerUser, "a b/ü"); err != nil {
		t.Fatal(err)
	}
	if err := put(reader, "refused"); err == nil || !strings.Contains(err.Error(), "s3:PutObject") {
		t.Errorf("got %v, want a refusal", err)
	}
	objects := f.Objects("logs")
	if len(objects) != 1 || string(objects["a b/ü"]) != "text" {
		t.Errorf("objects %q", objects)
	}
}
