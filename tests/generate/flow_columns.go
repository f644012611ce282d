package generate

import "strconv"

// column writes one field of a flow line. A traffic column is "-" where there
// was no traffic; the others describe the interface and are always there.
type column struct {
	traffic bool
	write   func(f *flow, b []byte) []byte
}

func traffic(write func(f *flow, b []byte) []byte) column { return column{true, write} }
func always(write func(f *flow, b []byte) []byte) column  { return column{false, write} }

// fixed is a traffic column with one value.
func fixed(value string) column {
	return traffic(func(_ *flow, b []byte) []byte { return append(b, value...) })
}

// number is a traffic column of an integer.
func number(get func(f *flow) int) column {
	return traffic(func(f *flow, b []byte) []byte { return strconv.AppendInt(b, int64(get(f)), 10) })
}

// text is a column that is always there.
func text(get func(f *flow) string) column {
	return always(func(f *flow, b []byte) []byte { return append(b, get(f)...) })
}

// when is a traffic column with a value under a condition, else "-".
func when(cond func(f *flow) bool, value func(f *flow) string) column {
	return traffic(func(f *flow, b []byte) []byte {
		if !cond(f) {
			return append(b, '-')
		}
		return append(b, value(f)...)
	})
}

func isECS(f *flow) bool      { return f.host.az == "b" }
func isOutbound(f *flow) bool { return !f.inbound }
func hasPeer(f *flow) bool    { return f.peer != nil }
func isPublic(f *flow) bool   { return f.peer == nil }

