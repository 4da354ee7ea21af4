# What one does with Signet. `make` alone says what there is.

BUILD_PACKAGES := gcc libc6-dev make pkg-config libssl-dev
BENCH_PACKAGES := $(BUILD_PACKAGES) openssl=openssl
TEST_PACKAGES := $(BUILD_PACKAGES) ca-certificates postgresql nginx haproxy apache2-bin chromium chromium-driver certutil=libnss3-tools node=nodejs npm=nodejs,npm systemd-analyze=systemd python3-venv python3-jwcrypto
INTEROP_PACKAGES := $(BUILD_PACKAGES) python3=python3 openssl=openssl

.PHONY: help demo test check bench long long-interop deny fuzz screenshots build-packages bench-packages test-packages interop-packages node-packages python-packages interop

help:
	@echo 'make demo    build Signet and serve the demo (options: make demo ARGS="--address 127.0.0.1:9091")'
	@echo 'make test    install what the tests need, then check the formatting, lint and test everything'
	@echo 'make check   formatting, lints and types only'
	@echo 'make bench   measure start, memory and cost per request (some of it: make bench ARGS=token)'
	@echo 'make long    the tests with their full counts, then MCP Toolbox under load (some tests, without it: make long ARGS=crash)'
	@echo 'make interop the programs of others against Signet, installed first (one of them: make interop ARGS=dovecot)'
	@echo 'make deny    licences, sources and banned crates of the dependencies, by deny.toml'
	@echo 'make fuzz    fuzz each reader for 60 seconds, on a nightly Rust (make fuzz SECONDS=600)'
	@echo 'make screenshots   take the pictures in docs/screenshots anew (ports 9091 and 9092 must be free)'

demo: build-packages
	cargo run --release --locked -- demo $(ARGS)

test: test-packages node-packages python-packages
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	cargo test --locked

check: build-packages
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	cargo check --locked --all-targets
	cargo check --locked --no-default-features

bench: bench-packages
	cargo bench --locked --bench provider -- $(ARGS)

# 100 kills on each database, 1,000 races by 64 for codes and for refresh tokens, 100 restarts, 50 outages, each property on
# 4096 cases, each reader's fuzz target for 60 seconds; a line of figures each, at the end of each binary. An hour or more on
# two cores. Unless ARGS asks for other tests, the gauntlet comes after them once more, with PostgreSQL under every test that
# names no database; unless ARGS asks for any, `long-interop` comes last.
long: test-packages node-packages python-packages
	SIGNET_LONG=1 $(if $(ROUNDS),SIGNET_ROUNDS=$(ROUNDS)) PROPTEST_CASES=$(CASES) FUZZ_SECONDS=60 cargo test --locked -- $(ARGS) --show-output
	$(if $(filter-out gauntlet%,$(ARGS)),,SIGNET_ON=postgres cargo test --locked --test it -- $(or $(ARGS),gauntlet::))
	$(if $(ARGS),,$(MAKE) long-interop)
long: CASES ?= 4096

# MCP Toolbox while keys change under load, over http and over https: six minutes each, for it asks for keys once in five.
long-interop:
	SIGNET_LONG=1 $(MAKE) interop ARGS=mcp-toolbox

# Advisories are asked of another site, and new ones fail what has not changed: `cargo deny check` alone asks for them too.
deny: build-packages
	cargo deny --version >/dev/null 2>&1 || cargo install --locked cargo-deny
	cargo deny --locked check bans licenses sources

# The targets of fuzz/, guided by coverage, each input within 10 seconds and all of it within 512 MiB; `cargo test` runs the
# same functions over their corpora on any Rust.
fuzz: build-packages
	cargo fuzz --version >/dev/null 2>&1 || cargo install --locked cargo-fuzz
	for target in $$(cd fuzz/fuzz_targets && ls | sed 's/\.rs$$//'); do \
		cargo +nightly fuzz run --sanitizer none $$target -- -max_total_time=$(SECONDS) -max_len=16384 -timeout=10 -rss_limit_mb=512 || exit 1; \
	done
fuzz: SECONDS ?= 60

# Pictures of the demo's pages, at the addresses that people see.
screenshots: test-packages
	SIGNET_SCREENSHOTS=1 cargo test --locked --test it -- browser::screenshots

build-packages:
	@scripts/packages.sh $(BUILD_PACKAGES)

bench-packages:
	@scripts/packages.sh $(BENCH_PACKAGES)

test-packages:
	@scripts/packages.sh $(TEST_PACKAGES)

interop-packages:
	@scripts/packages.sh $(INTEROP_PACKAGES)

# The relying parties of the tests that others wrote, in the versions of their lock files.
node-packages: test-packages
	cd tests/interop && npm ci

python-packages: test-packages tests/interop/.venv/installed

tests/interop/.venv/installed: tests/interop/requirements.txt | test-packages
	python3 -m venv --clear tests/interop/.venv
	tests/interop/.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $<
	touch $@

# Real programs against the built Signet, through its pages. Each installs what it needs: Debian packages, and with lock
# files what npm and pip have. All else is written to target/interop.
interop: interop-packages
	cargo build --locked $(if $(filter release,$(PROFILE)),--release)
	tests/interop/slow/run --signet $(or $(CARGO_TARGET_DIR),target)/$(PROFILE)/signet $(ARGS)
interop: PROFILE ?= debug
