# Kvartal. `make` alone lists what can be made.
SHELL := /bin/bash
.DEFAULT_GOAL := help

VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
GO_FILES := $(shell git ls-files -co --exclude-standard '*.go' '*.sql' 'go.mod' 'go.sum' 'layers/defs/*' 'layers/*.json' 'styles/palettes/*' 2>/dev/null)
WEB_FILES := $(shell git ls-files -co --exclude-standard web-map 2>/dev/null)

GOLANGCI    := go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
STATICCHECK := go run honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOFUMPT     := go run mvdan.cc/gofumpt@v0.12.0
GOVULNCHECK := go run golang.org/x/vuln/cmd/govulncheck@v1.9.0

help: ## List the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

run: deps build ## Install what is missing, build, load the demo city once, serve it
	bin/kvartal demo
	exec bin/kvartal serve

test: deps-test build ## Run every test: Go with the race detector, web map, browser
	@# -trimpath as in the build: what one checkout has compiled serves all of them.
	go vet -trimpath ./...
	go test -trimpath -race ./...
	cd web-map && npm test
	$(MAKE) --no-print-directory e2e

build: bin/kvartal bin/share/NOTICE ## Build the web map and bin/kvartal

web: web-map/dist/index.html ## Build the web map alone

bin/kvartal: $(GO_FILES) web-map/dist/index.html
	go build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o $@ ./cmd/kvartal

bin/share/NOTICE: scripts/share go.mod
	scripts/share bin/share

web-map/dist/index.html: $(WEB_FILES) web-map/node_modules/.package-lock.json
	cd web-map && npm run build
	@touch $@

web-map/node_modules/.package-lock.json: web-map/package.json web-map/package-lock.json
	cd web-map && npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

e2e: build ## Walk through the web map of the demo city in Chromium
	scripts/e2e

lint: build ## Check form, types, known faults and known vulnerabilities
	@test -z "$$($(GOFUMPT) -l . | tee /dev/stderr)" || { echo 'run: make fmt' >&2; exit 1; }
	$(GOLANGCI) run
	$(STATICCHECK) ./...
	cd web-map && npm run lint
	$(GOVULNCHECK) ./... # asks vuln.go.dev

fmt: ## Format Go and the web map
	$(GOFUMPT) -w .
	cd web-map && npm run fmt

bench: ## Run the Go benchmarks
	go test -run '^$$' -bench . -benchmem ./...

bench-tiles: build ## Measure tiles: Go benchmarks, then over HTTP
	go test -run '^$$' -bench . -benchmem ./tiles/...
	bin/kvartal bench tiles

bench-live: ## Measure live objects: decoding, what is durable before its answer, the index, the way to readers
	@# One package after the other: a figure taken while the next one compiles is not its own.
	go test -p 1 -run '^$$' -bench 'Durable|Decode' -benchtime 3s ./live/ingest ./live/trackers/... ./live/bus
	go test -p 1 -run '^$$' -bench . ./live/index ./live/recorder ./live/recorded ./live
	go test -p 1 -run '^$$' -bench FixToSubscriber -benchtime 20000x ./cmd/kvartal
	go test -p 1 -run '^$$' -bench LiveEvents -benchtime 100x ./server

chaos: ## Kill server, bus and database under load and count what was told (CHAOS_ROUNDS=1)
	go test -tags chaos -run '^TestChaos$$' -count 1 -timeout 30m -v ./cmd/kvartal

conformance: ## Run the OGC suites (jars in ETS_FEATURES, ETS_TILES) against the city at CITY
	@scripts/conformance

deps:
	@scripts/deps run

deps-test:
	@scripts/deps test

clean: ## Remove what was built; the data in var/ stays
	rm -rf bin web-map/dist/* web-map/node_modules

.PHONY: help run test build web e2e lint fmt bench bench-tiles bench-live chaos conformance deps deps-test clean
