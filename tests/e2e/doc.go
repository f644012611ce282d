// Package e2e runs whole scenarios: a fake AWS, a configuration file, and the
// plugin as Fluent Bit loads it. Every scenario runs in both hosts, in subtests
// abihost and FluentBit; the latter is skipped where there is no Fluent Bit.
package e2e
