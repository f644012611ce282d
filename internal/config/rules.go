package config

import (
	"fmt"
	"strings"
)

// checkTogether applies the rules that concern more than one key. A rule keeps
// quiet about a key that is at fault already.
func (p *parser) checkTogether() {
	p.checkAuth()
	p.checkNetwork()
	p.checkTimes()
	p.checkKeyNames()
	switch p.config.Connector {
	case CloudTrail:
		p.checkS3()
	case CloudWatch:
		p.checkLogs()
	}
}

// ok reports whether all keys are given and none is at fault.
func (p *parser) ok(keys ...string) bool {
	for _, k := range keys {
		if !p.given[k] || p.bad[k] {
			return false
		}
	}
	return true
}

// needs faults key, if given, where other is not.
func (p *parser) needs(key, other string) {
	if p.given[key] && !p.given[other] {
		p.fault(key, "", "needs "+other)
	}
}

// excludes faults key where both it and other are given.
func (p *parser) excludes(key, other, why string) {
	if p.given[key] && p.given[other] {
		p.fault(key, "", "cannot be set together with "+other+": "+why)
	}
}

// checkAuth checks the keys and the role against auth_method, or chooses the
// method by them.
func (p *parser) checkAuth() {
	p.needs("access_key", "secret_key")
	p.needs("secret_key", "access_key")
	p.needs("access_key_file", "secret_key_file")
	p.needs("secret_key_file", "access_key_file")
	p.needs("session_token", "access_key")
	p.needs("external_id", "role_arn")
	p.needs("role_session_name", "role_arn")
	p.excludes("access_key_file", "access_key", "want the keys themselves or files that hold them")
	p.excludes("secret_key_file", "secret_key", "want the keys themselves or files that hold them")

	inline := p.given["access_key"] || p.given["secret_key"]
	files := p.given["access_key_file"] || p.given["secret_key_file"]
	role := p.given["role_arn"]
	auth := &p.config.Auth
	switch {
	case p.bad["auth_method"]:
	case auth.Method == "" && role:
		auth.Method = AuthIAMRole
	case auth.Method == "" && (inline || files):
		auth.Method = AuthAccessKey
	case auth.Method == "":
		auth.Method = AuthDefault
	case auth.Method == AuthAccessKey && !inline && !files:
		p.fault("auth_method", string(auth.Method), "needs access_key and secret_key, or access_key_file and secret_key_file")
	case auth.Method == AuthIAMRole && !role:
		p.fault("auth_method", string(auth.Method), "needs role_arn")
	}
	if auth.Method == AuthDefault && (inline || files) {
		p.fault("auth_method", string(auth.Method), "uses no keys of the section: remove them, or set access_key or iam_role")
	}
	if role && (auth.Method == AuthAccessKey || auth.Method == AuthDefault) {
		p.fault("auth_method", string(auth.Method), "assumes no role: set iam_role, or remove role_arn")
	}
}

func (p *parser) checkNetwork() {
	n := p.config.Network
	if p.ok("region") && !p.given["endpoint_url"] && !awsRegion.MatchString(p.config.Region) {
		p.fault("region", p.config.Region, "want an AWS region such as us-east-1 (any name only together with endpoint_url)")
	}
	if p.given["endpoint_url"] && n.UseFIPS {
		p.fault("use_fips", "on", "cannot be used together with endpoint_url: name the FIPS endpoint there")
	}
	if p.given["endpoint_url"] && n.UseDualStack {
		p.fault("use_dualstack", "on", "cannot be used together with endpoint_url: name the dual-stack endpoint there")
	}
	if n.S3PathStyle && isBucketARN(p.config.S3.Bucket) {
		p.fault("s3_path_style", "on", "cannot be used with an access point's ARN")
	}
}

func (p *parser) checkTimes() {
	from, to := p.config.StartFrom, p.config.EndAt
	if !p.ok("end_at") || p.bad["start_from"] {
		return
	}
	if !to.At(p.now).After(from.At(p.now)) {
		p.fault("end_at", to.String(), "want a time after start_from, which is "+from.String())
	}
}

func (p *parser) checkKeyNames() {
	for key, name := range map[string]string{"index_key": p.config.IndexKey, "vendor_key": p.config.VendorKey} {
		if p.ok(key) && standardFields[name] {
			p.fault(key, name, "is the name of a standard field: want another")
		}
	}
	if p.ok("index_key", "vendor_key") && p.config.IndexKey == p.config.VendorKey {
		p.fault("vendor_key", p.config.VendorKey, "want another name than index_key's")
	}
}

func (p *parser) checkS3() {
	s := p.config.S3
	if p.ok("prefix") {
		sub := s.SubType
		if !p.ok("sub_type") {
			sub = ""
		}
		if err := CheckPrefix(sub, s.Prefix); err != nil {
			p.note(Key{Name: "prefix"}, s.Prefix, err)
		}
	}
	if !p.ok("sub_type") {
		return
	}
	if s.FileType == FileText && s.SubType != SubTypeWAF {
		p.fault("file_type", s.FileType, fmt.Sprintf("want gzip: AWS writes nothing else for sub_type %s", s.SubType))
	}
	if p.given["vpc_flow_format"] && s.SubType != SubTypeVPCFlow {
		p.fault("vpc_flow_format", "", "needs sub_type vpcflow")
	}
	p.checkQueue()
	if s.VerifyDigests && s.SubType != SubTypeCloudTrail {
		p.fault("verify_digests", "on", fmt.Sprintf("want off: there are no digest files for sub_type %s", s.SubType))
	}
	if s.VerifyDigests && s.SubType == SubTypeCloudTrail && p.ok("prefix") && !strings.Contains("/"+s.Prefix+"/", "/AWSLogs/") {
		p.fault("verify_digests", "on", "want off, or a prefix with AWSLogs in it: the digest files lie beside the logs there")
	}
	if p.given["digest_keys_file"] && !p.bad["verify_digests"] && !s.VerifyDigests {
		p.fault("digest_keys_file", s.DigestKeysFile, "needs verify_digests on")
	}
}

// checkQueue checks what goes together with sqs_queue_url.
func (p *parser) checkQueue() {
	p.excludes("sqs_queue_url", "end_at", "a queue tells of new objects, a backfill reads old ones; give the backfill a section of its own")
	if b := p.config.S3.Bucket; p.ok("sqs_queue_url", "bucket") && (isBucketARN(b) || strings.HasSuffix(b, "-s3alias")) {
		p.fault("bucket", b, "want the bucket's own name together with sqs_queue_url: notifications name the bucket, not its access points")
	}
}

func (p *parser) checkLogs() {
	l := p.config.Logs
	if !p.given["region"] {
		p.fault("region", "", "is missing: want the AWS region of the log groups")
	}
	if p.ok("log_streams", "log_groups") && (len(l.Groups) != 1 || strings.HasSuffix(l.Groups[0], "*")) {
		p.fault("log_streams", strings.Join(l.Streams, ","), "want exactly one log group, without *, in log_groups")
	}
	if p.given["vpc_flow_format"] && !p.bad["vpc_flow_logs"] && !l.VPCFlow {
		p.fault("vpc_flow_format", "", "needs vpc_flow_logs on")
	}
	if !p.ok("log_groups", "region") {
		return
	}
	for _, g := range l.Groups {
		if r := groupRegion(g); r != "" && r != p.config.Region {
			p.fault("log_groups", g, "is in region "+r+", the connector's is "+p.config.Region)
		}
	}
}
