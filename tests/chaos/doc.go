// Package chaos proves that nothing is lost: it draws faults from a seed (of
// AWS, of the output, and the ends of the host by SIGKILL, SIGTERM and SIGHUP)
// while objects arrive, are late, overwritten or deleted, and accounts for
// every record at the end.
//
//	go test ./tests/chaos                                                      a short TestChaos, and the state file's faults
//	go test -v ./tests/chaos -run TestChaos -chaos.duration 10s                in both hosts
//	go test -v ./tests/chaos -run TestChaos -chaos.duration 10s -chaos.seed 7  the same choices again
//	go test -v ./tests/chaos -run TestStall -chaos.stall 60s
//	go test -v ./tests/chaos -run TestEnds -chaos.ends 100 -timeout 60m
//
// The seed fixes what is chosen and in which order; at which record a fault
// strikes is the machine's.
//
// # What the numbers mean
//
// Each start of the host and each reload is a generation; its number is in
// every record that it appends (tenant_id), and the output says which
// generation delivered a record. So of a record that came more than once it is
// known who repeated it. Copies of different generations were appended twice
// by the plugin, after a crash before its commit. Copies of one generation that
// different generations delivered are the host's: it sends a stored chunk
// again when it ended between sending and forgetting it. Copies of one
// generation that one generation delivered are the host's retries where the
// output had kept it waiting, and a fault of the plugin where not: TestEnds
// counts them as the plugin's, TestStall compares with the host's own count of
// records appended, and so does the ABI host for every generation that ended
// in order. What remains open is a record that one generation appended twice,
// into two chunks, of which a crash of the real host separated the deliveries.
package chaos
