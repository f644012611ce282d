package verify

import (
	"time"

	"in_stellar_aws/internal/health"
)

// Problem is what is wrong, in a word that is a promise to who searches for it.
type Problem string

// What can be wrong with a log file.
const (
	FileMissing  Problem = "log_file_missing"  // a digest lists it, and it is not in the bucket
	FileAltered  Problem = "log_file_altered"  // it is not what CloudTrail delivered
	FileUnlisted Problem = "log_file_unlisted" // it is in the bucket, and no digest lists it
)

// What can be wrong with a digest, or the chain that it is in.
const (
	DigestMissing   Problem = "digest_missing"     // the next one names it, and it is not in the bucket
	DigestDamaged   Problem = "digest_damaged"     // it cannot be read
	DigestMoved     Problem = "digest_moved"       // it is not where it says that it is
	DigestSignature Problem = "digest_signature"   // it is not what CloudTrail has signed
	DigestKey       Problem = "digest_unknown_key" // CloudTrail has no such key
	DigestAltered   Problem = "digest_altered"     // it is not the one that the next one names
	DigestGap       Problem = "digest_gap"         // no digest is for some time
	DigestOverdue   Problem = "digest_overdue"     // none came for hours
)

// Fault is one thing that is wrong.
type Fault struct {
	Problem Problem
	Time    time.Time // up to when the digest is that showed it
	Account string
	Region  string
	Digest  string // key of the digest that showed it; "" where none did
	Object  string // key of what is at fault
	Detail  string // in words

	Expected, Found string // hashes, where they differ
}

// metric is where faults of the problem are counted.
func (p Problem) metric() health.Metric {
	switch p {
	case FileMissing:
		return health.DigestMissingFiles
	case FileAltered:
		return health.DigestAlteredFiles
	case FileUnlisted:
		return health.DigestUnlistedFiles
	default:
		return health.DigestChainFaults
	}
}

// says is the problem in words.
func (p Problem) says() string {
	return map[Problem]string{
		FileMissing:     "log file is missing: CloudTrail delivered it, and it is not in the bucket",
		FileAltered:     "log file is altered: it is not what CloudTrail delivered",
		FileUnlisted:    "log file is in no digest: CloudTrail does not vouch for it",
		DigestMissing:   "digest is missing: the next one names it, and it is not in the bucket",
		DigestDamaged:   "digest cannot be read",
		DigestMoved:     "digest is not where CloudTrail put it",
		DigestSignature: "digest is not what CloudTrail signed",
		DigestKey:       "digest is signed with a key that is not CloudTrail's",
		DigestAltered:   "digest is not the one that the next one names",
		DigestGap:       "no digest is for this time: log files of it cannot be verified",
		DigestOverdue:   "no digest has come for hours: the trail or its log file validation is off, or somebody removes them",
	}[p]
}
