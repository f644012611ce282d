package generate

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// newField finds the field of a template by its name and argument.
func newField(name, arg string) (field, error) {
	if f, ok := contextFields[name]; ok {
		return f, nil
	}
	switch name {
	case "hex", "HEX", "b62", "b64", "b36", "id", "digits":
		n, err := strconv.Atoi(arg)
		if err != nil {
			return nil, fmt.Errorf("read length: %w", err)
		}
		return letterField(name, n), nil
	case "n":
		lo, hi, _ := strings.Cut(arg, "..")
		from, err := strconv.Atoi(lo)
		if err != nil {
			return nil, fmt.Errorf("read lower bound: %w", err)
		}
		to, err := strconv.Atoi(hi)
		if err != nil {
			return nil, fmt.Errorf("read upper bound: %w", err)
		}
		return func(g *Generator, b []byte) []byte {
			return strconv.AppendInt(b, int64(g.rnd.between(from, to)), 10)
		}, nil
	case "one":
		options := strings.Split(arg, "|")
		return func(g *Generator, b []byte) []byte {
			return append(b, options[g.rnd.n(len(options))]...)
		}, nil
	case "time", "epoch", "ms", "date", "micro", "spaced":
		offset, err := strconv.Atoi(orDefault(arg, "0"))
		if err != nil {
			return nil, fmt.Errorf("read offset in seconds: %w", err)
		}
		return timeField(name, int64(offset)), nil
	}
	return nil, errors.New("unknown name")
}

func letterField(name string, n int) field {
	alphabet, width := hexDigits, 4
	switch name {
	case "HEX":
		alphabet = upperHex
	case "b62":
		alphabet, width = base62, 6
	case "b64":
		alphabet, width = base64Std, 6
	case "b36":
		alphabet, width = lowerBase36, 5
	case "id":
		alphabet, width = idAlphabet, 5
	case "digits":
		return func(g *Generator, b []byte) []byte { return g.rnd.digits(b, n) }
	}
	return func(g *Generator, b []byte) []byte { return g.rnd.letters(b, alphabet, width, n) }
}

// timeField gives the record's time, moved by offset seconds, in one of the
// forms AWS writes.
func timeField(name string, offset int64) field {
	at := func(g *Generator) time.Time {
		return time.Unix(g.rec.at+offset, int64(g.rec.milli)*int64(time.Millisecond)).UTC()
	}
	format := func(layout string) field {
		return func(g *Generator, b []byte) []byte { return at(g).AppendFormat(b, layout) }
	}
	switch name {
	case "epoch":
		return func(g *Generator, b []byte) []byte { return strconv.AppendInt(b, g.rec.at+offset, 10) }
	case "ms":
		return func(g *Generator, b []byte) []byte { return strconv.AppendInt(b, at(g).UnixMilli(), 10) }
	case "date": // as IAM writes dates
		return format("Jan 2, 2006 3:04:05 PM")
	case "micro": // as Kubernetes writes MicroTime
		return format("2006-01-02T15:04:05.000000Z07:00")
	case "spaced":
		return format("2006-01-02 15:04:05")
	}
	return func(g *Generator, b []byte) []byte {
		return appendTime(b, g.rec.at+offset)
	}
}

// appendTime writes epoch seconds as AWS writes most times.
func appendTime(b []byte, sec int64) []byte {
	return time.Unix(sec, 0).UTC().AppendFormat(b, time.RFC3339)
}

