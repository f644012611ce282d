package decode_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"in_stellar_aws/internal/decode"
	"in_stellar_aws/internal/interflow"
)

// TestPlain: Object.Plain gets every byte of the plain text, also of records
// that are not handed over and of what follows them.
func TestPlain(t *testing.T) {
	text := `{"Records":[` + strings.Repeat(`{"eventVersion":"1.08","eventID":"a"},`, 20_000) + `{"broken]}` + "  \n"
	for _, from := range []uint64{0, 19_000} {
		var plain bytes.Buffer
		d := decode.NewRecords(interflow.NewCloudTrail(interflow.Settings{}), "eventVersion", time.Now)
		_, err := d.Decode(context.Background(), strings.NewReader(zip(t, text)), decode.Object{From: from, Plain: &plain}, &output{})
		if err != nil {
			t.Logf("the broken record: %v", err)
		}
		if plain.String() != text {
			t.Errorf("from %d: %d bytes, want %d", from, plain.Len(), len(text))
		}
	}
}
