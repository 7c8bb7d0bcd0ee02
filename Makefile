# SPDX-License-Identifier: Apache-2.0
#
# The few commands that one needs, in front of meson.  Each first installs the Debian packages that
# it lacks (as root; otherwise it says which ones).

BUILD  ?= build
PREFIX ?= /usr/local

all: build-it

build-it:
	@scripts/need build
	@scripts/build $(BUILD)

demo: build-it
	@scripts/need demo
	@scripts/demo $(BUILD)/socle

test:
	@scripts/need test
	@tests/run $(BUILD)

# All of the system tests in every guest of tests/vm: hours, where a guest is emulated.
test-vm:
	@scripts/need test
	@SOCLE_VM=all tests/run $(BUILD) build vm

bench: build-it
	@scripts/need bench
	@bench/run.sh $(BUILD)

# Its own folder, since the programs know where they are to be installed.
install:
	@scripts/need build
	@scripts/build $(BUILD)/install --prefix=$(PREFIX) -Dtests=disabled
	@meson install -C $(BUILD)/install --no-rebuild --strip

format:
	@clang-format -i $$(find src bench tests include examples -name '*.[ch]')

clean:
	@rm -rf $(BUILD)

.PHONY: all build-it demo test test-vm bench install format clean
