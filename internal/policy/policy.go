// Package policy knows which IAM permissions a connector needs, and no more: of
// a configuration it makes the policies that the connector's user and roles
// must have. It asks nothing of AWS.
package policy

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"in_stellar_aws/internal/config"
)

// Document is an IAM policy
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html).
type Document struct {
	Version   string
	Statement []Statement
}

// Statement is what a policy allows.
type Statement struct {
	Sid       string `json:",omitempty"`
	Effect    string
	Action    []string
	Resource  []string
	Condition map[string]map[string][]string `json:",omitempty"`
}

// Grant is the policy of one identity.
type Grant struct {
	To       string // whom it belongs to, in words
	Notes    []string
	Document Document
}

// Allow is a statement.
func Allow(action string, resource ...string) Statement {
	return Statement{Effect: "Allow", Action: []string{action}, Resource: resource}
}

// Allows tells whether the action is among the statement's, in upper or lower
// case, as IAM takes it.
func (s Statement) Allows(action string) bool {
	return slices.ContainsFunc(s.Action, func(a string) bool { return strings.EqualFold(a, action) })
}

// String is the statement as JSON in one line.
func (s Statement) String() string { return string(marshal(s, "")) }

// Text is the policy as people read JSON.
func (d Document) Text() string { return string(marshal(d, "  ")) }

// marshal writes "<" as it is: it is for people, not for HTML.
func marshal(v any, indent string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(v); err != nil {
		return []byte(err.Error()) // strings, lists and maps of them always encode
	}
	return bytes.TrimSpace(b.Bytes())
}

// For is what each identity of a connector needs, in the order in which they
// are used: with roles, the first is who assumes them.
func For(c config.Config) []Grant {
	var grants []Grant
	to := "the user or role whose credentials the connector has"
	if c.Auth.Method == config.AuthIAMRole {
		for _, arn := range c.Auth.RoleARNs {
			grants = append(grants, Grant{To: to, Document: document(AssumeRole(arn))})
			to = "the role " + arn
		}
	}
	last := Grant{To: to}
	if c.Connector == config.CloudWatch {
		last.Document = document(logs(c)...)
	} else {
		last.Document = document(s3(c)...)
		last.Notes = s3Notes(c)
	}
	return append(grants, last)
}

func document(s ...Statement) Document { return Document{Version: "2012-10-17", Statement: s} }

// AssumeRole lets a role be assumed. The role's own trust policy must allow it
// too.
func AssumeRole(arn string) Statement { return Allow("sts:AssumeRole", arn) }

// logs is what a connector of CloudWatch Logs needs. A name does not tell its
// account; that of the role does.
func logs(c config.Config) []Statement {
	var read []string
	var list []string
	for _, g := range c.Logs.Groups {
		arn := g
		if !strings.HasPrefix(g, "arn:") {
			arn = "arn:" + c.Partition() + ":logs:" + c.Region + ":" + account(c) + ":log-group:" + g
		}
		if strings.HasSuffix(g, "*") {
			f := strings.SplitN(arn, ":", 7)
			list = appendNew(list, strings.Join(f[:6], ":")+":*")
		}
		// A group's ARN ends with ":*" in policies.
		// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
		read = appendNew(read, arn+":*")
	}
	all := []Statement{{Effect: "Allow", Action: []string{"logs:FilterLogEvents"}, Resource: read}}
	if list != nil {
		all = append(all, Statement{Effect: "Allow", Action: []string{"logs:DescribeLogGroups"}, Resource: list})
	}
	return all
}

// account is the account of the connector's last role, "*" where it has none.
func account(c config.Config) string {
	if c.Auth.Method == config.AuthIAMRole && len(c.Auth.RoleARNs) > 0 {
		if f := strings.Split(c.Auth.RoleARNs[len(c.Auth.RoleARNs)-1], ":"); len(f) > 4 {
			return f[4]
		}
	}
	return "*"
}

func appendNew(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}
