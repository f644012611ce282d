package interflow_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"in_stellar_aws/internal/interflow"
	"in_stellar_aws/tests/generate"
)

func newVPCFlow(format string) *interflow.VPCFlow {
	m := interflow.NewVPCFlow(interflow.VPCFlowProfile, interflow.Settings{TenantName: "acme"})
	m.Begin(interflow.NewObject("bucket", "key", "etag"), fallback)
	m.SetNow(writeMillis)
	if format != "" {
		m.SetFormat(strings.Fields(format))
	}
	return m
}

func mapFlow(t testing.TB, m *interflow.VPCFlow, text string) map[string]any {
	t.Helper()
	out, err := m.Map(nil, []byte(text), 3)
	if err != nil {
		t.Fatal(err)
	}
	_, _, body := decodeEvent(t, out)
	return body
}

// TestProtocolNames has IANA's keywords where its list has gaps or has grown
// (https://www.iana.org/assignments/protocol-numbers).
func TestProtocolNames(t *testing.T) {
	m := newVPCFlow("protocol")
	for number, want := range map[string]any{
		"0": "hopopt", "1": "icmp", "6": "tcp", "17": "udp", "41": "ipv6", "47": "gre", "50": "esp", "51": "ah", "58": "ipv6-icmp",
		"60": "ipv6-opts", "61": nil, "62": "cftp", "89": "ospfigp", "112": "vrrp", "114": nil, "115": "l2tp", "132": "sctp",
		"137": "mpls-in-ip", "138": "manet", "139": "hip", "140": "shim6", "141": "wesp", "142": "rohc", "143": "ethernet",
		"144": "aggfrag", "145": "nsh", "146": "homa", "147": "bit-emu", "148": nil, "253": nil, "255": nil, "256": nil,
	} {
		if got := mapFlow(t, m, number)["proto_name"]; got != want {
			t.Errorf("protocol %s: %v, want %v", number, got, want)
		}
	}
}

