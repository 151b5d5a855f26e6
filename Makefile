# Everything is done from here, and each target does its own set-up.
#
#   make demo    a ceremony is held, and a CRL and an intermediate certificate cross the gap, before your eyes
#   make test    format, lints, every test
#   make bench   the figures in docs/measurements.md (release build); with ORACLE=1 zxing-cpp reads the pictures too,
#                and with AUDIO_PEER=1 amodem sends through the same simulated cable
#   make long    a million schedules of faults, a thousand kills, an hour of hostile lines, 100,000 codewords of sound,
#                ten thousand hostile objects, the scenarios with other seeds, make fuzz:
#                make long SCHEDULES=1000000 KILLS=1000 ROOTCAST_SOAK_MINUTES=60 RUNS=5
#   make fuzz    every fuzz target in turn, FUZZ_SECONDS each, with cargo-fuzz (which it installs where it is missing)
#   make audio   rootcast-offline-audio: the offline program with sound devices, a package variant of its own
#   make deps    system packages the build and the tests need
#   make kryoptic  a second soft token for the tests; make test does this first, make test KRYOPTIC=no does not
#   make pkilint   a linter of certificates and CRLs for the tests; make test does this first
#   make acorn     a parser of JavaScript for the tests; make test does this first
#   make fresh   make demo and make test on a bare Debian, and make demo on one that has libclang-cpp; as root only