// columns are the fields by name.
var columns = map[string]column{
	"version":      text(func(f *flow) string { return f.version }),
	"account-id":   text(func(f *flow) string { return f.id }),
	"interface-id": text(func(f *flow) string { return f.host.eni }),
	"srcaddr":      traffic(func(f *flow, b []byte) []byte { return f.address(b, !f.inbound) }),
	"dstaddr":      traffic(func(f *flow, b []byte) []byte { return f.address(b, f.inbound) }),
	"srcport":      number(func(f *flow) int { return f.srcport }),
	"dstport":      number(func(f *flow) int { return f.dstport }),
	"protocol":     number(func(f *flow) int { return f.protocol }),
	"packets":      number(func(f *flow) int { return f.packets }),
	"bytes":        number(func(f *flow) int { return f.bytes }),
	"start":        always(func(f *flow, b []byte) []byte { return strconv.AppendInt(b, f.at-int64(f.seconds), 10) }),
	"end":          always(func(f *flow, b []byte) []byte { return strconv.AppendInt(b, f.at, 10) }),
	"action":       either(func(f *flow) bool { return f.rejects }, "REJECT", "ACCEPT"),
	"log-status":   text(func(f *flow) string { return f.status }),

	"vpc-id":      text(func(f *flow) string { return f.host.vpc }),
	"subnet-id":   text(func(f *flow) string { return f.host.subnet }),
	"instance-id": text(func(f *flow) string { return f.host.instance }),
	"tcp-flags":   number(func(f *flow) int { return f.flags }),
	"type":        either(func(f *flow) bool { return f.v6 }, "IPv6", "IPv4"),
	"pkt-srcaddr": traffic(func(f *flow, b []byte) []byte { return f.address(b, !f.inbound) }),
	"pkt-dstaddr": traffic(func(f *flow, b []byte) []byte { return f.address(b, f.inbound) }),

	"region":           text(func(f *flow) string { return f.region }),
	"az-id":            text(func(f *flow) string { return f.host.zone }),
	"sublocation-type": fixed("-"),
	"sublocation-id":   fixed("-"),

	"pkt-src-aws-service": when(func(f *flow) bool { return f.inbound && isPublic(f) && f.dstport == 443 }, func(*flow) string { return "AMAZON" }),
	"pkt-dst-aws-service": when(func(f *flow) bool { return !f.inbound && isPublic(f) && f.dstport == 443 }, func(*flow) string { return "S3" }),
	"flow-direction":      either(func(f *flow) bool { return f.inbound }, "ingress", "egress"),
	"traffic-path": when(isOutbound, func(f *flow) string {
		if hasPeer(f) {
			return "1"
		}
		return "8"
	}),

	"ecs-cluster-arn":            when(isECS, func(f *flow) string { return f.ecsARN("cluster/prod") }),
	"ecs-cluster-name":           when(isECS, func(*flow) string { return "prod" }),
	"ecs-container-instance-arn": when(isECS, func(f *flow) string { return f.ecsARN("container-instance/prod/" + f.host.eni[4:]) }),
	"ecs-container-instance-id":  when(isECS, func(f *flow) string { return f.host.eni[4:] }),
	"ecs-container-id":           when(isECS, func(f *flow) string { return f.host.group[3:] + "-4088846190" }),
	"ecs-second-container-id":    fixed("-"),
	"ecs-service-name":           when(isECS, func(*flow) string { return "order-service" }),
	"ecs-task-definition-arn":    when(isECS, func(f *flow) string { return f.ecsARN("task-definition/order-service:42") }),
	"ecs-task-arn":               when(isECS, func(f *flow) string { return f.ecsARN("task/prod/" + f.host.subnet[7:]) }),
	"ecs-task-id":                when(isECS, func(f *flow) string { return f.host.subnet[7:] }),

	"reject-reason":     when(func(f *flow) bool { return f.rejects && f.v6 }, func(*flow) string { return "BPA" }),
	"resource-id":       fixed("-"),
	"encryption-status": when(hasPeer, func(*flow) string { return "1" }),

	"instance-tag":            when(hasPeer, func(*flow) string { return "pay%20roll" }), // tags are percent-encoded
	"instance-tag-2":          fixed("-"),
	"interface-tag":           when(isECS, func(*flow) string { return "t%C3%A4m%2Fops" }),
	"interface-tag-2":         fixed("-"),
	"asg-tag":                 when(isECS, func(*flow) string { return "blue" }),
	"asg-tag-2":               fixed("-"),
	"interface-type":          fixed("-"),
	"next-hop-interface-id":   when(isOutbound, func(f *flow) string { return f.hosts[0].eni }),
	"next-hop-subnet-id":      when(isOutbound, func(f *flow) string { return f.hosts[0].subnet }),
	"next-hop-az-id":          when(isOutbound, func(f *flow) string { return f.hosts[0].zone }),
	"next-hop-vpc-id":         when(isOutbound, func(f *flow) string { return f.hosts[0].vpc }),
	"next-hop-interface-type": when(isOutbound, func(*flow) string { return "nat_gateway" }),

	"resource-type":             text(func(*flow) string { return "TransitGateway" }),
	"tgw-id":                    text(func(f *flow) string { return f.tgw }),
	"tgw-attachment-id":         text(func(f *flow) string { return f.tgwTies[0] }),
	"tgw-src-vpc-account-id":    when(hasPeer, func(f *flow) string { return f.id }),
	"tgw-dst-vpc-account-id":    when(hasPeer, func(f *flow) string { return f.id }),
	"tgw-src-vpc-id":            when(hasPeer, func(f *flow) string { return f.host.vpc }),
	"tgw-dst-vpc-id":            when(hasPeer, func(f *flow) string { return f.peer.vpc }),
	"tgw-src-subnet-id":         when(hasPeer, func(f *flow) string { return f.host.subnet }),
	"tgw-dst-subnet-id":         when(hasPeer, func(f *flow) string { return f.peer.subnet }),
	"tgw-src-eni":               when(hasPeer, func(f *flow) string { return f.host.eni }),
	"tgw-dst-eni":               when(hasPeer, func(f *flow) string { return f.peer.eni }),
	"tgw-src-az-id":             when(hasPeer, func(f *flow) string { return f.host.zone }),
	"tgw-dst-az-id":             when(hasPeer, func(f *flow) string { return f.peer.zone }),
	"tgw-pair-attachment-id":    when(hasPeer, func(f *flow) string { return f.tgwTies[1] }),
	"packets-lost-no-route":     number(func(f *flow) int { return f.packets / 100 }),
	"packets-lost-blackhole":    number(func(*flow) int { return 0 }),
	"packets-lost-mtu-exceeded": number(func(*flow) int { return 0 }),
	"packets-lost-ttl-expired":  number(func(*flow) int { return 0 }),
}

// either is a traffic column of two values.
func either(cond func(f *flow) bool, yes, no string) column {
	return traffic(func(f *flow, b []byte) []byte {
		if cond(f) {
			return append(b, yes...)
		}
		return append(b, no...)
	})
}

// address writes the host's own address or that of the other side.
func (f *flow) address(b []byte, own bool) []byte {
	h := f.host
	if !own {
		h = f.peer
	}
	switch {
	case h == nil && f.v6:
		b = append(b, "2001:db8:"...)
		b = strconv.AppendInt(b, int64(f.ip[2]), 16)
		return strconv.AppendInt(append(b, "::"...), int64(f.ip[3]), 16)
	case h == nil:
		return appendIP(b, f.ip)
	case f.v6:
		return append(b, h.ip6...)
	default:
		return append(b, h.ip...)
	}
}

func (f *flow) ecsARN(resource string) string {
	return "arn:" + f.partition + ":ecs:" + f.region + ":" + f.id + ":" + resource
}
