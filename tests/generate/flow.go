package generate

import (
	"cmp"
	"slices"
	"strings"
)

// FlowLog writes the lines of one flow log format. It draws from the generator
// it came from.
type FlowLog struct {
	g       *Generator
	fields  []string
	columns []column
	version string
	flow    flow
}

// flow is one flow between a host of the site and someone else.
type flow struct {
	*record
	g                *Generator
	version          string
	status           string // OK, NODATA or SKIPDATA
	peer             *host  // a host inside, or nil
	inbound, rejects bool
	v6               bool
	protocol         int
	srcport, dstport int
	packets, bytes   int
	seconds          int
	flags            int
}

// Flow gives a writer of lines with those fields, in that order. A field that
// is not known, as of a version to come, gets an arbitrary word.
func (g *Generator) Flow(fields []string) *FlowLog {
	l := &FlowLog{g: g, fields: fields, version: flowVersion(fields)}
	for _, name := range fields {
		c, ok := columns[name]
		if !ok {
			c = column{write: func(f *flow, b []byte) []byte { return f.g.rnd.hex(append(b, "new-"...), 6) }}
		}
		l.columns = append(l.columns, c)
	}
	return l
}

// Header is the first line of a file, without its newline.
func (l *FlowLog) Header() string { return strings.Join(l.fields, " ") }

// AppendLine appends a line without its newline. About one in thirty is a
// NODATA or SKIPDATA line, whose traffic fields are "-".
func (l *FlowLog) AppendLine(b []byte) []byte {
	f := &l.flow
	f.draw(l.g, l.version)
	for i := range l.columns {
		if i > 0 {
			b = append(b, ' ')
		}
		if l.columns[i].traffic && f.status != "OK" {
			b = append(b, '-')
			continue
		}
		b = l.columns[i].write(f, b)
	}
	return b
}

// draw makes up the next flow.
func (f *flow) draw(g *Generator, version string) {
	r := g.rnd
	*f = flow{record: g.beginFlow(), g: g, version: version, status: "OK", protocol: 6, seconds: r.between(10, 60)}
	switch p := r.n(1000); {
	case p < 8:
		f.status = "SKIPDATA"
	case p < 33:
		f.status = "NODATA"
	}
	bits := r.Uint64()
	f.inbound = bits&1 == 0
	f.v6 = bits>>1&31 == 0
	if bits>>6&3 == 0 {
		f.peer = &f.hosts[r.n(len(f.hosts))]
	}
	f.rejects = f.inbound && f.peer == nil && bits>>8&3 == 0
	ephemeral, service := r.between(1024, 65535), servicePorts[r.skewed(len(servicePorts))]
	f.srcport, f.dstport = ephemeral, service
	f.flags = [...]int{0, 2, 3, 18, 19, 1, 4, 0}[bits>>10&7]
	switch bits >> 13 & 31 {
	case 0, 1, 2:
		f.protocol, f.flags = 17, 0
	case 3:
		f.protocol, f.flags, f.srcport, f.dstport = 1, 0, 0, 0
		if f.v6 {
			f.protocol = 58
		}
	}
	f.packets, f.bytes = 1, r.between(40, 120)
	if !f.rejects {
		f.packets = 1 + r.skewed(400)
		f.bytes = f.packets * r.between(52, 1500)
	}
	if bits>>18&1023 == 0 {
		f.bytes += 1 << 33 // more than 32 bits hold
	}
}

// beginFlow is begin with only what a flow needs: lines are short and many.
func (g *Generator) beginFlow() *record {
	r, rec := g.rnd, &g.rec
	g.place(rec, orDefault(g.scope.account, g.opt.Accounts[0]), orDefault(g.scope.region, g.opt.Regions[0]))
	rec.at = g.scope.from + int64(r.n(int(max(1, g.scope.to-g.scope.from))))
	rec.host = &rec.hosts[r.skewed(len(rec.hosts))]
	rec.ip = publicIP(r)
	return rec
}

var servicePorts = []int{443, 80, 53, 22, 5432, 3306, 6443, 123, 3389, 10250, 8080, 9092, 25}

// FlowFile says which flow log file is wanted. The zero value is 100 lines of
// the default format.
type FlowFile struct {
	File
	Layout FlowLayout
	Fields []string // default FlowFields(2)
	// RepeatHeader puts the header in again half way, as concatenated blocks have it.
	RepeatHeader bool
	// NoFinalNewline leaves the last line's newline off.
	NoFinalNewline bool
}

// FlowFile makes a text file as VPC stores it: gzip, a header line, then lines
// whose end lies in the five minutes from the stamp in its name.
//
// https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-path.html
func (g *Generator) FlowFile(f FlowFile) Object {
	f.File = g.complete(f.File)
	if len(f.Fields) == 0 {
		f.Fields = FlowFields(2)
	}
	log := g.Flow(f.Fields)
	body := append([]byte(log.Header()), '\n')
	window := f.scope()
	window.from, window.to = window.to, window.to+int64(deliveryInterval.Seconds())
	g.within(window, func() {
		for i := range f.Records {
			if f.RepeatHeader && i > 0 && i == f.Records/2 {
				body = append(append(body, log.Header()...), '\n')
			}
			body = append(log.AppendLine(body), '\n')
		}
	})
	if f.NoFinalNewline {
		body = body[:len(body)-1]
	}
	o := g.object(f.File, g.flowKey(f), body, true)
	o.LastModified = o.LastModified.Add(deliveryInterval)
	return o
}

// Events makes n events as a flow log in CloudWatch Logs has them: no header,
// and the time of an event is the start of its flow.
func (l *FlowLog) Events(n int) []LogEvent {
	starts := make([]int64, 0, n)
	events := l.g.LogEvents(n, func(b []byte) []byte {
		b = l.AppendLine(b)
		starts = append(starts, 1000*(l.flow.at-int64(l.flow.seconds)))
		return b
	})
	for i := range events {
		events[i].Timestamp = starts[i]
	}
	slices.SortStableFunc(events, func(a, b LogEvent) int { return cmp.Compare(a.Timestamp, b.Timestamp) })
	return events
}

// FlowFirehose gives n lines as a flow log that goes to Firehose directly has
// them: {"message":"…"} and a newline each, no header.
func (g *Generator) FlowFirehose(fields []string, n int) []byte {
	log := g.Flow(fields)
	var b []byte
	for range n {
		b = append(log.AppendLine(append(b, `{"message":"`...)), "\"}\n"...)
	}
	return b
}
