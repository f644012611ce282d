package source

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// What a bucket may hold that somebody else writes to. AWS writes one family of
// names for each trail or flow log and region, and one folder for each account:
// what has more was not written by AWS, and would cost memory and a request
// each.
const (
	maxFamilies = 10_000 // below one listed folder
	maxBases    = 1_000  // folders above the date, below one listed folder
	maxFolders  = 50_000 // that one "*" stands for, in one folder
)

// tooMany is an error that says that there is more than is read. What was known
// before goes on, and so does what fits.
type tooMany struct {
	what  string // such as "families of object names"
	where string // folder
	most  int
}

func (e *tooMany) Error() string {
	return fmt.Sprintf("%s holds more than %d %s: those that come after are not collected; AWS does not write that many, see who else may write there",
		e.where, e.most, e.what)
}

// refuse notes that below r there is more than is read.
func (p *Poller) refuse(r *root, what string, most int) {
	if r.refused == nil {
		r.refused = &tooMany{what: what, where: "s3://" + p.o.Bucket + "/" + r.prefix, most: most}
	}
}

// newFamily reports whether k's family is unknown and there are too many to
// know another. Then the listing goes on at the next known one, so that what
// was collected before still is, and at no cost for each of the others.
func (p *Poller) newFamily(r *root, b *base, k *Key) (seek string, refused bool) {
	if len(r.families) < maxFamilies || r.families[k.Family()] != nil {
		return "", false
	}
	p.refuse(r, "families of object names", maxFamilies)
	if r.sortedOf != b || len(r.sorted) == 0 {
		r.sorted, r.sortedOf = r.stems(b), b
	}
	i, _ := slices.BinarySearch(r.sorted, k.file.stem)
	if i == len(r.sorted) {
		return behind(k.folder), true
	}
	return k.folder + r.sorted[i], true
}

// newBase is newFamily for the folder above the date.
func (p *Poller) newBase(r *root, k *Key) (seek string, refused bool) {
	if len(r.bases) < maxBases || r.bases[k.base] != nil {
		return "", false
	}
	p.refuse(r, "folders of logs", maxBases)
	next := ""
	for name := range r.bases {
		if name > k.base && (next == "" || name < next) {
			next = name
		}
	}
	if next == "" {
		return behind(r.prefix), true
	}
	return strings.TrimSuffix(next, "/"), true
}

// fits tells that an error is about what is too much: the rest is good.
func fits(err error) bool { return errors.As(err, new(*tooMany)) }
