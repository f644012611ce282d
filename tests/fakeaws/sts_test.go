package fakeaws_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"in_stellar_aws/tests/fakeaws"
)

const roleARN = "arn:aws:iam::" + stranger + ":role/path/collector"

func assume(t *testing.T, f *fixture, user fakeaws.User, in sts.AssumeRoleInput) (fakeaws.User, *sts.AssumeRoleOutput, error) {
	t.Helper()
	if in.RoleSessionName == nil {
		in.RoleSessionName = aws.String("session")
	}
	out, err := f.sts(user, "eu-west-1").AssumeRole(t.Context(), &in)
	if err != nil {
		return fakeaws.User{}, nil, err
	}
	return fakeaws.User{
		AccessKey: aws.ToString(out.Credentials.AccessKeyId), SecretKey: aws.ToString(out.Credentials.SecretAccessKey), SessionToken: aws.ToString(out.Credentials.SessionToken),
	}, out, nil
}

// TestAssumeRoleLifetime assumes a role, uses it for S3 and STS, assumes
// another with it, and lets it expire.
func TestAssumeRoleLifetime(t *testing.T) {
	now := &clock{now: time.Now().UTC().Truncate(time.Second)}
	f := newFixture(t, fakeaws.Options{Clock: now.Now, MaxSkew: -1})
	f.AddRole(fakeaws.Role{ARN: roleARN, ExternalID: "x-1", Trusted: []string{"arn:aws:iam::" + owner + ":root"}})
	second := "arn:aws:iam::" + owner + ":role/second"
	f.AddRole(fakeaws.Role{ARN: second, Trusted: []string{roleARN}, MaxSession: 12 * time.Hour})

	user, out, err := assume(t, f, ownerUser, sts.AssumeRoleInput{RoleArn: aws.String(roleARN), ExternalId: aws.String("x-1"), DurationSeconds: aws.Int32(900)})
	if err != nil {
		t.Fatal(err)
	}
	if want := now.Now().Add(15 * time.Minute); !out.Credentials.Expiration.Equal(want) {
		t.Errorf("Expiration = %v, want %v", out.Credentials.Expiration, want)
	}
	if want := "arn:aws:sts::" + stranger + ":assumed-role/collector/session"; aws.ToString(out.AssumedRoleUser.Arn) != want {
		t.Errorf("Arn = %s, want %s", aws.ToString(out.AssumedRoleUser.Arn), want)
	}
	head := func(u fakeaws.User) error {
		_, err := f.s3(u, "us-east-1").ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("logs")})
		return err
	}
	identity := func(u fakeaws.User) (string, error) {
		out, err := f.sts(u, "us-east-1").GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
		if err != nil {
			return "", err
		}
		return aws.ToString(out.Account) + " " + aws.ToString(out.Arn), nil
	}
	if err := head(user); err != nil {
		t.Errorf("S3 with the session: %v", err)
	}
	if got, err := identity(user); err != nil || got != stranger+" arn:aws:sts::"+stranger+":assumed-role/collector/session" {
		t.Errorf("identity = %q, %v", got, err)
	}
	chained, _, err := assume(t, f, user, sts.AssumeRoleInput{RoleArn: aws.String(second)})
	if err != nil {
		t.Fatalf("assume the second role: %v", err)
	}
	if got, err := identity(chained); err != nil || !strings.Contains(got, "assumed-role/second/") {
		t.Errorf("identity of the chain = %q, %v", got, err)
	}
	if _, _, err := assume(t, f, user, sts.AssumeRoleInput{RoleArn: aws.String(second), DurationSeconds: aws.Int32(7200)}); errorCode(err) != "ValidationError" {
		t.Errorf("chained session of 2 h: %v, want ValidationError", err)
	}

	now.Add(15*time.Minute - time.Second)
	if err := head(user); err != nil {
		t.Errorf("S3 a second before expiry: %v", err)
	}
	now.Add(time.Second)
	if err := head(user); status(err) != 400 || errorCode(err) != "ExpiredToken" {
		t.Errorf("S3 at expiry: %v, want 400 ExpiredToken", err)
	}
	if _, err := identity(user); status(err) != 403 || errorCode(err) != "ExpiredToken" {
		t.Errorf("STS at expiry: %v, want 403 ExpiredToken", err)
	}
	if err := head(chained); err != nil {
		t.Errorf("S3 with the longer session: %v", err)
	}
}

func TestAssumeRoleRefusals(t *testing.T) {
	f := newFixture(t, fakeaws.Options{})
	f.AddRole(fakeaws.Role{ARN: roleARN, ExternalID: "x-1", Trusted: []string{owner}})
	distrusting := "arn:aws:iam::" + stranger + ":role/distrusting"
	f.AddRole(fakeaws.Role{ARN: distrusting, Trusted: []string{"arn:aws:iam::" + owner + ":user/another"}})
	denied := "User: " + ownerUser.ARN + " is not authorized to perform: sts:AssumeRole on resource: "
	tests := []struct {
		name          string
		in            sts.AssumeRoleInput
		status        int
		code, message string
	}{
		{"no external id", sts.AssumeRoleInput{RoleArn: aws.String(roleARN)}, 403, "AccessDenied", denied + roleARN},
		{"wrong external id", sts.AssumeRoleInput{RoleArn: aws.String(roleARN), ExternalId: aws.String("x-2")}, 403, "AccessDenied", denied + roleARN},
		{"no trust", sts.AssumeRoleInput{RoleArn: aws.String(distrusting)}, 403, "AccessDenied", denied + distrusting},
		{"no role", sts.AssumeRoleInput{RoleArn: aws.String(roleARN + "2")}, 403, "AccessDenied", denied + roleARN + "2"},
		{"no ARN", sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::1:user/not-a-role")}, 400, "ValidationError", "is invalid"},
		{"bad session name", sts.AssumeRoleInput{RoleArn: aws.String(roleARN), RoleSessionName: aws.String("a b")}, 400, "ValidationError", "roleSessionName"},
		{"too short", sts.AssumeRoleInput{RoleArn: aws.String(roleARN), ExternalId: aws.String("x-1"), DurationSeconds: aws.Int32(899)}, 400, "ValidationError", "durationSeconds"},
		{"too long", sts.AssumeRoleInput{RoleArn: aws.String(roleARN), ExternalId: aws.String("x-1"), DurationSeconds: aws.Int32(3601)}, 400, "ValidationError", "MaxSessionDuration"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := assume(t, f, ownerUser, test.in)
			if status(err) != test.status || errorCode(err) != test.code || !strings.Contains(err.Error(), test.message) {
				t.Errorf("error = %v, want %d %s with %q", err, test.status, test.code, test.message)
			}
		})
	}
	f.RemoveUser(ownerUser.AccessKey)
	if _, _, err := assume(t, f, ownerUser, tests[0].in); errorCode(err) != "InvalidClientTokenId" {
		t.Errorf("with a removed key: %v, want InvalidClientTokenId", err)
	}
}
