package config

// standardFields are the top-level names that the plugin itself gives, to the
// envelope and the standard fields of any log type: index_key and vendor_key
// may not take them, or a record would have one name twice. Native names of
// CloudTrail, which stand beside them, step aside with `_2`.
var standardFields = map[string]bool{
	// envelope
	"timestamp": true, "write_time": true, "stellar_uuid": true, "msg_class": true, "msg_origin": true,
	"tenant_name": true, "tenantid": true,
	// addresses and users
	"srcip": true, "srcip_host": true, "srcip_username": true, "srcip_usersid": true, "srcip_geo": true, "srcport": true,
	"dstip": true, "dstport": true, "host_list": true,
	// what happened
	"action": true, "event": true, "severity": true, "url": true, "login_type": true, "login_result": true,
	// traffic
	"proto": true, "proto_name": true, "outbytes_total": true, "inbytes_total": true, "totalbytes": true,
	"outpkts_delta": true, "inpkts_delta": true, "totalpackets": true, "duration": true,
	// originals
	"requestParameters_str": true, "responseElements_str": true, "message": true,
	"aws_vpcflow": true, "aws_waf": true, "aws_guardduty": true, "aws_guardduty_id": true, "aws_cloudwatch": true,
}
