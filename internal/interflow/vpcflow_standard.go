package interflow

import (
	"math"
	"slices"
)

// The encoded names of the standard fields, some with their value.
var (
	flowKey       = appendStr(nil, "aws_vpcflow")
	srcIPKey      = fixKey("srcip")
	dstIPKey      = fixKey("dstip")
	srcPortKey    = fixKey("srcport")
	dstPortKey    = fixKey("dstport")
	protoKey      = fixKey("proto")
	outBytesKey   = fixKey("outbytes_total")
	inBytesKey    = fixKey("inbytes_total", 0) // a flow record is one-way
	allBytesKey   = fixKey("totalbytes")
	outPacketsKey = fixKey("outpkts_delta")
	inPacketsKey  = fixKey("inpkts_delta", 0)
	allPacketsKey = fixKey("totalpackets")
	durationKey   = fixKey("duration")
	actionKey     = fixKey("action")
	allowed       = fix(appendStr(appendStr(nil, "action"), "allow"))
	blocked       = fix(appendStr(appendStr(nil, "action"), "block"))
)

// standardRoom is what the standard fields need at the most, besides the texts
// in them.
const standardRoom = 16 * (fixedRoom + maxHeader)

// standardFields writes the standard fields of a line to b from n on, and
// counts them.
type standardFields struct {
	line     *line
	b        []byte
	n, count int
}

func (w *standardFields) fixed(f *fixed) {
	w.n += f.put(w.b[w.n:])
	w.count++
}

func (w *standardFields) text(r role, key *fixed) {
	if w.line.is(r) {
		w.fixed(key)
		w.n = len(appendStr(w.b[:w.n], w.line.text[r]))
	}
}

func (w *standardFields) number(r role, key *fixed) {
	if w.line.is(r) {
		w.fixed(key)
		w.n += putUint(w.b[w.n:], w.line.number[r])
	}
}

// standard appends the standard fields and returns how many.
func (m *VPCFlow) standard(dst []byte) ([]byte, int) {
	l := &m.line
	room := standardRoom
	for _, r := range [...]role{roleSrcAddr, roleDstAddr, roleAction} {
		if l.is(r) {
			room += len(l.text[r])
		}
	}
	dst = slices.Grow(dst, room)
	w := standardFields{line: l, b: dst[:cap(dst)], n: len(dst)}
	w.text(roleSrcAddr, &srcIPKey)
	w.text(roleDstAddr, &dstIPKey)
	w.number(roleSrcPort, &srcPortKey)
	w.number(roleDstPort, &dstPortKey)
	if l.is(roleProtocol) {
		w.number(roleProtocol, &protoKey)
		if p := l.number[roleProtocol]; p < uint64(len(protocolNames)) && protocolNames[p].text != nil {
			w.fixed(&protocolNames[p])
		}
	}
	if l.is(roleBytes) {
		w.number(roleBytes, &outBytesKey)
		w.fixed(&inBytesKey)
		w.number(roleBytes, &allBytesKey)
	}
	if l.is(rolePackets) {
		w.number(rolePackets, &outPacketsKey)
		w.fixed(&inPacketsKey)
		w.number(rolePackets, &allPacketsKey)
	}
	if l.is(roleStart) && l.is(roleEnd) && max(l.number[roleStart], l.number[roleEnd]) < maxSeconds {
		w.fixed(&durationKey)
		w.n = len(appendInt(w.b[:w.n], int64(l.number[roleEnd]-l.number[roleStart])*1000))
	}
	if l.is(roleAction) {
		w.action(l.text[roleAction])
	}
	return w.b[:w.n], w.count
}

func (w *standardFields) action(text []byte) {
	switch string(text) {
	case "ACCEPT":
		w.fixed(&allowed)
	case "REJECT":
		w.fixed(&blocked)
	default:
		w.fixed(&actionKey)
		w.n = len(appendLower(w.b[:w.n], text))
	}
}

// maxSeconds is the first time, in seconds, of which 64 bits cannot hold the
// nanoseconds.
const maxSeconds = math.MaxInt64 / 1_000_000_000

// time is the event's time in nanoseconds: the start of the flow, else its end.
func (m *VPCFlow) time() int64 {
	for _, r := range [...]role{roleStart, roleEnd} {
		if m.line.is(r) && m.line.number[r] < maxSeconds {
			return int64(m.line.number[r]) * 1e9
		}
	}
	return m.fallback
}
