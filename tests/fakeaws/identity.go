package fakeaws

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"time"
)

// User is a set of credentials: an IAM user's, or a session's when it has a
// SessionToken.
type User struct {
	AccessKey, SecretKey string
	// SessionToken must come with every request when it is set.
	SessionToken string
	// Expires ends the credentials, by Options.Clock; zero: never.
	Expires time.Time
	// Account is the 12-digit account id.
	Account string
	// ARN is the caller's (default arn:aws:iam::ACCOUNT:user/ACCESSKEY).
	ARN string
	// Deny refuses IAM actions such as "s3:GetObject" on a resource ARN;
	// nil allows everything.
	Deny func(action, resource string) bool
}

// String names the user without its secrets.
func (u User) String() string { return fmt.Sprintf("user %s (%s)", u.AccessKey, u.ARN) }

// GoString keeps the secrets out of %#v, too.
func (u User) GoString() string { return u.String() }

// Role is an IAM role that AssumeRole can hand out sessions of.
type Role struct {
	// ARN such as arn:aws:iam::111122223333:role/collector.
	ARN string
	// ExternalID must be given by the caller when it is set.
	ExternalID string
	// Trusted are account ids and ARNs of accounts (…:root), users, roles
	// and role sessions that may assume the role; "*" trusts everyone.
	Trusted []string
	// WebTokens are the tokens that AssumeRoleWithWebIdentity takes.
	WebTokens []string
	// MaxSession bounds DurationSeconds (default 1 hour, as in IAM).
	MaxSession time.Duration
	// Deny is that of the role's sessions, see User.Deny.
	Deny func(action, resource string) bool
}

// principal is who signs a request.
type principal struct {
	accessKey, secret, token string
	expires                  time.Time
	account, arn, userID     string
	// role is the ARN of the role of an assumed-role session.
	role string
	deny func(action, resource string) bool
}

func (p *principal) expired(now time.Time) bool {
	return !p.expires.IsZero() && !now.Before(p.expires)
}

// identityStore knows the credentials and roles.
type identityStore struct {
	mu         sync.RWMutex
	principals map[string]*principal
	roles      map[string]Role
}

func (s *identityStore) add(p *principal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.principals == nil {
		s.principals = map[string]*principal{}
	}
	s.principals[p.accessKey] = p
}

func (s *identityStore) find(accessKey string) *principal {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.principals[accessKey]
}

func (s *identityStore) role(arn string) (Role, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	role, ok := s.roles[arn]
	return role, ok
}

// AddUser adds credentials, or replaces those with the same access key.
func (s *Server) AddUser(u User) {
	if u.ARN == "" {
		u.ARN = "arn:aws:iam::" + u.Account + ":user/" + u.AccessKey
	}
	s.identity.add(&principal{
		accessKey: u.AccessKey, secret: u.SecretKey, token: u.SessionToken, expires: u.Expires,
		account: u.Account, arn: u.ARN, userID: "AIDA" + u.AccessKey, deny: u.Deny,
	})
}

// RemoveUser deletes credentials, as a key rotation does.
func (s *Server) RemoveUser(accessKey string) {
	s.identity.mu.Lock()
	defer s.identity.mu.Unlock()
	delete(s.identity.principals, accessKey)
}

// RevokeSessions ends all sessions of a role now, as IAM's policy for that does:
// the role itself can be assumed again.
func (s *Server) RevokeSessions(roleARN string) {
	s.identity.mu.Lock()
	defer s.identity.mu.Unlock()
	for key, p := range s.identity.principals {
		if p.role == roleARN {
			ended := *p // requests under way keep the one that they found
			ended.expires = s.options.Clock()
			s.identity.principals[key] = &ended
		}
	}
}

// AddRole adds a role, or replaces the one with the same ARN.
func (s *Server) AddRole(role Role) {
	if role.MaxSession == 0 {
		role.MaxSession = time.Hour
	}
	s.identity.mu.Lock()
	defer s.identity.mu.Unlock()
	if s.identity.roles == nil {
		s.identity.roles = map[string]Role{}
	}
	s.identity.roles[role.ARN] = role
}

// trusts tells whether the role's trust policy names p.
func (r Role) trusts(p *principal) bool {
	for _, trusted := range r.Trusted {
		switch trusted {
		case "*", p.account, p.arn, "arn:" + partition(p.arn) + ":iam::" + p.account + ":root":
			return true
		case p.role:
			if p.role != "" {
				return true
			}
		}
	}
	return false
}

// newSession makes temporary credentials of role and registers them.
func (s *Server) newSession(role Role, sessionName string, expires time.Time) *principal {
	account, name := arnAccount(role.ARN), role.ARN[strings.LastIndexByte(role.ARN, '/')+1:]
	roleID := "AROA" + randomID(17)
	p := &principal{
		accessKey: "ASIA" + randomID(16), secret: randomSecret(30), token: randomSecret(120), expires: expires,
		account: account, userID: roleID + ":" + sessionName, role: role.ARN, deny: role.Deny,
		arn: "arn:" + partition(role.ARN) + ":sts::" + account + ":assumed-role/" + name + "/" + sessionName,
	}
	s.identity.add(p)
	return p
}

// randomID returns n characters as AWS ids have them: upper case and digits.
func randomID(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the process instead
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b)[:n]
}

func randomSecret(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return base64.StdEncoding.EncodeToString(b)
}

// partition returns the second field of an ARN: aws, aws-cn, aws-us-gov.
func partition(arn string) string { return arnField(arn, 1) }

func arnAccount(arn string) string { return arnField(arn, 4) }

func arnField(arn string, i int) string {
	fields := strings.SplitN(arn, ":", 6)
	if i < len(fields) {
		return fields[i]
	}
	return ""
}
