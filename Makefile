# in_stellar_aws. The targets that matter:
#   make demo    build, start a fake AWS, collect its logs, print the records
#   make test    everything that CI runs
#   make build   build/in_stellar_aws.so
#   make e2e     the end-to-end tests in the real Fluent Bit only
#   make chaos   a hundred crashes, stops and reloads, every record accounted for
#   make bench   benchmarks; PEER_BENTO=PATH and others measure peers beside it
#   make lint    linters and make vuln (downloads and builds them the first time)
#   make vuln    known vulnerabilities of the dependencies (needs the network)
#   make dist    packages of a release, for amd64 and arm64, in dist/

GO          ?= go
VERSION     := $(or $(shell git describe --tags --match 'v[0-9]*' --dirty 2>/dev/null),v0.0.0-$(or $(shell git describe --always --dirty 2>/dev/null),unknown))
PLUGIN      := build/in_stellar_aws.so
GO_SOURCES  := $(shell find plugin internal -name '*.go' -not -name '*_test.go') go.mod go.sum
C_SOURCES   := $(wildcard plugin/*.c plugin/*.h)
LDFLAGS     := -s -w -buildid= -X main.version=$(VERSION)
GOLANGCI    := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.9.0

export CGO_ENABLED = 1
export GOFLAGS = -buildvcs=false

.PHONY: build test check e2e demo chaos bench lint vuln dist clean FORCE

build: $(PLUGIN)

# $(call compile,C COMPILER,GOARCH,FILE): the plugin, linked for glibc 2.31.
define compile
CC=$(1) docker/package/glibc.sh build/glibc-$(2)
CC=$(1) GOARCH=$(2) $(GO) build -buildmode=c-shared -trimpath -o $(3) -ldflags '$(LDFLAGS) \
	-extldflags "-L$(CURDIR)/build/glibc-$(2) $(CURDIR)/build/glibc-$(2)/res_search.o -lpthread -ldl -lresolv"' ./plugin
@rm -f $(3:.so=.h)
endef

$(PLUGIN): $(GO_SOURCES) $(C_SOURCES) docker/package/glibc.sh
	$(call compile,$(shell $(GO) env CC),$(shell $(GO) env GOARCH),$@)

demo: build
	$(GO) run ./tests/demo -plugin $(PLUGIN)

test: check build
	$(GO) test -race -timeout 20m ./...

check:
	@test -z "$$(gofmt -l plugin internal docker tests)" || { gofmt -d plugin internal docker tests; exit 1; }
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
	$(GO) test -count=1 -run TestBudgetWithSweeps -v ./internal/source -budget.day
	$(GO) run ./tests/bench -plugin $(PLUGIN)

lint: check
	$(GO) run $(GOLANGCI) run ./...
	@$(MAKE) --no-print-directory vuln

# Asks the Go vulnerability database, https://vuln.go.dev.
vuln:
	@$(GO) run $(GOVULNCHECK) ./... || { echo "make vuln: govulncheck has found something, or could not be run: it needs https://vuln.go.dev" >&2; exit 1; }

# ---- releases ---------------------------------------------------------------

NFPM      := github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.45.2
CYCLONEDX := github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0

ARCHS    ?= amd64 arm64
CC_amd64 ?= x86_64-linux-gnu-gcc
CC_arm64 ?= aarch64-linux-gnu-gcc
NAME     := in_stellar_aws-$(VERSION)-linux
DIST     := dist/$(VERSION)

# Everything in a package has the time of the commit, so that a second build
# gives the same bytes.
export SOURCE_DATE_EPOCH ?= $(or $(shell git log -1 --format=%ct 2>/dev/null),0)

# A tar.gz, .deb, .rpm and SBOM for each architecture, and their checksums.
dist: $(ARCHS:%=$(DIST)/$(NAME)-%.tar.gz)
	cd $(DIST) && sha256sum *.tar.gz *.deb *.rpm *.json > SHA256SUMS

# Always: the version in it may be another one.
build/dist/%/in_stellar_aws.so: FORCE
	@command -v $(CC_$*) >/dev/null || { echo 'make dist needs $(CC_$*) (Debian: apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross for arm64); make dist ARCHS=amd64 does without' >&2; exit 1; }
	$(call compile,$(CC_$*),$*,$@)

.PRECIOUS: build/dist/%/sbom.cdx.json
build/dist/%/sbom.cdx.json: build/dist/%/in_stellar_aws.so
	$(GO) run $(CYCLONEDX) bin -json -noserial -notimestamp -std -version $(VERSION) -output $@ $<

build/dist/THIRD_PARTY_LICENCES: go.mod go.sum $(GO_SOURCES) docker/package/licences.sh
	@mkdir -p $(@D)
	docker/package/licences.sh ./plugin > $@ || { rm -f $@; exit 1; }

$(DIST)/$(NAME)-%.tar.gz: build/dist/%/in_stellar_aws.so build/dist/%/sbom.cdx.json build/dist/THIRD_PARTY_LICENCES conf docker/package README.md CHANGELOG.md SECURITY.md LICENSE
	@mkdir -p $(DIST)
	cp build/dist/$*/sbom.cdx.json $(DIST)/$(NAME)-$*.cdx.json
	for kind in deb rpm; do ARCH=$* VERSION=$(VERSION) $(GO) run $(NFPM) package -f docker/package/nfpm.yaml -p $$kind -t $(DIST)/ || exit 1; done
	cd build/dist/$* && sha256sum in_stellar_aws.so sbom.cdx.json > SHA256SUMS
	tar --sort=name --mtime=@$(SOURCE_DATE_EPOCH) --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
		--transform 's|^|$(NAME)-$*/|' -c -C build/dist/$* in_stellar_aws.so sbom.cdx.json SHA256SUMS \
		-C $(CURDIR)/build/dist THIRD_PARTY_LICENCES -C $(CURDIR) conf README.md CHANGELOG.md SECURITY.md LICENSE | gzip -n > $@

clean:
	rm -rf build dist
