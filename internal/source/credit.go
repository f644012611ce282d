package source

import "sync"

// A poll's budget of list requests is a request for each 1,000 new keys, one
// for each family, and spare ones. What the listing of new keys leaves of it is
// for late ones: first for the edge of the lookback, which must be listed, and
// then for the sweep. So over a day, sweeps included, requests stay within the
// sum of the budgets, unless names without time order, or very many folders,
// take more for what must be; the sweep then still has a request a poll.
const (
	spare = 3
	// saved is how many requests polls may leave for a later one, and so how many
	// a poll may take beyond its own budget.
	saved = 16
	// debt is the most that the edge of the lookback can owe.
	debt = 10_000
)

// credit is the account of it.
type credit struct {
	mu      sync.Mutex
	left    int
	refused string // the first root of this poll whose sweep had to stop
}

// begin begins a poll: it returns which root is served first, the one that was
// refused before.
func (c *credit) begin(roots []*root) (first int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, r := range roots {
		if r.prefix == c.refused {
			first = i
		}
	}
	c.refused = ""
	return first
}

// spend takes a request for the sweep of r, if one is left.
func (c *credit) spend(r *root) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left <= 0 {
		if c.refused == "" {
			c.refused = r.prefix
		}
		return false
	}
	c.left--
	return true
}

// end ends a poll: what its budget leaves comes in.
func (c *credit) end(s Stats, roots []*root) {
	c.mu.Lock()
	defer c.mu.Unlock()
	families := 0
	for _, r := range roots {
		families += max(len(r.families), 1)
	}
	rest := s.Found/pageSize + families + spare - (s.Lists - s.SweepLists)
	c.left = min(max(c.left+max(rest, 1)-s.EdgeLists, -debt), saved)
}
