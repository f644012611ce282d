package interflow

import "bytes"

// auditMark is in every audit event, before its version.
var auditMark = []byte(`"audit.k8s.io/`)

// audit appends the standard fields of an audit event of Kubernetes, as EKS
// writes it to CloudWatch Logs, and returns how many
// (https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/).
func (m *CloudWatch) audit(message rawJSON) int {
	if !bytes.Contains(message, auditMark) || !bytes.HasPrefix(message.member("apiVersion"), auditMark) {
		return 0
	}
	n := 0
	for _, kv := range [...][2]string{
		{"srcip", message.member("sourceIPs").first().address()},
		{"srcip_username", message.at("user", "username").text()},
		{"action", message.member("verb").text()},
	} {
		if kv[1] != "" {
			m.dst = appendStr(appendStr(m.dst, kv[0]), kv[1])
			n++
		}
	}
	return n
}
