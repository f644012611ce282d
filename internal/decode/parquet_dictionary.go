package decode

import (
	"fmt"

	"github.com/parquet-go/parquet-go"
)

// dictionary has the values that data pages point to, as they stand in its
// page.
type dictionary struct {
	plain  []byte
	width  int      // bytes of a value; 0: they differ
	values int      // that are there
	ends   []uint32 // of the values in plain, when they differ
}

// at returns the bytes of a value.
func (d *dictionary) at(k uint32) ([]byte, error) {
	if int64(k) >= int64(d.values) {
		return nil, fmt.Errorf("value %d of a dictionary of %d", k, d.values)
	}
	if d.width > 0 {
		return d.plain[int(k)*d.width:][:d.width], nil
	}
	const length = 4 // bytes before each value, which say how many it has
	from := uint32(length)
	if k > 0 {
		from += d.ends[k-1]
	}
	return d.plain[from:d.ends[k]], nil
}

// dictionary reads the page of the values that the data pages point to.
func (c *parquetColumn) dictionary(n int) error {
	if n < 0 || c.kind == parquet.Boolean {
		return fmt.Errorf("a dictionary of %d values", n)
	}
	d := &dictionary{plain: c.pages.keep(), width: c.width, values: n}
	if d.width > 0 {
		if n > len(d.plain)/d.width {
			return fmt.Errorf("a dictionary of %d values in %d bytes", n, len(d.plain))
		}
		c.dict = d
		return nil
	}
	const least = 4 // bytes that a value takes
	if n > len(d.plain)/least {
		return fmt.Errorf("a dictionary of %d values in %d bytes", n, len(d.plain))
	}
	if err := c.pages.memory.take(4 * int64(n)); err != nil {
		return err
	}
	d.ends = make([]uint32, 0, n)
	for rest := d.plain; len(d.ends) < n; {
		var err error
		if _, rest, err = cutPlain(rest, 0); err != nil {
			return fmt.Errorf("read dictionary: %w", err)
		}
		d.ends = append(d.ends, uint32(len(d.plain)-len(rest)))
	}
	c.dict = d
	return nil
}
