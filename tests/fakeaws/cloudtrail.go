package fakeaws

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// cloudTrailService is the one operation of CloudTrail that a collector needs:
// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListPublicKeys.html
type cloudTrailService struct {
	mu   sync.Mutex
	keys []PublicKey
}

// PublicKey is a key whose private half signs digest files.
type PublicKey struct {
	Region      string
	Value       []byte // DER
	Fingerprint string
	From, To    time.Time // zero: always valid
}

// AddPublicKey adds a key for ListPublicKeys to list.
func (s *Server) AddPublicKey(k PublicKey) {
	s.keys.mu.Lock()
	defer s.keys.mu.Unlock()
	s.keys.keys = append(s.keys.keys, k)
}

// cloudTrailTarget precedes the operation's name; the documentation's examples
// have "com.amazonaws.cloudtrail.v20131101." before it, the SDK for Go has not.
const cloudTrailTarget = "CloudTrail_20131101."

func (*cloudTrailService) name() string { return "cloudtrail" }

func (*cloudTrailService) accepts(r *http.Request) bool {
	return strings.Contains(r.Header.Get("X-Amz-Target"), cloudTrailTarget)
}

func (s *cloudTrailService) parse(c *call) (operation, error) {
	_, name, _ := strings.Cut(c.r.Header.Get("X-Amz-Target"), cloudTrailTarget)
	op := operation{name: name, serve: s.listPublicKeys}
	if name != "ListPublicKeys" {
		return op, notImplemented("This fake has no operation " + name + " of CloudTrail.")
	}
	return op, nil
}

// listPublicKeys lists the keys of the request's region that are valid at some
// time of the range asked for, by default the present.
func (s *cloudTrailService) listPublicKeys(c *call) error {
	if err := c.permit("cloudtrail:ListPublicKeys", "*"); err != nil {
		return err
	}
	var in struct{ StartTime, EndTime *float64 } // seconds of the Unix epoch
	if err := json.Unmarshal(c.body, &in); err != nil {
		return logsError("SerializationException", err.Error())
	}
	at := func(seconds *float64) time.Time {
		if seconds == nil {
			return c.now
		}
		return time.UnixMilli(int64(*seconds * 1000))
	}
	from, to := at(in.StartTime), at(in.EndTime)
	if from.After(to) {
		return logsError("InvalidTimeRangeException", "A time range is invalid.")
	}
	type key struct {
		Value                              []byte
		ValidityStartTime, ValidityEndTime float64
		Fingerprint                        string
	}
	answer := struct{ PublicKeyList []key }{[]key{}}
	s.mu.Lock()
	for _, k := range s.keys {
		if k.Region == c.scope.region && !k.From.After(to) && (k.To.IsZero() || !k.To.Before(from)) {
			answer.PublicKeyList = append(answer.PublicKeyList, key{k.Value, float64(k.From.Unix()), float64(k.To.Unix()), k.Fingerprint})
		}
	}
	s.mu.Unlock()
	body, err := json.Marshal(answer)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	c.w.Header().Set("X-Amzn-Requestid", c.id)
	return c.respond(http.StatusOK, logsContent, body)
}

// CloudTrail words its errors as the other JSON services do.
func (*cloudTrailService) authError(c *call, f authFailure) *apiError {
	return (*logsService)(nil).authError(c, f)
}

func (*cloudTrailService) writeError(c *call, e *apiError) { (*logsService)(nil).writeError(c, e) }
