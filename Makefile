# in_stellar_aws. The targets that matter:
#   make demo    build, start a fake AWS, collect its logs, print the records
#   make test    everything that CI runs
#   make build   build/in_stellar_aws.so
#   make e2e     the end-to-end tests in the real Fluent Bit only
#   make chaos   a hundred crashes, stops and reloads, every record accounted for
#   make bench   benchmarks; PEER_BENTO=PATH and others measure peers beside it
#   make lint    linters (downloads and builds them the first time)
#   make vuln    known vulnerabilities of the dependencies (needs the network)

GO          ?= go
VERSION     := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
PLUGIN      := build/in_stellar_aws.so
GO_SOURCES  := $(shell find plugin internal -name '*.go' -not -name '*_test.go') go.mod go.sum
C_SOURCES   := $(wildcard plugin/*.c plugin/*.h)
LDFLAGS     := -s -w -X main.version=$(VERSION)
GOLANGCI    := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.9.0

export CGO_ENABLED = 1
export GOFLAGS = -buildvcs=false

.PHONY: build test check e2e demo chaos bench lint vuln clean

build: $(PLUGIN)

$(PLUGIN): $(GO_SOURCES) $(C_SOURCES)
	$(GO) build -buildmode=c-shared -trimpath -ldflags '$(LDFLAGS)' -o $@ ./plugin
	@rm -f build/in_stellar_aws.h

demo: build
	$(GO) run ./tests/demo -plugin $(PLUGIN)

test: check build
	$(GO) test -race -timeout 20m ./...

check:
	@test -z "$$(gofmt -l plugin internal tests)" || { gofmt -d plugin internal tests; exit 1; }
	$(GO) vet ./...
	$(GO) vet -tags hosttest ./plugin

# -count=1: the host is not an input that the go command knows of.
e2e: build
	PLUGIN=$(CURDIR)/$(PLUGIN) $(GO) test -count=1 -v -timeout 20m -run '/FluentBit|//FluentBit' ./tests/e2e/...

# An hour: random faults in both hosts, a stalled output, and 100 ends of the
# real Fluent Bit of each kind; every record is accounted for. And a backfill of
# 200,000 objects, interrupted three times, beside a live connector; and four
# nodes on one queue, killed forty times.
chaos: build
	PLUGIN=$(CURDIR)/$(PLUGIN) $(GO) test -count=1 -v -timeout 90m ./tests/chaos -chaos.duration 60s -chaos.stall 60s -chaos.ends 100
	PLUGIN=$(CURDIR)/$(PLUGIN) $(GO) test -count=1 -v -timeout 90m -run TestBackfill ./tests/e2e -backfill.objects 200000
	PLUGIN=$(CURDIR)/$(PLUGIN) $(GO) test -count=1 -v -timeout 40m ./tests/scale -scale.nodes 4 -scale.objects 20000 -scale.kills 40

# Every decoder; then the whole connector against gunzip and the peers that are
# named (tests/bench/peers.go), its memory, and its lag in the real Fluent Bit.
bench: build
	$(GO) test -run '^$$' -bench . -benchmem ./internal/...
	$(GO) run ./tests/bench -plugin $(PLUGIN)

lint: check
	$(GO) run $(GOLANGCI) run ./...

# Asks the Go vulnerability database, https://vuln.go.dev.
vuln:
	$(GO) run $(GOVULNCHECK) ./...

clean:
	rm -rf build
