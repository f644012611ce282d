package fakeaws

import (
	"slices"
	"strings"
)

// maxDescribed is how many items a page of a description holds.
const maxDescribed = 50

// describeLogGroups is
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html
type describeLogGroups struct {
	LogGroupNamePrefix    string   `json:"logGroupNamePrefix"`
	LogGroupNamePattern   string   `json:"logGroupNamePattern"`
	AccountIdentifiers    []string `json:"accountIdentifiers"`
	IncludeLinkedAccounts bool     `json:"includeLinkedAccounts"`
	Limit                 *int     `json:"limit"`
	NextToken             string   `json:"nextToken"`
}

type describedGroup struct {
	ARN          string `json:"arn"`
	LogGroupARN  string `json:"logGroupArn"`
	Name         string `json:"logGroupName"`
	CreationTime int64  `json:"creationTime"`
	StoredBytes  int64  `json:"storedBytes"`
	Class        string `json:"logGroupClass"`
}

func (in *describeLogGroups) resource() string {
	return in.LogGroupNamePrefix + in.LogGroupNamePattern
}

func (in *describeLogGroups) serve(s *logsService, c *call) (any, error) {
	own := logGroup{region: c.scope.region, account: c.caller.account}
	if err := c.permit("logs:DescribeLogGroups", own.arn()+":log-stream:"); err != nil {
		return nil, err
	}
	if in.LogGroupNamePrefix != "" && in.LogGroupNamePattern != "" {
		return nil, invalidParameter("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []describedGroup
	for _, g := range s.groups {
		if g.region != c.scope.region || !in.sees(s, c, g) ||
			!strings.HasPrefix(g.name, in.LogGroupNamePrefix) || !strings.Contains(g.name, in.LogGroupNamePattern) {
			continue
		}
		found = append(found, describedGroup{g.arn() + ":*", g.arn(), g.name, g.created, 0, g.class})
	}
	page, token, err := described(found, in.Limit, in.NextToken, func(g describedGroup) string { return g.ARN })
	return struct {
		LogGroups []describedGroup `json:"logGroups"`
		NextToken string           `json:"nextToken,omitempty"`
	}{page, token}, err
}

// sees tells whether a group is of an account that is asked for.
func (in *describeLogGroups) sees(s *logsService, c *call, g *logGroup) bool {
	if !in.IncludeLinkedAccounts {
		return g.account == c.caller.account
	}
	if len(in.AccountIdentifiers) > 0 && !slices.Contains(in.AccountIdentifiers, g.account) {
		return false
	}
	return g.account == c.caller.account || s.links[[2]string{c.caller.account, g.account}]
}

// describeLogStreams is
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogStreams.html
// Only the order by name is implemented.
type describeLogStreams struct {
	LogGroupName        string `json:"logGroupName"`
	LogGroupIdentifier  string `json:"logGroupIdentifier"`
	LogStreamNamePrefix string `json:"logStreamNamePrefix"`
	Limit               *int   `json:"limit"`
	NextToken           string `json:"nextToken"`
}

type describedStream struct {
	ARN               string `json:"arn"`
	Name              string `json:"logStreamName"`
	CreationTime      int64  `json:"creationTime"`
	FirstEvent        int64  `json:"firstEventTimestamp,omitempty"`
	LastEvent         int64  `json:"lastEventTimestamp,omitempty"`
	LastIngestionTime int64  `json:"lastIngestionTime,omitempty"`
}

func (in *describeLogStreams) resource() string { return in.LogGroupName + in.LogGroupIdentifier }

func (in *describeLogStreams) serve(s *logsService, c *call) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := s.find(c, in.LogGroupName, in.LogGroupIdentifier)
	if refused := c.permit("logs:DescribeLogStreams", groupResource(c, in.LogGroupName, in.LogGroupIdentifier)); refused != nil {
		return nil, refused
	}
	if err != nil {
		return nil, err
	}
	var found []describedStream
	for name, st := range g.streams {
		if strings.HasPrefix(name, in.LogStreamNamePrefix) {
			found = append(found, describedStream{g.arn() + ":log-stream:" + name, name, st.created, st.first, st.last, st.ingest})
		}
	}
	slices.SortFunc(found, func(a, b describedStream) int { return strings.Compare(a.Name, b.Name) })
	page, token, err := described(found, in.Limit, in.NextToken, func(st describedStream) string { return st.Name })
	return struct {
		LogStreams []describedStream `json:"logStreams"`
		NextToken  string            `json:"nextToken,omitempty"`
	}{page, token}, err
}

// described cuts a page out of what was found; a token names the last item of
// the page before.
func described[T any](found []T, limit *int, token string, key func(T) string) ([]T, string, error) {
	size := maxDescribed
	if limit != nil {
		if *limit < 1 || *limit > maxDescribed {
			return nil, "", invalidParameter("1 validation error detected: Value at 'limit' failed to satisfy constraint: Member must have value between 1 and 50")
		}
		size = *limit
	}
	if token != "" {
		i := slices.IndexFunc(found, func(item T) bool { return key(item) == token })
		if i < 0 {
			return nil, "", invalidParameter("The specified nextToken is invalid.")
		}
		found = found[i+1:]
	}
	if found == nil {
		found = []T{}
	}
	if len(found) <= size {
		return found, "", nil
	}
	return found[:size], key(found[size-1]), nil
}
