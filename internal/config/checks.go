package config

import (
	"errors"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	// https://docs.aws.amazon.com/general/latest/gr/rande.html
	awsRegion = regexp.MustCompile(`^[a-z]{2,8}(-[a-z]+){1,3}-[0-9]{1,2}$`)
	// The name that an S3-compatible store gives its region.
	otherRegion = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	account     = regexp.MustCompile(`^[0-9]{12}$`)
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
	roleARN = regexp.MustCompile(`^arn:aws[a-z-]*:iam::[0-9]{12}:role/([!-.0-~]{1,64}/)*[\w+=,.@-]{1,64}$`)
	// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
	sessionName = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)
	externalID  = regexp.MustCompile(`^[\w+=,.@:/-]+$`)
	// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html
	queuePath = regexp.MustCompile(`^/([^/]+/)*[0-9]{12}/[A-Za-z0-9_-]{1,80}(\.fifo)?$`)
	keyName   = regexp.MustCompile(`^[!#-~]{1,128}$`)
	flowField = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
)

func matches(re *regexp.Regexp) check {
	return func(s string) error {
		if !re.MatchString(s) {
			return errAllowed
		}
		return nil
	}
}

func anyRegion(s string) error        { return matches(otherRegion)(s) }
func validAccount(s string) error     { return matches(account)(s) }
func validRoleARN(s string) error     { return matches(roleARN)(s) }
func validSessionName(s string) error { return matches(sessionName)(s) }
func validKeyName(s string) error     { return matches(keyName)(s) }

func validExternalID(s string) error {
	if len(s) < 2 || len(s) > 1224 { // more than a regexp's repeat count may be
		return errAllowed
	}
	return matches(externalID)(s)
}

// printable takes any text that cannot break a line of a log.
func printable(s string) error {
	if !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		return errAllowed
	}
	return nil
}

// graphic takes ASCII characters that leave ink.
func graphic(s string) error {
	if strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return errAllowed
	}
	return nil
}

func validName(s string) error {
	if len(s) > 128 || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
		return errAllowed
	}
	return nil
}

// validProxy never quotes the URL in its error, for it may hold a password.
func validProxy(s string) error {
	u, err := url.Parse(s)
	if err != nil || !isHTTP(u) || u.Opaque != "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return errAllowed
	}
	host, port, err := net.SplitHostPort(u.Host)
	if err != nil || host == "" {
		return errAllowed
	}
	return validPort(port)
}

func validEndpoint(s string) error {
	u, err := url.Parse(s)
	if err != nil || !isHTTP(u) || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return errAllowed
	}
	return validPort(u.Port())
}

func validQueueURL(s string) error {
	if err := validEndpoint(s); err != nil {
		return err
	}
	u, err := url.Parse(s)
	if err != nil || !queuePath.MatchString(u.Path) {
		return errAllowed
	}
	return nil
}

func isHTTP(u *url.URL) bool { return u.Scheme == "http" || u.Scheme == "https" }

func validPort(port string) error {
	if port == "" {
		return nil
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return errors.New("has no valid port")
	}
	return nil
}

// hideUserinfo takes out of a URL, which need not be a valid one, what may be a
// user, a password or a token.
func hideUserinfo(s string) string {
	head, _, cut := strings.Cut(s, "?")
	if at := strings.LastIndexByte(head, '@'); at >= 0 {
		scheme := ""
		if i := strings.Index(head, "://"); i >= 0 && i < at {
			scheme = head[:i+3]
		}
		head = scheme + redacted + head[at:]
	}
	if cut {
		head += "?" + redacted
	}
	return head
}
