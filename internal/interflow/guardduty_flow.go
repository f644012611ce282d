package interflow

// flow is who talked to whom in the action of a finding.
type flow struct {
	source, target peer
	protocol       string
}

type peer struct {
	address string
	port    rawJSON
}

// findingFlow reads a finding's service.action, the forms of which are in
// https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Action.html.
// The remote side is the source, but for connections that are not inbound.
func findingFlow(action rawJSON) flow {
	var f flow
	action.members(func(name []byte, a rawJSON) bool {
		switch string(decapitalised(name)) {
		case "networkConnectionAction":
			remote, local := peers(a)
			f = flow{source: local, target: remote, protocol: a.named("protocol").text()}
			if a.named("connectionDirection").text() == "INBOUND" {
				f.source, f.target = remote, local
			}
		case "portProbeAction":
			f.source, f.target = peers(a.named("portProbeDetails").first())
		case "dnsRequestAction":
			f.protocol = a.named("protocol").text()
		case "awsApiCallAction", "rdsLoginAttemptAction":
			f.source, _ = peers(a)
		case "kubernetesApiCallAction":
			f.source, _ = peers(a)
			if f.source.address == "" {
				f.source.address = a.named("sourceIps").first().address()
			}
			if f.source.address == "" { // as in the audit log
				f.source.address = a.named("sourceIPs").first().address()
			}
		}
		return true
	})
	return f
}

// decapitalised is a name with its first letter in lower case.
func decapitalised(name []byte) []byte {
	if len(name) > 0 && 'A' <= name[0] && name[0] <= 'Z' {
		name = append([]byte{name[0] - 'A' + 'a'}, name[1:]...)
	}
	return name
}

// peers reads the two sides of a connection.
func peers(a rawJSON) (remote, local peer) {
	side := func(ip, port string) peer {
		details := a.named(ip)
		address := details.named("ipAddressV4").address()
		if address == "" {
			address = details.named("ipAddressV6").address()
		}
		return peer{address, a.named(port, "port")}
	}
	return side("remoteIpDetails", "remotePortDetails"), side("localIpDetails", "localPortDetails")
}