SHELL := /bin/bash
CARGO ?= cargo
RUNS ?= 5
SCHEDULES ?= 1000000
KILLS ?= 1000
CODEWORDS ?= 100000
ROOTCAST_SOAK_MINUTES ?= 60
FUZZ_SECONDS ?= 600
KRYOPTIC ?= yes
FUZZ_TARGETS ?= $(basename $(notdir $(wildcard fuzz/fuzz_targets/*.rs)))

.PHONY: all demo test bench amodem long fuzz fresh deps deps-build deps-fuzz kryoptic pkilint acorn lint build programs audio

all: build

deps:
	@CARGO=$(CARGO) make/deps.sh build test $(if $(ORACLE),cmake c++)

# What the two programs and the demo need: less than the tests.
deps-build:
	@CARGO=$(CARGO) make/deps.sh build

# libFuzzer is C++.
deps-fuzz:
	@CARGO=$(CARGO) make/deps.sh build test c++

# Another maker's tokens than SoftHSM's. A minute and a half of two cores, once.
kryoptic:
	@CARGO=$(CARGO) make/kryoptic.sh

# Another maker's reading of RFC 5280 and of the Baseline Requirements. Half a minute, once.
pkilint:
	@CARGO=$(CARGO) make/python_tool.sh pkilint --only-binary :all:

# What the script of a page is parsed with, as browsers of 2017 parse it. A few seconds, once.
acorn:
	@CARGO=$(CARGO) make/acorn.sh

# Each program by itself, so that neither is built with what only the other needs.
programs: deps-build
	$(CARGO) build --locked -p rootcast-offline
	$(CARGO) build --locked -p rootcast-online

build: programs

# The package variant of the offline program that plays on sound devices.
audio: deps-build
	$(CARGO) build --locked -p rootcast-offline --features audio-device --bin rootcast-offline-audio

lint: deps
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets --features rootcast-tests/bench -- -D warnings
	$(CARGO) clippy --locked -p rootcast-offline --features audio-device -- -D warnings
	$(CARGO) metadata --locked --format-version 1 --manifest-path fuzz/Cargo.toml >/dev/null  # its lock follows the workspace's

# In one go, so that what the programs and the demo share is built once.
demo: deps-build
	$(CARGO) build --locked -p rootcast-offline -p rootcast-online -p rootcast-tests \
	  --bin rootcast-offline --bin rootcast-online --bin rootcast-demo
	@"$${CARGO_TARGET_DIR:-target}/debug/rootcast-demo"

# The online program is built with the tests, so that its libraries are built once; a scenario of `one_way` compares it with
# what `make build` builds. The offline program is built by itself, as people build it. Its variant with sound devices is the
# same crate once more, under another name, beside the same libraries.
test: deps lint pkilint acorn $(if $(filter no,$(KRYOPTIC)),,kryoptic)
	$(CARGO) build --locked --workspace --exclude rootcast-offline
	$(CARGO) build --locked -p rootcast-offline
	$(CARGO) build --locked -p rootcast-offline --features audio-device --bin rootcast-offline-audio
	@rm -f "$${CARGO_TARGET_DIR:-target}/debug/skipped.txt"
	$(CARGO) test --locked --workspace
	@if [ -s "$${CARGO_TARGET_DIR:-target}/debug/skipped.txt" ]; then echo "SKIPPED:"; cat "$${CARGO_TARGET_DIR:-target}/debug/skipped.txt"; fi

# A modem for audio cables, measured beside ours.
amodem:
	@CARGO=$(CARGO) make/python_tool.sh amodem

bench: deps $(if $(AUDIO_PEER),amodem)
	$(CARGO) build --locked --release -p rootcast-offline
	$(CARGO) build --locked --release -p rootcast-online
	ROOTCAST_AMODEM="$${CARGO_TARGET_DIR:-target}/amodem/bin/amodem" \
	  $(CARGO) run --locked --release -q -p rootcast-tests --features $(if $(ORACLE),oracle,bench) --bin rootcast-bench

long: programs
	$(CARGO) build --locked --release -p rootcast-offline
	$(CARGO) build --locked --release -p rootcast-online
	$(CARGO) run --locked --release -q -p rootcast-tests --bin rootcast-ordeal model $(SCHEDULES)
	$(CARGO) run --locked --release -q -p rootcast-tests --bin rootcast-ordeal kills $(KILLS)
	$(CARGO) run --locked --release -q -p rootcast-tests --bin rootcast-ordeal soak $(ROOTCAST_SOAK_MINUTES)
	$(CARGO) run --locked --release -q -p rootcast-tests --bin rootcast-ordeal sound $(CODEWORDS)
	ROOTCAST_HOSTILE_OBJECTS=10000 $(CARGO) test --locked -p rootcast-tests --test scenarios hostile_floods
	@for run in $$(seq $(RUNS)); do \
	  seed=0x$$(od -An -N8 -tx8 /dev/urandom | tr -d ' '); echo "run $$run of $(RUNS): ROOTCAST_SEED=$$seed"; \
	  ROOTCAST_SEED=$$seed ROOTCAST_DIFFERENTIAL_ROUNDS=30 ROOTCAST_FUZZ_TIMES=5 $(CARGO) test --locked -p rootcast-tests --test scenarios || exit 1; \
	done
	$(MAKE) fuzz

# One process, no sanitizer: so it works with the stable compiler, and there is no unsafe code of ours to sanitize.
# What the fuzzer finds is kept in fuzz/corpus and fuzz/artifacts; what fails belongs into tests/fuzz_inputs.
fuzz: deps-fuzz
	@command -v cargo-fuzz >/dev/null 2>&1 || $(CARGO) install --locked cargo-fuzz
	$(CARGO) run --locked -q -p rootcast-tests --bin rootcast-fuzz -- seeds fuzz/seeds
	cd fuzz && $(CARGO) fuzz build --sanitizer none -O
	@scratch=$$([ -d /dev/shm ] && mktemp -d -p /dev/shm || mktemp -d); trap 'rm -rf "$$scratch"' EXIT; \
	for target in $(FUZZ_TARGETS); do \
	  mkdir -p fuzz/corpus/$$target; \
	  (cd fuzz && TMPDIR=$$scratch $(CARGO) fuzz run --sanitizer none -O $$target corpus/$$target seeds/$$target -- \
	    -max_total_time=$(FUZZ_SECONDS) -max_len=8192 -timeout=20 -rss_limit_mb=4096 -print_final_stats=1) || exit 1; \
	done

# A missing installation step shows only on a machine that has nothing yet.
fresh:
	make/fresh.sh bare cpp
