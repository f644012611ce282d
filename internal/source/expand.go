package source

import (
	"context"
	"slices"
	"strings"
	"sync"

	"in_stellar_aws/internal/routine"
)

// Expand finds the folders that the layout's wildcards stand for, up to those
// that one listing goes through. An error says which folder could not be
// searched; the others are among the result.
func Expand(ctx context.Context, l Lister, layout *Layout, bucket string, workers int) ([]string, []error) {
	return NewPoller(l, layout, nil, Options{Bucket: bucket, Workers: workers}).expand(ctx)
}

// expand finds the folders that the layout's fixed segments stand for. Where a
// folder cannot be searched, what it held at the last poll is used, and the
// error returned beside the result.
func (p *Poller) expand(ctx context.Context) (prefixes []string, errs []error) {
	prefixes = []string{""}
	for _, segment := range p.layout.segments[:p.layout.fixed()] {
		if segment != "*" {
			for i := range prefixes {
				prefixes[i] += segment + "/"
			}
			continue
		}
		found, failed := p.childrenOf(ctx, prefixes)
		prefixes, errs = found, append(errs, failed...)
	}
	return prefixes, errs
}

// childrenOf are the folders right below the parents, in order.
func (p *Poller) childrenOf(ctx context.Context, parents []string) (children []string, errs []error) {
	var mu sync.Mutex
	var group routine.Group
	group.SetLimit(p.o.Workers)
	for _, parent := range parents {
		group.Go("list folders", func() error {
			var found []string
			err := routine.Safely("list s3://"+p.o.Bucket+"/"+parent, func() (err error) {
				found, err = p.folders(ctx, parent, false)
				return err
			})
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				errs = append(errs, err)
			}
			if err != nil && !fits(err) {
				found = p.children[parent]
			}
			p.children[parent] = found
			children = append(children, found...)
			return nil
		})
	}
	_ = group.Wait() // what fails is in errs
	slices.Sort(children)
	return children, errs
}

// folders lists the folders right below parent.
func (p *Poller) folders(ctx context.Context, parent string, sweep bool) ([]string, error) {
	var all []string
	for token := ""; ; {
		in := ListInput{Prefix: parent, Delimiter: "/", Token: token, MaxKeys: pageSize}
		out, err := p.list(ctx, in, sweep)
		if err != nil {
			return nil, err
		}
		for _, f := range out.Prefixes {
			// An empty segment ("//") stands for nothing in a prefix.
			if strings.HasPrefix(f, parent) && f != parent+"/" {
				all = append(all, strings.Clone(f))
			}
		}
		if len(all) > maxFolders {
			return all[:maxFolders], &tooMany{what: "folders", where: "s3://" + p.o.Bucket + "/" + parent, most: maxFolders}
		}
		if token = out.Token; token == "" {
			return all, nil
		}
	}
}
