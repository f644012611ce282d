package state

import "fmt"

// table is one kind of entry of a connector.
type table string

// The tables of a connector. Their formats are in codec.go.
const (
	tableMeta       table = "meta"       // name -> value
	tableFamilies   table = "families"   // family -> id, mark, floor
	tableTails      table = "tails"      // family id -> newest fingerprints
	tableChunks     table = "chunks"     // sequence number, family id -> full run of fingerprints
	tableProgress   table = "progress"   // fingerprint -> progress
	tableQuarantine table = "quarantine" // fingerprint -> entry
)

// tables are what a Connector loads; a Windows has tables of its own.
var tables = []table{tableMeta, tableFamilies, tableTails, tableChunks, tableProgress, tableQuarantine}

// backend keeps the entries of connectors. It is safe for concurrent use.
type backend interface {
	// write runs fn in one transaction: all of it outlives the process when
	// write returns nil, and none of it is there after an error.
	write(connector string, fn func(txn) error) error
	// view runs fn with a look at a connector's entries at one moment. The slice
	// get returns is only valid during fn.
	view(connector string, fn func(get func(table, []byte) []byte) error) error
	// visit visits every entry of one table of a connector, in no order; key and
	// value are only valid during the visit. A connector never written to has
	// none.
	visit(connector string, t table, visit func(key, value []byte) error) error
	close() error
}

// load visits every entry in the tables of a connector.
func load(b backend, connector string, visit func(t table, key, value []byte) error) error {
	for _, t := range tables {
		err := b.visit(connector, t, func(key, value []byte) error { return visit(t, key, value) })
		if err != nil {
			return fmt.Errorf("table %s: %w", t, err)
		}
	}
	return nil
}

// txn is one connector's entries inside a transaction. The slice get returns
// is only valid until the next call.
type txn interface {
	get(t table, key []byte) []byte // nil: no such entry
	put(t table, key, value []byte) error
	del(t table, key []byte) error
}
