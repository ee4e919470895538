# Two commands do everything on a machine with Swift and apt: `make demo` and `make test`.

SWIFT  ?= swift
PYTHON ?= python3
prefix ?= /usr/local
bindir ?= $(prefix)/bin
datadir ?= $(prefix)/share
docdir ?= $(datadir)/doc/hush
# Where hushd looks, whatever the prefix.
sysconfdir ?= /etc
unitdir ?= $(prefix)/lib/systemd/system
BUILD  ?= .build/release
VENV   := Training/.venv
# The C compiler that comes with Swift.
CLANG  ?= $(or $(wildcard $(dir $(realpath $(shell command -v $(SWIFT))))clang),clang)
RECIPES := $(shell cd Config && find . -type f | sort)
SHARED := $(shell cd share && find . -type f | sort)
SUDO   := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.PHONY: all build build-hush debug demo test test-isa arm-cost deps-isa test-cost bench test-training test-monitoring lint format golden example \
  deps deps-soak deps-training soak soak-cycles soak-counts soak-drift manual install uninstall clean

all: build

# What is missing is installed; where nothing is missing, nothing is asked of apt.
deps:
	@pkg-config --exists sndfile alsa samplerate 2>/dev/null || { \
	  $(SUDO) apt-get update -qq && \
	  $(SUDO) apt-get install -y -qq --no-install-recommends pkg-config \
	    libsndfile1-dev libasound2-dev libsamplerate0-dev; }

# For the tests alone: a sound server to play with.
deps-test: deps
	@test -x /usr/bin/pulseaudio -a -x /usr/bin/parec -a -n "$$(find /usr/lib -name libasound_module_pcm_pulse.so)" || { \
	  $(SUDO) apt-get update -qq && \
	  $(SUDO) apt-get install -y -qq --no-install-recommends \
	    pulseaudio pulseaudio-utils libasound2-plugins; }

build-hush: deps
	$(SWIFT) build -c release --static-swift-stdlib --product hush

build: build-hush
	$(SWIFT) build -c release --static-swift-stdlib --product hushd

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

# What is paced by the clock runs by itself, so that no other test takes its processor.
LIVE := ALSATests|LiveTests|FileTests|LiveDaemonTests|LiveCommandTests|TopTerminalTests|HostileTests|PageTests|ServiceTests|TerminalTests

test: deps-test lint test-isa
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build --skip '$(LIVE)'
	$(SWIFT) test --skip-build --no-parallel --filter '$(LIVE)'

# The kernels under qemu, on processors this machine is not.
test-isa: deps-isa
	CLANG=$(CLANG) Tests/isa.sh

