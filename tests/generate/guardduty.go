package generate

// AppendFinding appends a GuardDuty finding as S3 export and EventBridge have
// it, in camelCase.
func (g *Generator) AppendFinding(b []byte) []byte {
	g.begin()
	return g.lib.findings.append(g, b)
}

// AppendFindingKind appends a finding of one of FindingKinds.
func (g *Generator) AppendFindingKind(b []byte, kind string) ([]byte, error) {
	g.begin()
	return g.lib.findings.named(g, b, kind)
}

// FindingKinds names the finding types, such as
// "UnauthorizedAccess:EC2/SSHBruteForce".
func FindingKinds() []string { return templates().findings.names() }

// AppendFindingEvent appends a finding in its EventBridge envelope, as an
// EventBridge rule writes it to CloudWatch Logs.
//
// https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_eventbridge.html
func (g *Generator) AppendFindingEvent(b []byte) []byte {
	g.begin()
	rec := &g.rec
	b = append(append(append(b, `{"version":"0","id":"`...), rec.event[:]...), `","detail-type":"GuardDuty Finding","source":"aws.guardduty","account":"`...)
	b = append(append(b, rec.id...), `","time":"`...)
	b = append(unixTime(rec.at).AppendFormat(b, "2006-01-02T15:04:05Z"), `","region":"`...)
	b = append(append(b, rec.region...), `","resources":[],"detail":`...)
	return append(g.lib.findings.append(g, b), '}')
}

// FindingsFile makes an object of GuardDuty's S3 export: gzip of JSON lines.
//
// https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_exportfindings.html
func (g *Generator) FindingsFile(f File) Object {
	f = g.complete(f)
	var body []byte
	g.within(f.scope(), func() {
		for range f.Records {
			body = append(g.AppendFinding(body), '\n')
		}
	})
	return g.object(f, g.findingKey(f), body, true)
}
