package source

import (
	"context"
	"strings"
	"time"
)

// FolderOf is the date folder in which the log files of a day lie, of the
// account and region that a digest is about.
func (l *Layout) FolderOf(digestKey string, day time.Time) string {
	i := strings.LastIndex(digestKey, "/"+digestFolder+"/")
	if i < 0 {
		return ""
	}
	region, _, _ := strings.Cut(digestKey[i+len(digestFolder)+2:], "/")
	return digestKey[:i+1] + l.kindFolder() + "/" + region + "/" + day.UTC().Format("2006/01/02/")
}

// Between visits, in key order, the log files in a date folder whose names say
// a time from from to to, and those whose names say none. Unlike Poll it may be
// called at any time, also of several goroutines.
func (p *Poller) Between(ctx context.Context, folder string, from, to time.Time, visit func(Object)) error {
	begin := stampAt(from)
	_, _, err := p.run(ctx, walk{prefix: folder, first: 1, visit: func(o Object) (seek string, err error) {
		k, foreign, ok := p.layout.parse(o.Key)
		switch {
		case !ok:
			return behind(foreign), nil
		case k.Ordered && k.file.rest < begin:
			return k.folder + k.file.stem + begin, nil
		case k.Ordered && k.Time().After(to):
			return k.folder + k.file.stem + afterStamps, nil
		}
		o.Bucket, o.Key, o.ETag = p.o.Bucket, strings.Clone(o.Key), strings.Clone(o.ETag)
		o.Family, o.Time = strings.Clone(k.Family()), k.Time()
		visit(o)
		return "", nil
	}})
	return err
}
