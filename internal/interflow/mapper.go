package interflow

import "in_stellar_aws/internal/jsonscan"

// mapper is what the mappers of JSON records have in common.
type mapper struct {
	encoder
	env         *Envelope
	writeMillis int64
}

func newMapper(p Profile, s Settings) mapper {
	return mapper{encoder: encoder{names: newNameSet()}, env: NewEnvelope(p, s)}
}

// SetNow sets the time of writing in milliseconds.
func (m *mapper) SetNow(millis int64) { m.writeMillis = millis }

// open begins the event of the record at b[i] at the end of dst. end is i, or
// jsonscan.Short or jsonscan.Invalid where no object begins.
func (m *mapper) open(dst, b []byte, i int) (ev event, end int) {
	switch {
	case i >= len(b):
		return ev, jsonscan.Short
	case b[i] != '{':
		return ev, jsonscan.Invalid
	}
	m.b = b
	return m.begin(dst), i
}

// begin begins an event at the end of dst.
func (m *mapper) begin(dst []byte) (ev event) {
	m.dst, ev = m.env.begin(dst)
	return ev
}

// objectMapper is what those of them have in common that map the records of
// objects in S3.
type objectMapper struct {
	mapper
	object   Object
	fallback int64 // event time of a record that has none, ns
}

func newObjectMapper(p Profile, s Settings) objectMapper {
	return objectMapper{mapper: newMapper(p, s)}
}

// Begin sets what the following records come from: the object's identity and
// the time (ns) that a record without a time of its own gets. What long texts
// of the object before needed is given back.
func (m *objectMapper) Begin(o Object, fallback int64) {
	m.object, m.fallback = o, fallback
	if cap(m.scratch) > keptScratch {
		m.scratch = nil
	}
}

// keptScratch is how many bytes of scratch space are kept from one object to
// the next: a worker lives as long as its connector.
const keptScratch = 64 << 10
