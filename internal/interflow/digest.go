package interflow

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
)

// DigestFault is something that a digest file of CloudTrail has shown to be
// wrong with its log files, or with the digests themselves.
type DigestFault struct {
	Problem         string // the word that names it
	Time            time.Time
	Account, Region string
	Digest          string // key of the digest that showed it; "" where none did
	Object          string // key of what is at fault
	Detail          string
	Expected, Found string // hashes, where they differ
}

// DigestFaults encodes faults as events: the envelope of CloudTrail's records,
// and one field of its own, cloudtrail_digest. It is safe for concurrent use.
type DigestFaults struct{ env *Envelope }

// NewDigestFaults returns an encoder for a connector's faults.
func NewDigestFaults(s Settings) *DigestFaults {
	return &DigestFaults{env: NewEnvelope(CloudTrailProfile, s)}
}

// idOfFault begins what the id of a fault is made from: the same fault found
// again has the same id.
const idOfFault = "cloudtrail-digest-fault\x00"

// Append appends the event of a fault, made at writeMillis.
func (m *DigestFaults) Append(dst []byte, f DigestFault, writeMillis int64) []byte {
	dst, event := m.env.begin(dst)
	dst = appendStr(dst, "cloudtrail_digest")
	dst, at := openContainer(dst, mpMap16)
	members := 0
	for _, kv := range [][2]string{
		{"problem", f.Problem}, {"account_id", f.Account}, {"region", f.Region}, {"digest", f.Digest},
		{"object", f.Object}, {"detail", f.Detail}, {"expected", f.Expected}, {"found", f.Found},
	} {
		if kv[1] != "" {
			dst = appendStr(appendStr(dst, kv[0]), strings.ToValidUTF8(kv[1], "\uFFFD"))
			members++
		}
	}
	dst = closeContainer(dst, at, members)
	sum := sha256.Sum256([]byte(idOfFault + f.Problem + "\x00" + f.Digest + "\x00" + f.Object))
	hex.Encode(event.id(dst), sum[:idLen/2])
	return event.end(dst, 1, f.Time.UnixNano(), writeMillis)
}
