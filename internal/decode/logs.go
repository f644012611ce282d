package decode

import (
	"time"

	"in_stellar_aws/internal/interflow"
)

// LogOptions are what the records of a CloudWatch connector depend on.
type LogOptions struct {
	Settings   interflow.Settings
	VPCFlow    bool     // messages may be lines of VPC flow logs
	FlowFormat []string // order of their fields; AWS's default when empty
	ParseJSON  bool     // JSON messages of generic logs also stand parsed
	Now        func() time.Time
}

// Logs makes records of the events of CloudWatch Logs. Every event becomes
// one: what is of no known kind, or says so wrongly, is a generic log.
//
// A Logs holds buffers and belongs to one goroutine.
type Logs struct {
	now     func() time.Time
	flow    *interflow.VPCFlow // nil: no flow logs
	waf     *interflow.WAF
	finding *interflow.GuardDuty
	generic *interflow.CloudWatch
	misfits int
}

// NewLogs returns a decoder.
func NewLogs(o LogOptions) *Logs {
	d := &Logs{
		now:     o.Now,
		waf:     interflow.NewWAF(interflow.CloudWatchWAFProfile, o.Settings),
		finding: interflow.NewGuardDuty(o.Settings),
		generic: interflow.NewCloudWatch(o.Settings, o.ParseJSON),
	}
	if o.VPCFlow {
		d.flow = interflow.NewVPCFlow(interflow.CloudWatchVPCFlowProfile, o.Settings)
		if len(o.FlowFormat) > 0 {
			d.flow.SetFormat(o.FlowFormat)
		}
	}
	return d
}

// Begin sets the time of writing of the records to come.
func (d *Logs) Begin() {
	millis := d.now().UnixMilli()
	d.waf.SetNow(millis)
	d.finding.SetNow(millis)
	d.generic.SetNow(millis)
	if d.flow != nil {
		d.flow.SetNow(millis)
	}
}

// Append appends an event's record to dst. A message with too many keys is kept
// as the text that it is.
func (d *Logs) Append(dst []byte, g *interflow.LogGroup, e *interflow.LogEvent) []byte {
	out := d.record(dst, g, e)
	if len(out)-len(dst) > wideEvent && interflow.Widest(out[len(dst):]) > interflow.MaxKeys {
		return d.generic.MapLog(out[:len(dst)], g, e, false)
	}
	return out
}

func (d *Logs) record(dst []byte, g *interflow.LogGroup, e *interflow.LogEvent) []byte {
	class := classify(g.Name, e.Message)
	ok := false
	switch class {
	case classWAF:
		dst, ok = d.waf.MapLog(dst, g, e)
	case classFinding:
		dst, ok = d.finding.MapLog(dst, g, e)
	case classText:
		if d.flow != nil {
			var err error
			dst, err = d.flow.MapLog(dst, g, e)
			if ok = err == nil; !ok { // it is kept as the log that it is
				d.misfits++
			}
		}
	}
	if ok {
		return dst
	}
	return d.generic.MapLog(dst, g, e, class != classText)
}

// Misfits returns how many lines were no flow records though VPCFlow was on
// since the last call.
func (d *Logs) Misfits() int {
	n := d.misfits
	d.misfits = 0
	return n
}

// Replaced returns how many bytes and escapes that were not Unicode text
// became U+FFFD since the last call.
func (d *Logs) Replaced() int {
	n := d.waf.Replaced() + d.finding.Replaced() + d.generic.Replaced()
	if d.flow != nil {
		n += d.flow.Replaced()
	}
	return n
}
