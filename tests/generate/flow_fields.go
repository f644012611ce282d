package generate

import (
	"slices"
	"strconv"
	"strings"
)

// Flow log fields by the version that brought them, in the order of the
// documentation. Version 6 is that of Transit Gateway.
//
// https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html
var flowVersions = []struct {
	version int
	fields  []string
}{
	{2, []string{"version", "account-id", "interface-id", "srcaddr", "dstaddr", "srcport", "dstport", "protocol", "packets", "bytes", "start", "end", "action", "log-status"}},
	{3, []string{"vpc-id", "subnet-id", "instance-id", "tcp-flags", "type", "pkt-srcaddr", "pkt-dstaddr"}},
	{4, []string{"region", "az-id", "sublocation-type", "sublocation-id"}},
	{5, []string{"pkt-src-aws-service", "pkt-dst-aws-service", "flow-direction", "traffic-path"}},
	{7, []string{"ecs-cluster-arn", "ecs-cluster-name", "ecs-container-instance-arn", "ecs-container-instance-id", "ecs-container-id", "ecs-second-container-id", "ecs-service-name", "ecs-task-definition-arn", "ecs-task-arn", "ecs-task-id"}},
	{8, []string{"reject-reason"}},
	{9, []string{"resource-id"}},
	{10, []string{"encryption-status"}},
	{11, []string{"instance-tag", "instance-tag-2", "interface-tag", "interface-tag-2", "asg-tag", "asg-tag-2", "interface-type", "next-hop-interface-id", "next-hop-subnet-id", "next-hop-az-id", "next-hop-vpc-id", "next-hop-interface-type"}},
}

// FlowFields gives all fields up to a version (2 to 11), in the documentation's
// order; FlowFields(2) is the default format.
func FlowFields(version int) []string {
	var fields []string
	for _, v := range flowVersions {
		if v.version <= version {
			fields = append(fields, v.fields...)
		}
	}
	return fields
}

// TransitGatewayFields gives the default format of Transit Gateway flow logs.
//
// https://docs.aws.amazon.com/vpc/latest/tgw/tgw-flow-logs.html
func TransitGatewayFields() []string {
	return []string{
		"version", "resource-type", "account-id", "tgw-id", "tgw-attachment-id", "tgw-src-vpc-account-id", "tgw-dst-vpc-account-id",
		"tgw-src-vpc-id", "tgw-dst-vpc-id", "tgw-src-subnet-id", "tgw-dst-subnet-id", "tgw-src-eni", "tgw-dst-eni", "tgw-src-az-id", "tgw-dst-az-id",
		"tgw-pair-attachment-id", "srcaddr", "dstaddr", "srcport", "dstport", "protocol", "packets", "bytes", "start", "end", "log-status", "type",
		"packets-lost-no-route", "packets-lost-blackhole", "packets-lost-mtu-exceeded", "packets-lost-ttl-expired", "tcp-flags", "region",
		"flow-direction", "pkt-src-aws-service", "pkt-dst-aws-service",
	}
}

// flowVersion is what a line of those fields carries as its version: the
// highest version of them.
func flowVersion(fields []string) string {
	if slices.ContainsFunc(fields, isTransit) {
		return "6"
	}
	highest := 2
	for _, v := range flowVersions {
		if slices.ContainsFunc(fields, func(f string) bool { return slices.Contains(v.fields, f) }) {
			highest = v.version
		}
	}
	return strconv.Itoa(highest)
}

func isTransit(field string) bool {
	return field == "resource-type" || strings.HasPrefix(field, "tgw-")
}
