package interflow

import (
	"net/netip"
	"strings"
	"testing"
)

var addresses = []string{
	"192.0.2.1", "0.0.0.0", "255.255.255.255", "256.1.1.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.", "1..2.3", "",
	"2001:db8::1", "::", "::1", "1::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8",
	"1::2:3:4:5:6:7:8", "1:2:3:4::5:6:7:8", "1::2::3", ":::", "::1:", ":1::", "12345::", "1:2:3:4:5:6:7:", "fe80::1%eth0", "FE80::ABCD",
	"::ffff:192.0.2.1", "::192.0.2.1", "1:2:3:4:5:6:192.0.2.1", "1:2:3:4:5:192.0.2.1", "1:2:3:4:5:6:7:192.0.2.1", "::1.2.3", "::1.2.3.4:5",
	"1:2:3:4:5:6::192.0.2.1", "::12345.2.3.4", "1.2.3.4::", "g::", "AWS Internal", "AWS Internal/1", "ec2.amazonaws.com", "cafe.be", "fade", "::a.b.c.d",
}

func TestIsIP(t *testing.T) {
	for _, text := range addresses {
		t.Run(text, func(t *testing.T) { checkIP(t, text) })
	}
}

func FuzzIsIP(f *testing.F) {
	for _, text := range addresses {
		f.Add(text)
	}
	f.Fuzz(checkIP)
}

// checkIP compares with net/netip. AWS writes no zones, and one would not be an
// address that another tool could look up.
func checkIP(t *testing.T, text string) {
	_, err := netip.ParseAddr(text)
	if got, want := isIP([]byte(text)), err == nil && !strings.Contains(text, "%"); got != want {
		t.Errorf("isIP(%q) = %t, netip: %v", text, got, err)
	}
}
