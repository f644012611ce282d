package config

import (
	"errors"
	"regexp"
	"strings"
)

var (
	// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogGroup.html
	groupName = regexp.MustCompile(`^[.\-_/#A-Za-z0-9]{0,512}$`)
	groupARN  = regexp.MustCompile(`^arn:aws[a-z-]*:logs:([a-z0-9-]+):[0-9]{12}:log-group:([^:*]*)$`)
)

var errStar = errors.New(`has "*" elsewhere than at its end`)

// validGroup takes a log group's name or ARN, "*" allowed at the end. An ARN may
// also end with ":*", as most AWS tools print it, which means the group itself.
func validGroup(s string) error {
	s, isPrefix := strings.CutSuffix(trimGroupARN(s), "*")
	if strings.Contains(s, "*") {
		return errStar
	}
	name := s
	if strings.HasPrefix(s, "arn:") {
		m := groupARN.FindStringSubmatch(s)
		if m == nil {
			return errors.New("is no log group's ARN: want arn:aws:logs:REGION:ACCOUNT:log-group:NAME")
		}
		name = m[2]
	}
	if !groupName.MatchString(name) || name == "" && !isPrefix {
		return errors.New("is no log group name: want up to 512 letters, digits and characters of ._-/#")
	}
	return nil
}

// trimGroupARN takes off the ":*" with which DescribeLogGroups ends a group's
// ARN; a name holds no colon. In "…:log-group:*" the star stands for the name.
func trimGroupARN(s string) string {
	if strings.HasPrefix(s, "arn:") && !strings.HasSuffix(s, ":log-group:*") {
		return strings.TrimSuffix(s, ":*")
	}
	return s
}

// groupRegion is the region in a log group's ARN, "" for a name.
func groupRegion(group string) string {
	if m := groupARN.FindStringSubmatch(strings.TrimSuffix(group, "*")); m != nil {
		return m[1]
	}
	return ""
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogStream.html
func validStream(s string) error {
	s = strings.TrimSuffix(s, "*")
	switch {
	case strings.Contains(s, "*"):
		return errStar
	case strings.Contains(s, ":"), len(s) > 512, printable(s) != nil:
		return errors.New("is no log stream name: want up to 512 characters without colons")
	}
	return nil
}
