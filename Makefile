# Two commands do everything on a machine with Swift and apt: `make demo` and `make test`.

SWIFT  ?= swift
PYTHON ?= python3
prefix ?= /usr/local
BUILD  := .build/release
VENV   := Training/.venv
# The C compiler that comes with Swift.
CLANG  ?= $(or $(wildcard $(dir $(realpath $(shell command -v $(SWIFT))))clang),clang)
SUDO   := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.PHONY: all build debug demo test test-isa test-cost bench test-training lint format golden deps deps-training install uninstall clean

all: build

# What is missing is installed; where nothing is missing, nothing is asked of apt.
deps:
	@pkg-config --exists sndfile 2>/dev/null || { \
	  $(SUDO) apt-get update -qq && \
	  $(SUDO) apt-get install -y -qq --no-install-recommends pkg-config libsndfile1-dev; }

build: deps
	$(SWIFT) build -c release --static-swift-stdlib --product hush

demo: build
	@mkdir -p build/demo
	@for clip in reader vacuum; do \
	  $(BUILD)/hush denoise --force Demo/$$clip.flac build/demo/$$clip.flac \
	    --report build/demo/$$clip.html || exit; echo; done
	@echo "Listen: build/demo/reader.flac, build/demo/vacuum.flac (the noisy ones are in Demo/)"
	@echo "Look:   build/demo/reader.html, build/demo/vacuum.html: pictures and players, before and after"

lint:
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests Benchmarks/Package.swift \
	  Benchmarks/Sources/hush-benchmarks

format:
	$(SWIFT) format --in-place --recursive Package.swift Sources Tests Benchmarks/Package.swift \
	  Benchmarks/Sources/hush-benchmarks

test: deps lint test-isa
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build

# The kernels under qemu, on processors this machine is not.
test-isa:
	@command -v qemu-aarch64-static >/dev/null && command -v qemu-x86_64-static >/dev/null && \
	  test -d /usr/aarch64-linux-gnu/include -a -d /usr/lib/gcc-cross/aarch64-linux-gnu || { \
	  $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq --no-install-recommends \
	    qemu-user-static gcc-aarch64-linux-gnu libc6-dev-arm64-cross; }
	CLANG=$(CLANG) Tests/isa.sh

# Instructions a hop, against Tests/cost.txt.
test-cost: build
	@command -v valgrind >/dev/null || { \
	  $(SUDO) apt-get update -qq && \
	  $(SUDO) apt-get install -y -qq --no-install-recommends valgrind; }
	Tests/cost.sh

# Tables and pictures in build/bench; for one core and a quiet machine.
bench: deps
	@test -f /usr/include/kissfft/kiss_fftr.h || { \
	  $(SUDO) apt-get update -qq && \
	  $(SUDO) apt-get install -y -qq --no-install-recommends libkissfft-dev; }
	$(SWIFT) build --package-path Benchmarks -c release -Xswiftc -enable-testing
	taskset -c 0 Benchmarks/.build/release/hush-benchmarks build/bench $(MODELS)

deps-training:
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  $(SUDO) apt-get update -qq && \
	  $(SUDO) apt-get install -y -qq --no-install-recommends python3-venv; }
	@test -x $(VENV)/bin/hush-train || { \
	  $(PYTHON) -m venv $(VENV) && $(VENV)/bin/pip install -q -e 'Training[test]'; }

test-training: deps-training
	cd Training && .venv/bin/python -m pytest -q

# After Sources/CModel/default.safetensors has changed: what the engine must compute with it.
golden: deps-training
	Training/.venv/bin/python -m hush_training.golden Tests/S5Tests/Golden Sources/CModel/default.safetensors
	Training/.venv/bin/hush-train golden Sources/CModel/default.safetensors Tests/S5Tests/Golden/real \
	  Demo/reader.flac Demo/vacuum.flac --seconds 10

install: build
	install -D -m 755 $(BUILD)/hush $(DESTDIR)$(prefix)/bin/hush

uninstall:
	rm -f $(DESTDIR)$(prefix)/bin/hush

clean:
	rm -rf .build build