func TestVPCFlow(t *testing.T) {
	const tgw = "version resource-type account-id tgw-id srcaddr dstaddr srcport dstport protocol packets bytes start end log-status packets-lost-no-route new-field"
	tests := map[string]struct {
		format, line string
		want         map[string]any // standard fields
		native       map[string]any
	}{
		"default": {
			"", "2 123456789012 eni-1 172.31.9.69 172.31.9.12 49761 3389 6 20 4096 1418530010 1418530070 REJECT OK",
			map[string]any{
				"timestamp": int64(1418530010000), "srcip": "172.31.9.69", "dstip": "172.31.9.12", "srcport": int64(49761), "dstport": int64(3389),
				"proto": int64(6), "proto_name": "tcp", "outbytes_total": int64(4096), "inbytes_total": int64(0), "totalbytes": int64(4096),
				"outpkts_delta": int64(20), "inpkts_delta": int64(0), "totalpackets": int64(20), "duration": int64(60000), "action": "block",
			},
			map[string]any{
				"version": int64(2), "account_id": "123456789012", "interface_id": "eni-1", "srcaddr": "172.31.9.69", "dstaddr": "172.31.9.12",
				"srcport": int64(49761), "dstport": int64(3389), "protocol": int64(6), "packets": int64(20), "bytes": int64(4096),
				"start": int64(1418530010), "end": int64(1418530070), "action": "REJECT", "log_status": "OK",
			},
		},
		"no data": {
			"", "2 unknown eni-1 - - - - - - - 1431280876 1431280934 - NODATA",
			map[string]any{"timestamp": int64(1431280876000), "duration": int64(58000)},
			map[string]any{"version": int64(2), "account_id": "unknown", "interface_id": "eni-1", "start": int64(1431280876), "end": int64(1431280934), "log_status": "NODATA"},
		},
		"transit gateway, unknown field": {
			tgw, "6 TransitGateway 123456789012 tgw-1 10.0.0.1 10.0.0.2 0 0 1 1 84 1661975528 1661975587 OK 7 later",
			map[string]any{
				"timestamp": int64(1661975528000), "srcip": "10.0.0.1", "dstip": "10.0.0.2", "srcport": int64(0), "dstport": int64(0),
				"proto": int64(1), "proto_name": "icmp", "outbytes_total": int64(84), "inbytes_total": int64(0), "totalbytes": int64(84),
				"outpkts_delta": int64(1), "inpkts_delta": int64(0), "totalpackets": int64(1), "duration": int64(59000),
			},
			map[string]any{
				"version": int64(6), "resource_type": "TransitGateway", "account_id": "123456789012", "tgw_id": "tgw-1", "srcaddr": "10.0.0.1", "dstaddr": "10.0.0.2",
				"srcport": int64(0), "dstport": int64(0), "protocol": int64(1), "packets": int64(1), "bytes": int64(84),
				"start": int64(1661975528), "end": int64(1661975587), "log_status": "OK", "packets_lost_no_route": int64(7), "new_field": "later",
			},
		},
		"the largest numbers": {
			"packets bytes", "9999999999999999999 18446744073709551615",
			map[string]any{
				"timestamp": int64(fallback / 1_000_000), "outbytes_total": uint64(math.MaxUint64), "inbytes_total": int64(0), "totalbytes": uint64(math.MaxUint64),
				"outpkts_delta": uint64(9999999999999999999), "inpkts_delta": int64(0), "totalpackets": uint64(9999999999999999999),
			},
			map[string]any{"packets": uint64(9999999999999999999), "bytes": uint64(math.MaxUint64)},
		},
		"not the numbers expected": {
			"srcaddr srcport protocol bytes action start", "2001:db8::1 25238.0 255 18446744073709551616 OTHER soon",
			map[string]any{"timestamp": int64(fallback / 1_000_000), "srcip": "2001:db8::1", "proto": int64(255), "action": "other"},
			map[string]any{"srcaddr": "2001:db8::1", "srcport": "25238.0", "protocol": int64(255), "bytes": "18446744073709551616", "action": "OTHER", "start": "soon"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			body := mapFlow(t, newVPCFlow(test.format), test.line)
			if got := body["aws_vpcflow"]; !reflect.DeepEqual(got, test.native) {
				t.Errorf("aws_vpcflow:\ngot  %v\nwant %v", got, test.native)
			}
			for _, name := range []string{"aws_vpcflow", "write_time", "msg_class", "msg_origin", "stellar_uuid", "tenant_name"} {
				if _, ok := body[name]; !ok {
					t.Errorf("no %s", name)
				}
				delete(body, name)
			}
			if !reflect.DeepEqual(body, test.want) {
				t.Errorf("standard fields:\ngot  %v\nwant %v", body, test.want)
			}
		})
	}
}

func TestVPCFlowRefuses(t *testing.T) {
	for name, test := range map[string]struct{ line, want string }{
		"few":   {"2 123456789012 eni-1", "fewer fields than the header: 3 of 14"},
		"empty": {"", "fewer fields than the header: 0 of 14"},
		"many":  {"2 123456789012 eni-1 - - - - - - - 1 2 - NODATA more", "more fields than the header"},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := newVPCFlow("").Map([]byte("kept"), []byte(test.line), 0)
			if err == nil || !strings.Contains(err.Error(), test.want) || string(out) != "kept" {
				t.Errorf("got %q, %v; want %s", out, err, test.want)
			}
		})
	}
}

func TestIsFlowHeader(t *testing.T) {
	for text, want := range map[string]bool{
		"version account-id interface-id": true,
		"interface-id srcaddr future-one": true,
		"future-one future-two version":   false,
		"2 123456789012 eni-1":            false,
		"eni-1 abc def":                   false,
		"ACCEPT OK":                       false,
		"":                                false,
		"version 2":                       true,
	} {
		if got := interflow.IsFlowHeader([]byte(text)); got != want {
			t.Errorf("%q: got %v", text, got)
		}
	}
}

