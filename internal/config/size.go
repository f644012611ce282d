package config

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

var errSize = errors.New("want bytes, or a number with k, M or G (powers of 1000, as Fluent Bit counts), such as 64M")

// parseSize reads a size in bytes as Fluent Bit's flb_utils_size_to_bytes does:
// a number, a decimal point allowed, with k, M or G (or kB, MB, GB) in either
// case, which are powers of 1000. What that function lets pass as zero
// (letters, "false") is refused, as are signs.
// https://docs.fluentbit.io/manual/administration/configuring-fluent-bit/unit-sizes
func parseSize(s string) (int64, error) {
	number := strings.TrimRight(s, "kKmMgGbB")
	unit := int64(1)
	switch strings.ToUpper(s[len(number):]) {
	case "":
	case "K", "KB":
		unit = 1e3
	case "M", "MB":
		unit = 1e6
	case "G", "GB":
		unit = 1e9
	default:
		return 0, errSize
	}
	if number == "" || strings.Trim(number, "0123456789.") != "" {
		return 0, errSize // ParseFloat alone would take "inf", "0x1p3" and "1e9"
	}
	f, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return 0, errSize
	}
	if f *= float64(unit); f >= math.MaxInt64 {
		return 0, errors.New("is larger than 2^63 bytes")
	}
	return int64(f), nil
}
