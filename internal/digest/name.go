package digest

import "strings"

// backfillSuffix marks digests of files that were delivered too late for the
// digest of their hour. They are a chain of their own.
const backfillSuffix = "_backfill.json.gz"

// Name is what a digest's key says:
//
//	…/ACCOUNT_CloudTrail-Digest_REGION_TRAIL_HOMEREGION_TIME[_backfill].json.gz
type Name struct {
	Account, Region string
	Backfill        bool
}

// ParseName takes a digest's key apart; false for any other key. The trail's
// name may hold "_", so only what is before it is looked at.
func ParseName(key string) (Name, bool) {
	file := key[strings.LastIndexByte(key, '/')+1:]
	parts := strings.SplitN(file, "_", 4)
	if len(parts) < 4 || parts[0] == "" || parts[1] != "CloudTrail-Digest" || parts[2] == "" {
		return Name{}, false
	}
	return Name{Account: parts[0], Region: parts[2], Backfill: strings.HasSuffix(file, backfillSuffix)}, true
}