# Instructions of a hop's products on Arm: tables, no verdict.
arm-cost: deps-isa deps-training
	CLANG=$(CLANG) Tests/arm-cost.sh $(or $(MODELS),$(wildcard Sources/CModel/*.safetensors))

deps-isa:
	@command -v qemu-aarch64-static >/dev/null && command -v qemu-x86_64-static >/dev/null && \
	  test -d /usr/aarch64-linux-gnu/include -a -d /usr/lib/gcc-cross/aarch64-linux-gnu || { \
	  $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq --no-install-recommends \
	    qemu-user-static gcc-aarch64-linux-gnu libc6-dev-arm64-cross; }

# Instructions a hop, against Tests/cost.txt.
test-cost: build-hush
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

# How long `make soak` takes, and what it does to hushd meanwhile; hush-soak --help tells more.
MINUTES ?= 30
SOAK    ?= --stress --xruns 0

soak: deps deps-soak
	$(SWIFT) build -c release --product hushd
	$(SWIFT) build -c release --product hush-soak
	$(BUILD)/hush-soak --hushd $(BUILD)/hushd --minutes $(MINUTES) $(SOAK) --json build/soak.json

# Within the test process: a thousand times unplugged and back; a minute of xruns with every
# allocation and lock counted; two clocks 300 ppm apart, both ways, for ten minutes each.
soak-cycles: deps
	$(SWIFT) build --build-tests
	HUSH_LONG_TESTS=cycles $(SWIFT) test --skip-build --filter LongTests
soak-counts: deps
	$(SWIFT) build --build-tests
	HUSH_LONG_TESTS=counts $(SWIFT) test --skip-build --filter LongTests
soak-drift: deps
	$(SWIFT) build --build-tests
	HUSH_LONG_TESTS=drift $(SWIFT) test --skip-build --filter LongTests

deps-soak:
	@command -v stress-ng >/dev/null || { \
	  $(SUDO) apt-get update -qq && \
	  $(SUDO) apt-get install -y -qq --no-install-recommends stress-ng; }

deps-training:
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  $(SUDO) apt-get update -qq && \
	  $(SUDO) apt-get install -y -qq --no-install-recommends python3-venv; }
	@test -x $(VENV)/bin/hush-train && $(VENV)/bin/python -c 'import xdist' 2>/dev/null || { \
	  $(PYTHON) -m venv $(VENV) && $(VENV)/bin/pip install -q -e 'Training[test]'; }

# With TIME=6 no test begins after 6 minutes; those left out are counted.
test-training: deps-training
	cd Training && .venv/bin/python -m pytest -q -rs $(if $(TIME),--minutes $(TIME))

# A minute of a running daemon under a real Prometheus; its tools are installed if they are missing.
test-monitoring: build
	@command -v prometheus >/dev/null && command -v prometheus-node-exporter >/dev/null \
	  && command -v socat >/dev/null || { \
	  $(SUDO) apt-get update -qq && \
	  $(SUDO) apt-get install -y -qq --no-install-recommends prometheus prometheus-node-exporter \
	    socat curl; }
	Tests/Monitoring/run.sh $(BUILD)/hushd

# After the model that is taken where none is named has changed: what the engine must compute with it.
golden: deps-training
	Training/.venv/bin/python -m hush_training.golden Tests/S5Tests/Golden Sources/CModel/*.safetensors
	Training/.venv/bin/hush-train golden Sources/CModel/base.safetensors Tests/S5Tests/Golden/real \
	  Demo/reader.flac Demo/vacuum.flac --seconds 10

# After the table of keys in Sources/Configuration has changed: the example that explains them.
example:
	$(SWIFT) build --product hushd
	echo '#' | .build/debug/hushd --config /dev/stdin --print-config > Config/hushd.yaml.new
	mv Config/hushd.yaml.new Config/hushd.yaml

# After options, help texts or keys have changed: manual pages and completions, in share/.
manual:
	$(SWIFT) build --product hush
	$(SWIFT) build --product hushd
	$(SWIFT) build --product hush-manual
	.build/debug/hush-manual .build/debug share

# A configuration that is there already stays; what is new lies beside it then.
install: build
	install -D -m 755 $(BUILD)/hush $(DESTDIR)$(bindir)/hush
	install -D -m 755 $(BUILD)/hushd $(DESTDIR)$(bindir)/hushd
	@new=hushd.yaml; \
	if test -e $(DESTDIR)$(sysconfdir)/hushd.yaml; then new=hushd.yaml.example; fi; \
	set -x; install -D -m 644 Config/hushd.yaml $(DESTDIR)$(sysconfdir)/$$new
	for file in $(RECIPES); do \
	  install -D -m 644 Config/$$file $(DESTDIR)$(docdir)/$$file || exit; done
	for file in $(SHARED); do \
	  install -D -m 644 share/$$file $(DESTDIR)$(datadir)/$$file || exit; done

install: install-service
install-service:
	install -d $(DESTDIR)$(unitdir)
	sed -e 's|@bindir@|$(bindir)|g' -e 's|@sysconfdir@|$(sysconfdir)|g' systemd/hushd.service.in \
	  > $(DESTDIR)$(unitdir)/hushd.service
	chmod 644 $(DESTDIR)$(unitdir)/hushd.service

# A configuration that was edited stays.
uninstall: uninstall-service
	rm -f $(DESTDIR)$(bindir)/hush $(DESTDIR)$(bindir)/hushd
	for file in $(SHARED); do rm -f $(DESTDIR)$(datadir)/$$file; done
	@if cmp -s Config/hushd.yaml $(DESTDIR)$(sysconfdir)/hushd.yaml; then \
	  set -x; rm -f $(DESTDIR)$(sysconfdir)/hushd.yaml; fi
	rm -f $(DESTDIR)$(sysconfdir)/hushd.yaml.example
	rm -rf $(DESTDIR)$(docdir)

uninstall-service:
	rm -f $(DESTDIR)$(unitdir)/hushd.service

clean:
	rm -rf .build build

# The service, and the tests that need systemd. Tests/VM/run.sh says what each run leaves where.
.PHONY: install-service uninstall-service test-systemd test-vm prove-vm
test: test-systemd

test-systemd:
	@Tests/Systemd/check.sh

# The installed service in a virtual machine with a real kernel, real ALSA and systemd.
test-vm: build
	Tests/VM/run.sh

# The desktop recipes in Config/, each on a sound server of the test's own, in real time: speech with
# noise goes in, and what comes out must be what `hush denoise` makes of it. What is missing is
# installed. Half a minute each; a starved machine gets three takes. (The recipes for cards, with the
# kernel's own, are cases of test-vm.)
.PHONY: test-recipes
test-recipes: build
	Tests/Recipes/pulseaudio.sh
	Tests/Recipes/pipewire.sh

# That the cases can fail: each is run against a stand-in for the daemon with one fault.
prove-vm: build
	Tests/VM/run.sh --prove
