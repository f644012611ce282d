package reference

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// flowNumbers are the standard fields that are a field of the line.
var flowNumbers = map[string]string{
	"srcport": "srcport", "dstport": "dstport", "protocol": "proto",
	"bytes": "outbytes_total", "packets": "outpkts_delta",
}

// protocols are the keywords of some protocols.
//
// https://www.iana.org/assignments/protocol-numbers/protocol-numbers.xhtml
var protocols = map[string]string{"1": "icmp", "2": "igmp", "6": "tcp", "17": "udp", "47": "gre", "50": "esp", "58": "ipv6-icmp", "132": "sctp"}

// FlowLine is the line of a flow log that the body was made of, by the names
// of its header.
func FlowLine(body map[string]any, fields []string) string {
	native, _ := body["aws_vpcflow"].(map[string]any)
	values := make([]string, len(fields))
	for i, name := range fields {
		values[i] = "-"
		if v, ok := native[strings.ReplaceAll(name, "-", "_")]; ok {
			values[i] = fmt.Sprint(v)
		}
	}
	return strings.Join(values, " ")
}

// Flow compares a VPC or Transit Gateway flow log line, whose header names
// fields, with the body of the event that was made of it.
func Flow(body map[string]any, fields []string, line string, e Envelope) error {
	native, ok := body["aws_vpcflow"].(map[string]any)
	if !ok {
		return errors.New("no aws_vpcflow")
	}
	if got := FlowLine(body, fields); got != line {
		return fmt.Errorf("aws_vpcflow: got %q", got)
	}
	text := map[string]string{}
	for i, value := range strings.Fields(line) {
		if value != "-" {
			text[fields[i]] = value
		}
	}
	if len(native) != len(text) {
		return fmt.Errorf("aws_vpcflow: %d fields, want %d", len(native), len(text))
	}
	want := map[string]string{
		"msg_class": "vpcflow",
		"srcip":     text["srcaddr"], "dstip": text["dstaddr"],
		"totalbytes": text["bytes"], "totalpackets": text["packets"],
		"action": map[string]string{"ACCEPT": "allow", "REJECT": "block"}[text["action"]],
	}
	for from, to := range flowNumbers {
		want[to] = text[from]
	}
	if text["bytes"] != "" {
		want["inbytes_total"] = "0"
	}
	if text["packets"] != "" {
		want["inpkts_delta"] = "0"
	}
	start, startErr := strconv.ParseInt(text["start"], 10, 64)
	end, endErr := strconv.ParseInt(text["end"], 10, 64)
	if startErr == nil && endErr == nil {
		want["duration"] = strconv.FormatInt((end-start)*1000, 10)
	}
	var errs []error
	for name, value := range want {
		got := body[name]
		switch _, isText := got.(string); {
		case value == "" && got == nil:
		case value == "" || fmt.Sprint(got) != value:
			errs = append(errs, fmt.Errorf("%s: got %v, want %q", name, got, value))
		case isText != slices.Contains([]string{"msg_class", "srcip", "dstip", "action"}, name):
			errs = append(errs, fmt.Errorf("%s: got %T", name, got))
		}
	}
	if want, known := protocols[text["protocol"]]; known && body["proto_name"] != want {
		errs = append(errs, fmt.Errorf("proto_name: got %v, want %s", body["proto_name"], want))
	}
	return errors.Join(append(errs, e.check(body, start*1000), origin(body, "cloudtrail", "paas"))...)
}