// TestVPCFlowGenerated maps generated lines of every version, in shuffled
// orders of fields, and compares every field with the line.
func TestVPCFlowGenerated(t *testing.T) {
	g := generate.New(5, generate.Options{})
	rnd := rand.New(rand.NewPCG(1, 2))
	for version := 2; version <= 12; version++ {
		fields := generate.TransitGatewayFields()
		if version < 12 {
			fields = generate.FlowFields(version)
		}
		rnd.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
		flow := g.Flow(fields)
		m := newVPCFlow(strings.Join(fields, " "))
		for range 200 {
			text := strings.TrimSuffix(string(flow.AppendLine(nil)), "\n")
			native := mapFlow(t, m, text)["aws_vpcflow"].(map[string]any)
			n := 0
			for i, value := range strings.Split(text, " ") {
				if value == "-" {
					continue
				}
				n++
				if got := native[strings.ReplaceAll(fields[i], "-", "_")]; fmt.Sprint(got) != value {
					t.Fatalf("version %d: %s: got %v, want %s in %q", version, fields[i], got, value, text)
				}
			}
			if n != len(native) {
				t.Fatalf("version %d: %d fields, want %d", version, len(native), n)
			}
		}
	}
}

func FuzzVPCFlow(f *testing.F) {
	f.Add("version srcaddr bytes start", "2 10.0.0.1 5 1418530010")
	f.Add("", "2 123456789012 eni-1 - - - - - - - 1 2 - NODATA")
	f.Add("a b c", "\xff  -")
	f.Add("a bytes bytes", "- 1 0")
	f.Add("version 0 0 start", "0  0 0")
	f.Fuzz(func(t *testing.T, format, text string) {
		if strings.ContainsAny(text, "\r\n") || format != "" && !interflow.IsFlowHeader([]byte(format)) {
			return
		}
		m := newVPCFlow(format)
		out, err := m.Map(nil, []byte(text), 0)
		if err != nil {
			return
		}
		_, _, body := decodeEvent(t, out)
		native := body["aws_vpcflow"].(map[string]any)
		names := strings.Fields(format)
		if len(names) == 0 {
			names = interflow.DefaultFlowFormat
		}
		for i, value := range strings.Split(strings.TrimRight(text, " "), " ") {
			if value == "" || value == "-" || i >= len(names) || slices.Contains(names[:i], names[i]) { // one that comes again has another name
				continue
			}
			got, ok := native[strings.ReplaceAll(strings.ToValidUTF8(names[i], "\uFFFD"), "-", "_")]
			if !ok {
				t.Fatalf("%s is missing", names[i])
			}
			if n, isInt := got.(int64); isInt {
				if want, err := strconv.ParseInt(value, 10, 64); err != nil || want != n {
					t.Fatalf("%s: got %d, want %s", names[i], n, value)
				}
			}
		}
	})
}

// TestVPCFlowRepeatedFields has a format that names fields twice.
func TestVPCFlowRepeatedFields(t *testing.T) {
	body := mapFlow(t, newVPCFlow("bytes instance-tag bytes instance-tag instance-tag-2 start"), "1 a 2 b c 1418530010")
	want := map[string]any{"bytes": int64(1), "instance_tag": "a", "bytes_2": int64(2), "instance_tag_3": "b", "instance_tag_2": "c", "start": int64(1418530010)}
	if native := body["aws_vpcflow"]; !reflect.DeepEqual(native, want) || body["totalbytes"] != int64(1) {
		t.Errorf("got %v, totalbytes %v", native, body["totalbytes"])
	}
}

// TestVPCFlowFieldNames has a name that is no text, as a damaged Parquet file may.
func TestVPCFlowFieldNames(t *testing.T) {
	m := newVPCFlow("")
	m.SetFormat([]string{"\xf3rcport", "srcaddr"})
	native := mapFlow(t, m, "5 10.0.0.1")["aws_vpcflow"].(map[string]any)
	if native["\uFFFDrcport"] != "5" || native["srcaddr"] != "10.0.0.1" {
		t.Errorf("got %v", native)
	}
}
