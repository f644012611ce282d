package interflow

// isIP tells an IPv4 or IPv6 address from a host name and from `AWS Internal`.
// It takes what net/netip takes, but for zones, and allocates nothing: every
// CloudTrail record passes through it.
func isIP(s []byte) bool { return isIPv4(s) || isIPv6(s) }

// isIPv4 reads four decimal numbers up to 255 without leading zeros.
func isIPv4(s []byte) bool {
	for part := range 4 {
		n, digits := 0, 0
		for len(s) > 0 && '0' <= s[0] && s[0] <= '9' && digits < 4 {
			n = n*10 + int(s[0]-'0')
			s = s[1:]
			digits++
			if digits > 1 && n < 10 {
				return false
			}
		}
		if digits == 0 || n > 255 {
			return false
		}
		if part == 3 {
			return len(s) == 0
		}
		if len(s) == 0 || s[0] != '.' {
			return false
		}
		s = s[1:]
	}
	return false
}

// isIPv6 reads eight groups of up to four hexadecimal digits, of which the
// last two may be an IPv4 address, and `::` may stand for one or more groups
// of zeros, once (https://www.rfc-editor.org/rfc/rfc4291#section-2.2).
func isIPv6(s []byte) bool {
	const all = 8
	groups, gap := 0, false
	if len(s) >= 2 && s[0] == ':' && s[1] == ':' {
		gap = true
		if s = s[2:]; len(s) == 0 {
			return true
		}
	}
	for groups < all {
		digits := 0
		for digits < len(s) && isHex(s[digits]) {
			digits++
		}
		if digits < len(s) && s[digits] == '.' {
			groups += 2
			return isIPv4(s) && groups <= all && gap == (groups < all)
		}
		if digits == 0 || digits > 4 {
			return false
		}
		groups++
		if s = s[digits:]; len(s) == 0 {
			return gap == (groups < all)
		}
		if s[0] != ':' || len(s) == 1 {
			return false
		}
		if s = s[1:]; s[0] != ':' {
			continue
		}
		if gap {
			return false
		}
		gap = true
		if s = s[1:]; len(s) == 0 {
			return groups < all
		}
	}
	return false
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
