package generate

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// everything calls each maker once and hashes what comes out.
func everything(t *testing.T, g *Generator) string {
	t.Helper()
	h := sha256.New()
	write := func(b []byte) {
		if _, err := h.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	object := func(o Object) {
		write([]byte(o.Key + o.LastModified.String() + o.SHA256))
		write(o.Body)
	}
	for range 20 {
		for _, next := range []func([]byte) []byte{g.AppendCloudTrail, g.AppendInsight, g.AppendNetworkActivity, g.AppendAggregated, g.AppendWAF, g.AppendFinding, g.AppendFindingEvent, g.AppendAudit, g.AppendControlPlane, g.AppendContainer} {
			write(next(nil))
		}
	}
	object(g.CloudTrailFile(TrailFile{}))
	object(g.FlowFile(FlowFile{Fields: FlowFields(11)}))
	object(g.WAFFile(WAFFile{Firehose: true}))
	object(g.FindingsFile(File{}))
	digest, err := g.Digests(File{}, AccountTrail).Next(DefaultStart, nil)
	if err != nil {
		t.Fatal(err)
	}
	object(digest)
	write(g.DataMessage(Subscription{}, g.LogEvents(50, g.AppendAudit)))
	write(g.FlowFirehose(TransitGatewayFields(), 50))
	for _, o := range g.Odd() {
		write(o.JSON)
	}
	for _, f := range g.OddFiles() {
		write(f.Body)
	}
	if _, err := io.Copy(h, g.CloudTrailStream(200)); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func TestSameSeedSameBytes(t *testing.T) {
	first := everything(t, New(42, Options{}))
	if again := everything(t, New(42, Options{})); again != first {
		t.Errorf("the same seed gave %s and %s", first, again)
	}
	for name, g := range map[string]*Generator{
		"another seed":  New(43, Options{}),
		"another start": New(42, Options{Start: DefaultStart.Add(time.Hour)}),
		"a fork":        New(42, Options{}).Fork(0),
	} {
		if everything(t, g) == first {
			t.Errorf("%s gave the same bytes", name)
		}
	}
}

func TestForkDependsOnNothingElse(t *testing.T) {
	used := New(7, Options{})
	for range 100 {
		used.AppendCloudTrail(nil)
	}
	if a, b := everything(t, used.Fork(3)), everything(t, New(7, Options{}).Fork(3)); a != b {
		t.Error("a fork depends on what its parent made")
	}
	if a, b := everything(t, used.Fork(3)), everything(t, used.Fork(4)); a == b {
		t.Error("two forks are equal")
	}
}

func TestTemplateFaults(t *testing.T) {
	for _, text := range []string{"${", "${nothing}", "${hex}", "${hex:x}", "${n:1}", "${n:..2}", "${time:now}"} {
		if _, err := parse(text); err == nil {
			t.Errorf("parse %q: no error", text)
		}
	}
}

func TestForksRunTogether(t *testing.T) {
	g := New(7, Options{})
	sums := make(chan [sha256.Size]byte)
	for n := range 4 {
		f := g.Fork(uint64(n))
		go func() { sums <- sha256.Sum256(f.CloudTrailFile(TrailFile{}).Body) }()
	}
	seen := map[[sha256.Size]byte]bool{}
	for range 4 {
		seen[<-sums] = true
	}
	if len(seen) != 4 {
		t.Errorf("%d different files of 4 forks", len(seen))
	}
}
