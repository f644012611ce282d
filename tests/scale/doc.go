// Package scale shows that any number of nodes share one queue: several real
// Fluent Bit processes take the notifications of one bucket, some are killed
// again and again, notifications come twice, in no order or not at all, and
// one object cannot be read. At the end every record is there, under one id.
//
//	go test ./tests/scale                                                       a short form
//	go test -v ./tests/scale -scale.nodes 4 -scale.objects 20000 -scale.kills 40
package scale
