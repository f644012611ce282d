// Package hosttest runs the plugin in a real Fluent Bit: it builds the library
// with a connector that makes numbered records up (build tag hosttest), and
// counts what comes out of the host after reloads, stops, kills and panics.
//
// The host is $FLUENT_BIT, else /opt/fluent-bit/bin/fluent-bit, else the
// fluent-bit in the PATH. Without one, or without a C compiler, the tests are
// skipped.
package hosttest
