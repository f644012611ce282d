package state

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
	// load visits every entry of a connector; key and value are only valid
	// during the visit. A connector never written to has none.
	load(connector string, visit func(t table, key, value []byte) error) error
	// write runs fn in one transaction: all of it is durable when write returns
	// nil, and none of it after an error.
	write(connector string, fn func(txn) error) error
	// view runs fn with a look at a connector's entries at one moment. The slice
	// get returns is only valid during fn.
	view(connector string, fn func(get func(table, []byte) []byte) error) error
	// visit is load for one table, also one that is not in tables.
	visit(connector string, t table, visit func(key, value []byte) error) error
	close() error
}

// txn is one connector's entries inside a transaction. The slice get returns
// is only valid until the next call.
type txn interface {
	get(t table, key []byte) []byte // nil: no such entry
	put(t table, key, value []byte) error
	del(t table, key []byte) error
}