// contextFields are the fields without an argument: what the record refers to.
var contextFields = map[string]field{
	"account":       func(g *Generator, b []byte) []byte { return append(b, g.rec.id...) },
	"region":        func(g *Generator, b []byte) []byte { return append(b, g.rec.region...) },
	"partition":     func(g *Generator, b []byte) []byte { return append(b, g.rec.partition...) },
	"suffix":        func(g *Generator, b []byte) []byte { return append(b, g.rec.suffix...) },
	"user":          func(g *Generator, b []byte) []byte { return append(b, g.rec.user.name...) },
	"userid":        func(g *Generator, b []byte) []byte { return append(b, g.rec.user.id...) },
	"userkey":       func(g *Generator, b []byte) []byte { return append(b, g.rec.user.key...) },
	"role":          func(g *Generator, b []byte) []byte { return append(b, g.rec.role.name...) },
	"roleid":        func(g *Generator, b []byte) []byte { return append(b, g.rec.role.id...) },
	"rolekey":       func(g *Generator, b []byte) []byte { return append(b, g.rec.role.key...) },
	"session":       func(g *Generator, b []byte) []byte { return append(b, g.rec.role.session...) },
	"person":        func(g *Generator, b []byte) []byte { return append(b, g.rec.person...) },
	"bucket":        func(g *Generator, b []byte) []byte { return append(b, g.rec.bucket...) },
	"kmskey":        func(g *Generator, b []byte) []byte { return append(b, g.rec.key...) },
	"secret":        func(g *Generator, b []byte) []byte { return append(b, g.rec.secret.name...) },
	"secretversion": func(g *Generator, b []byte) []byte { return append(b, g.rec.secret.version...) },
	"usertemp":      func(g *Generator, b []byte) []byte { return append(b, g.rec.user.temp...) },
	"usersince":     func(g *Generator, b []byte) []byte { return appendTime(b, g.scope.from-g.rec.user.age) },
	"rolesince":     func(g *Generator, b []byte) []byte { return appendTime(b, g.scope.from-g.rec.role.age) },
	"service":       func(g *Generator, b []byte) []byte { return append(b, g.rec.service...) },
	"agent":         func(g *Generator, b []byte) []byte { return append(b, g.rec.agent...) },
	"country":       func(g *Generator, b []byte) []byte { return append(b, g.rec.country...) },
	"instance":      func(g *Generator, b []byte) []byte { return append(b, g.rec.host.instance...) },
	"eni":           func(g *Generator, b []byte) []byte { return append(b, g.rec.host.eni...) },
	"subnet":        func(g *Generator, b []byte) []byte { return append(b, g.rec.host.subnet...) },
	"vpc":           func(g *Generator, b []byte) []byte { return append(b, g.rec.host.vpc...) },
	"sg":            func(g *Generator, b []byte) []byte { return append(b, g.rec.host.group...) },
	"az":            func(g *Generator, b []byte) []byte { return append(append(b, g.rec.region...), g.rec.host.az...) },
	"privateip":     func(g *Generator, b []byte) []byte { return append(b, g.rec.host.ip...) },
	"ip":            func(g *Generator, b []byte) []byte { return appendIP(b, g.rec.ip) },
	"event":         func(g *Generator, b []byte) []byte { return append(b, g.rec.event[:]...) },
	"request":       func(g *Generator, b []byte) []byte { return append(b, g.rec.request[:]...) },
	"acl":           func(g *Generator, b []byte) []byte { return append(b, g.opt.WebACL...) },
	"trail":         func(g *Generator, b []byte) []byte { return append(b, g.opt.Trail...) },
	"uuid": func(g *Generator, b []byte) []byte {
		u := g.rnd.uuid()
		return append(b, u[:]...)
	},
	"anyip":     appendSourceIP,
	"other":     appendOtherAccount,
	"objectkey": appendObjectKey,
	"instances": appendInstances,
	"shared":    appendShared,
	"lastid":    appendLastShared,
}

func appendIP(b []byte, ip [4]byte) []byte {
	for i, octet := range ip {
		if i > 0 {
			b = append(b, '.')
		}
		b = strconv.AppendInt(b, int64(octet), 10)
	}
	return b
}

// appendSourceIP writes a caller's address: public, private or IPv6.
func appendSourceIP(g *Generator, b []byte) []byte {
	switch p := g.rnd.n(100); {
	case p < 60:
		return appendIP(b, g.rec.ip)
	case p < 92:
		return append(b, g.rec.host.ip...)
	default:
		return append(b, g.rec.host.ip6...)
	}
}

// appendOtherAccount writes an account that is not the record's, if there is one.
func appendOtherAccount(g *Generator, b []byte) []byte {
	for _, id := range g.opt.Accounts {
		if id != g.rec.id {
			return append(b, id...)
		}
	}
	return append(b, "999900001111"...)
}

// appendObjectKey writes an S3 key as applications name them.
func appendObjectKey(g *Generator, b []byte) []byte {
	switch g.rnd.n(3) {
	case 0:
		b = append(b, "warehouse/orders/dt="...)
		b = time.Unix(g.rec.at, 0).UTC().AppendFormat(b, "2006-01-02")
		b = append(b, "/part-"...)
		b = g.rnd.digits(b, 5)
		b = append(b, '-')
		u := g.rnd.uuid()
		return append(append(b, u[:]...), ".c000.snappy.parquet"...)
	case 1:
		b = append(b, "uploads/"...)
		b = g.rnd.hex(b, 24)
		return append(b, "/Rechnung März (final).pdf"...)
	default:
		b = append(b, "static/js/chunk."...)
		return append(g.rnd.hex(b, 20), ".js"...)
	}
}

// appendInstances writes the items of a RunInstances answer, one to four.
func appendInstances(g *Generator, b []byte) []byte {
	for i := range g.rnd.between(1, 4) {
		if i > 0 {
			b = append(b, ',')
		}
		b = g.lib.instance.append(g, b)
	}
	return b
}

// appendShared draws the sharedEventID of a new Insight; its End repeats it as
// ${lastid}.
func appendShared(g *Generator, b []byte) []byte {
	g.insight = g.rnd.uuid()
	return append(b, g.insight[:]...)
}

func appendLastShared(g *Generator, b []byte) []byte {
	if g.insight[0] == 0 {
		return appendShared(g, b) // an End whose Start lies in an earlier log
	}
	return append(b, g.insight[:]...)
}
