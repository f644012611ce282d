package fakeaws

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// stsService is STS's query protocol:
// https://docs.aws.amazon.com/STS/latest/APIReference/API_Operations.html
type stsService struct{}

const (
	stsVersion   = "2011-06-15"
	stsNamespace = "https://sts.amazonaws.com/doc/" + stsVersion + "/"
	// maxChained is the longest session that a role's session can get.
	maxChained = time.Hour
)

func (stsService) name() string { return "sts" }

func (stsService) accepts(r *http.Request) bool {
	return r.Method == http.MethodPost && strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") &&
		r.Header.Get("X-Amz-Target") == ""
}

// parse reads the form from the body, or from the query of a GET.
func (s stsService) parse(c *call) (operation, error) {
	op := operation{name: "Unknown"}
	source := string(c.body)
	if c.r.Method == http.MethodGet {
		source = c.r.URL.RawQuery
	}
	form, err := url.ParseQuery(source)
	if err != nil {
		return op, stsError(http.StatusBadRequest, "MalformedQueryString", "The query string contains a syntax error.")
	}
	action := form.Get("Action")
	switch {
	case action == "":
		return op, stsError(http.StatusBadRequest, "MissingAction", "The request is missing an action or a required parameter.")
	case form.Get("Version") != stsVersion:
		return op, invalidAction(action, form.Get("Version"))
	case action == "AssumeRole":
		op.resource = form.Get("RoleArn")
		op.serve = func(c *call) error { return assumeRole(c, form) }
	case action == "AssumeRoleWithWebIdentity":
		op.resource, op.public = form.Get("RoleArn"), true
		op.serve = func(c *call) error { return assumeRoleWithWebIdentity(c, form) }
	case action == "GetCallerIdentity":
		op.serve = callerIdentity
	default:
		return op, invalidAction(action, stsVersion)
	}
	op.name = action
	return op, nil
}

func invalidAction(action, version string) error {
	return stsError(http.StatusBadRequest, "InvalidAction", fmt.Sprintf("Could not find operation %s for version %s", action, version))
}

func stsError(status int, code, message string) error {
	return &apiError{Status: status, Code: code, Message: message}
}

// callerIdentity needs no permission, as in AWS:
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
func callerIdentity(c *call) error {
	var b []byte
	b = appendElement(b, "Arn", c.caller.arn)
	b = appendElement(b, "UserId", c.caller.userID)
	b = appendElement(b, "Account", c.caller.account)
	return stsRespond(c, "GetCallerIdentity", b)
}

var (
	roleARN     = regexp.MustCompile(`^arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+$`)
	sessionName = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)
)

// assumeRole is https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
func assumeRole(c *call, form url.Values) error {
	arn, name := form.Get("RoleArn"), form.Get("RoleSessionName")
	if !roleARN.MatchString(arn) {
		return stsError(http.StatusBadRequest, "ValidationError", arn+" is invalid")
	}
	if !sessionName.MatchString(name) {
		return stsError(http.StatusBadRequest, "ValidationError",
			fmt.Sprintf(`1 validation error detected: Value '%s' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]{2,64}`, name))
	}
	role, exists := c.server.identity.role(arn)
	// One answer for a missing role, a missing trust, a wrong external id
	// and a missing permission: STS does not tell them apart.
	if !exists || !role.trusts(c.caller) || role.ExternalID != "" && form.Get("ExternalId") != role.ExternalID ||
		c.allow("sts:AssumeRole", arn) != nil {
		return stsError(http.StatusForbidden, "AccessDenied",
			fmt.Sprintf("User: %s is not authorized to perform: sts:AssumeRole on resource: %s", c.caller.arn, arn))
	}
	return handOut(c, "AssumeRole", role, form)
}

// assumeRoleWithWebIdentity is
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
func assumeRoleWithWebIdentity(c *call, form url.Values) error {
	arn, token := form.Get("RoleArn"), form.Get("WebIdentityToken")
	role, exists := c.server.identity.role(arn)
	switch {
	case token == "":
		return stsError(http.StatusBadRequest, "InvalidIdentityToken", "The ID Token provided is not a valid JWT.")
	case !exists || !slices.Contains(role.WebTokens, token):
		return stsError(http.StatusForbidden, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
	}
	return handOut(c, "AssumeRoleWithWebIdentity", role, form)
}

// handOut answers with a new session of role.
func handOut(c *call, action string, role Role, form url.Values) error {
	duration, err := sessionDuration(c, role, form.Get("DurationSeconds"))
	if err != nil {
		return err
	}
	session := c.server.newSession(role, form.Get("RoleSessionName"), c.now.Add(duration))
	var b []byte
	b = append(b, "<Credentials>"...)
	b = appendElement(b, "AccessKeyId", session.accessKey)
	b = appendElement(b, "SecretAccessKey", session.secret)
	b = appendElement(b, "SessionToken", session.token)
	b = appendElement(b, "Expiration", session.expires.Format(time.RFC3339))
	b = append(b, "</Credentials><AssumedRoleUser>"...)
	b = appendElement(b, "AssumedRoleId", session.userID)
	b = appendElement(b, "Arn", session.arn)
	b = append(b, "</AssumedRoleUser>"...)
	return stsRespond(c, action, b)
}

// sessionDuration reads DurationSeconds and applies the limits of the role and
// of role chaining.
func sessionDuration(c *call, role Role, value string) (time.Duration, error) {
	if value == "" {
		return time.Hour, nil
	}
	seconds, err := strconv.Atoi(value)
	if err != nil || seconds < 900 || seconds > 43200 {
		return 0, stsError(http.StatusBadRequest, "ValidationError",
			fmt.Sprintf("1 validation error detected: Value '%s' at 'durationSeconds' failed to satisfy constraint: Member must have value between 900 and 43200", value))
	}
	duration := time.Duration(seconds) * time.Second
	if c.caller.role != "" && duration > maxChained {
		return 0, stsError(http.StatusBadRequest, "ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
	}
	if duration > role.MaxSession {
		return 0, stsError(http.StatusBadRequest, "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	return duration, nil
}

func stsRespond(c *call, action string, result []byte) error {
	b := append([]byte(nil), "<"+action+`Response xmlns="`+stsNamespace+`"><`+action+"Result>"...)
	b = append(b, result...)
	b = append(b, "</"+action+"Result><ResponseMetadata>"...)
	b = appendElement(b, "RequestId", c.id)
	b = append(b, "</ResponseMetadata></"+action+"Response>"...)
	c.w.Header().Set("X-Amzn-Requestid", c.id)
	return c.respond(http.StatusOK, "text/xml", b)
}

// authError words failures as in
// https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
func (stsService) authError(c *call, f authFailure) *apiError {
	e := queryAuthError(c, f)
	if f.problem == authMalformed {
		e.Status = http.StatusBadRequest
	}
	return e
}
