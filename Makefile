# Two commands are enough: `make run` shows the guide's page at work, `make test` runs the tests. Both install
# what is missing. Everything is built by CMake (CMakePresets.json); this file only says in which order.

PREFIX ?= /usr/local
JOBS ?= $(shell nproc)

# Objects are cached by content, whichever folder the repository was cloned into.
export CCACHE_BASEDIR := $(CURDIR)
export CCACHE_NOHASHDIR := 1

.PHONY: all setup run test bench validate fuzz asan check install clean help

all:  ## the release binary, build/smyth
	@scripts/setup --check build
	@cmake --preset release >/dev/null
	@ninja -C build -j $(JOBS) smyth

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*  ## /\1\t/p' Makefile | expand -t 10

setup:  ## install what building and testing needs
	@scripts/setup build test check bench

run:  ## install, build, serve examples/guide
	@scripts/setup build run
	@$(MAKE) --no-print-directory all
	@cat examples/guide/TRY
	@cd examples/guide && exec ../../build/smyth run

test:  ## install, build, run all tests
	@scripts/setup build test
	@cmake --preset release >/dev/null
	@ninja -C build -j $(JOBS)
	@scripts/test

bench:  ## measure smyth beside others (BENCH='--only warm1', '--write')
	@scripts/setup build test bench
	@cmake --preset release >/dev/null -DSMYTH_BENCH=ON
	@ninja -C build -j $(JOBS)
	@bench/run.py $(BENCH)

validate: all  ## smyth simulate against closed forms and recorded data
	@scripts/validate

asan:  ## all tests under AddressSanitizer and UBSan
	@scripts/setup build test
	@cmake --preset asan >/dev/null
	@ninja -C build-asan -j $(JOBS)
	@scripts/test --build build-asan ctest e2e

fuzz:  ## each fuzzer for SECONDS (30)
	@scripts/setup build test
	@cmake --preset asan >/dev/null
	@ninja -C build-asan -j $(JOBS) fuzzers
	@scripts/fuzz build-asan $(or $(SECONDS),30)

check:  ## format, layers, pages, clang-tidy
	@scripts/setup build check
	@cmake --preset release >/dev/null
	@scripts/check_format
	@scripts/check_layers
	@scripts/check_docs
	@scripts/check_tidy

install: all  ## into PREFIX (/usr/local)
	@cmake --install build --prefix $(PREFIX)

clean:  ## remove all builds
	rm -rf build build-*
