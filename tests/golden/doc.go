// Package golden pins the events of every kind of record: testdata holds
// NAME.in, an object as AWS stores it, and NAME.expected.json, the events that
// it becomes. Much of the profile is this project's own choice, on which users
// build searches and alerts: it changes on purpose only, with
//
//	go test ./tests/golden -update
//
// and a note of what changed.
package golden
