package generate

import (
	"hash/fnv"
	"math/bits"
	"math/rand/v2"
)

const uuidLen = 36

// Alphabets. Each has 64 or 32 entries so that a few bits select a letter
// without a division; a letter that occurs twice is a little more frequent,
// which does not matter here.
const (
	hexDigits   = "0123456789abcdef"
	upperHex    = "0123456789ABCDEF"
	base62      = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789xY"
	base64Std   = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	idAlphabet  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" // the base 32 of IAM's unique ids
	lowerBase36 = "abcdefghijklmnopqrstuvwxyz234567"
)

// random draws from a seeded PCG without an interface call in between.
type random struct{ *rand.PCG }

// newRandom gives the stream called name of a seed.
func newRandom(seed uint64, name string) *random {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // a hash's Write never fails
	return &random{rand.NewPCG(seed, h.Sum64())}
}

// n draws from [0, n), n > 0.
func (r *random) n(n int) int {
	hi, _ := bits.Mul64(r.Uint64(), uint64(n))
	return int(hi)
}

// between draws from [lo, hi], both included.
func (r *random) between(lo, hi int) int { return lo + r.n(hi-lo+1) }

// skewed draws from [0, n) with the low values more frequent, as the busy few
// of any log are.
func (r *random) skewed(n int) int { return min(r.n(n), r.n(n), r.n(n)) }

// percent is true in p of 100 draws.
func (r *random) percent(p int) bool { return r.n(100) < p }

// letters appends n characters of an alphabet of 1<<width letters.
func (r *random) letters(b []byte, alphabet string, width, n int) []byte {
	mask := uint64(1)<<width - 1
	for n > 0 {
		word := r.Uint64()
		for left := 64; left >= width && n > 0; left -= width {
			b = append(b, alphabet[word&mask])
			word >>= width
			n--
		}
	}
	return b
}

func (r *random) hex(b []byte, n int) []byte    { return r.letters(b, hexDigits, 4, n) }
func (r *random) base62(b []byte, n int) []byte { return r.letters(b, base62, 6, n) }

func (r *random) digits(b []byte, n int) []byte {
	for range n {
		b = append(b, byte('0'+r.n(10)))
	}
	return b
}

// hexString gives n hexadecimal digits.
func (r *random) hexString(n int) string { return string(r.hex(nil, n)) }

// idString gives n characters of an IAM unique id.
func (r *random) idString(n int) string { return string(r.letters(nil, idAlphabet, 5, n)) }

// uuid gives a version 4 UUID in its text form.
func (r *random) uuid() (u [uuidLen]byte) {
	hi, lo := r.Uint64(), r.Uint64()
	hi = hi&^0xf000 | 0x4000
	lo = lo&^(0xc<<60) | 8<<60
	at := 0
	for i := range 32 {
		if i == 8 || i == 12 || i == 16 || i == 20 {
			u[at] = '-'
			at++
		}
		word, shift := hi, 60-4*i
		if i >= 16 {
			word, shift = lo, 60-4*(i-16)
		}
		u[at] = hexDigits[word>>shift&15]
		at++
	}
	return u
}
