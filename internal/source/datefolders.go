package source

import (
	"context"
	"slices"
	"strings"
	"time"
)

// dateFolder is one date folder of an unsorted layout.
type dateFolder struct {
	path       string
	start, end time.Time
}

// maxGuesses is how many date folders are written down without looking whether
// they exist. Each costs a request, as does a level of folders when looking.
const maxGuesses = 48

// dateFolders are the date folders below base that reach into [from, to], in
// order of time. Folders that do not sort by time (months 1 to 12) cannot be
// listed from a date on: they are written down one by one, or, for a long time,
// searched level by level.
func (p *Poller) dateFolders(ctx context.Context, base string, from, to time.Time, sweep bool) ([]dateFolder, error) {
	pattern := p.layout.patterns[0]
	if !p.o.Until.IsZero() && to.After(p.o.Until) {
		to = p.o.Until
	}
	var folders []dateFolder
	text := pattern.format(from)
	_, start, end, ok := pattern.match(text)
	for ok && !start.After(to) && len(folders) <= maxGuesses {
		folders = append(folders, dateFolder{path: base + text, start: start, end: end})
		text = pattern.format(end)
		_, start, end, ok = pattern.match(text)
	}
	if ok && len(folders) <= maxGuesses {
		return folders, nil
	}
	folders, err := p.searchFolders(ctx, base, from, to, sweep)
	slices.SortFunc(folders, func(a, b dateFolder) int { return a.start.Compare(b.start) })
	return folders, err
}

// searchFolders finds the date folders that exist.
func (p *Poller) searchFolders(ctx context.Context, base string, from, to time.Time, sweep bool) ([]dateFolder, error) {
	full := p.layout.patterns[0]
	found := []dateFolder{{path: base}}
	for _, level := range levels(full) {
		parents := found
		found = nil
		for _, parent := range parents {
			children, err := p.folders(ctx, parent.path, sweep)
			if err != nil && !fits(err) {
				return nil, err
			}
			for _, path := range children {
				n, start, end, ok := level.match(path[len(base):])
				if !ok || base+path[len(base):len(base)+n] != path {
					continue
				}
				// Before the year is known, a folder may mean any time.
				if level.check() == nil && (!end.After(from) || start.After(to)) {
					continue
				}
				found = append(found, dateFolder{path: path, start: start, end: end})
			}
		}
	}
	return found, nil
}

// levels are the beginnings of a pattern that end at a slash, shortest first.
func levels(full pattern) []pattern {
	var all []pattern
	var head pattern
	for _, t := range full {
		if t.unit != noUnit {
			head = append(head, t)
			continue
		}
		for text := t.literal; text != ""; {
			piece := text
			if slash := strings.IndexByte(text, '/'); slash >= 0 {
				piece = text[:slash+1]
			}
			text = text[len(piece):]
			head = append(head, lit(piece))
			if strings.HasSuffix(piece, "/") {
				all = append(all, slices.Clone(head))
			}
		}
	}
	return all
}
