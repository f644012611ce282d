// Package reference is the plain, slow way to the records that
// in_stellar_aws makes: encoding/json into maps, compared leaf by leaf with what
// came out. Tests of the mapper and tests of whole hosts share it. What it
// knows of a record is only its text: nothing of the mapper's code.
package reference
