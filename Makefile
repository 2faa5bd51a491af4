# Builds, shows, checks and installs libthreading. `make help` lists what it can do.
#
# The library is cargo's work; this file knows only what cargo does not: the link that a program needs at run time, and
# where things go when they are installed. Everything that is made lies under target/.

PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
# DESTDIR goes in front of all of them while a package is put together, and into no file.

CARGO ?= cargo
CFLAGS ?= -O2 -g -Wall -Wextra
OBJCOPY ?= objcopy

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: all header demo check docs wheel deb deb-check rpm dist dist-check bench widened fuzz soak loom mutants coverage fresh check-everywhere install uninstall clean help

# Here and nowhere else, whatever the user's configuration of cargo says: other steps look for the library here.
export CARGO_TARGET_DIR := $(CURDIR)/target
# Where rustup puts cargo, for a shell whose start-up files do not know it yet.
export PATH := $(PATH):$(HOME)/.cargo/bin

release := target/release
library := $(release)/libthreading.so
# Where gdb looks for the symbols of $(library), and of an installed library.
debug_name = libthreading.so.$(version).debug
symbols = $(release)/.debug/$(debug_name)
archive := $(release)/libthreading.a
version := $(shell sed -n '/^version *=/{s/.*"\(.*\)".*/\1/p;q;}' Cargo.toml)

# What a program linked to the archive needs besides the C library and the unwinder, which every compiler driver adds by
# itself (and -lgcc_s, which rustc names too, could not be linked with -static). `make check` links such programs.
static_libs := -lutil -lrt -lpthread -lm -ldl

# The ABI's number has one source: the SONAME that the build gives the library. Only for recipes whose prerequisites have
# built it, since a recipe is expanded when its turn comes.
soname = $(shell objdump -p $(library) | awk '$$1 == "SONAME" { print $$2 }')
need_soname = test -n '$(soname)' || { echo '$(library) has no SONAME' >&2; exit 1; }

empty :=
space := $(empty) $(empty)

all: committed-header build
	@$(need_soname)
	@test -e '$(release)/$(soname)' || ln -sf libthreading.so '$(release)/$(soname)'
	@rm -f '$(symbols)'; test -n '$(UNSTRIPPED)' || install -D -p -m 644 $(release)/deps/libthreading.so.debug '$(symbols)'

# Each function begins at a cache line: a fast path that lies across one more of them takes a cycle longer, and where it lies would depend
# on whatever stands before it.
aligned := -C llvm-args=-align-all-functions=6
machine := $(shell uname -m)
# On AArch64 the compiler makes a call of each atomic operation, which asks whether the processor has one instruction for it. The
# loop of two instructions, which every processor has, is shorter than that call.
ifneq ($(filter aarch64 arm64,$(machine)),)
aligned += -C target-feature=-outline-atomics
endif
# Where the compiler copies the beginning of a function, its tables of frames are wrong (LLVM 22, on processors other than x86):
# tests/everywhere/frames.py finds that on AArch64, and on riscv64 the calls of locks without a name are not found. So it copies no blocks.
ifeq ($(filter x86_64 amd64 i%86,$(machine)),)
aligned += -C llvm-args=-tail-dup-placement=false
endif
# No path of this machine stands in what is built.
nowhere := --remap-path-prefix '$(CURDIR)=/usr/src/libthreading-$(version)' \
	--remap-path-prefix '$(or $(CARGO_HOME),$(HOME)/.cargo)=/usr/share/cargo'
# What holds in the shared library alone: it is never unloaded, and loads the unwinder itself (src/platform/linux/unwinder.rs).
# Its linker gives each function its version, and parts the library from what debuggers want: names and lines. Of Rust's variables gdb 13
# cannot print each, and ends itself.
shared := --cfg shared_library -C linker='$(CURDIR)/packaging/link-shared.sh' -C debuginfo=1 -C strip=none
export LINKER OBJCOPY UNSTRIPPED

.PHONY: build
# One crate type at a time: see Cargo.toml. If it fails, the reason may be something that is not installed, which is then named.
build:
	$(CARGO) rustc --release --locked --lib --crate-type cdylib -- $(aligned) $(nowhere) $(shared) || \
	    { test ! -e ci/setup.sh || ci/setup.sh --dry-run all; exit 1; }
	$(CARGO) rustc --release --locked --lib --crate-type staticlib -- $(aligned) $(nowhere)
	@LD='$(LD)' AR='$(AR)' AS='$(AS)' OBJCOPY='$(OBJCOPY)' packaging/archive.sh $(archive) target/archive

.PHONY: widened-build
widened-build:
	$(CARGO) rustc --release --locked --lib --crate-type cdylib --features widened -- $(aligned) $(nowhere) $(shared)

# For tests alone: see src/platform/race_window.rs. Cargo puts it where the real one was, which is then put back.
widened: widened-build
	@$(need_soname)
	install -D -m 755 $(library) target/widened/$(soname)
	@$(MAKE) --no-print-directory all

# Only for what needs the library but should not call cargo when there is nothing to build: `sudo make install`.
$(library): $(wildcard build.rs) Cargo.toml Cargo.lock $(shell find src -type f)
	$(MAKE) all
	touch $@

# The header is committed, and its generator is most of what there would be to compile. So a build makes the header anew only where it
# may have to be another one: in a git work tree in which these files are not those of the commit. `make header` makes it everywhere.
header_sources = src cbindgen.toml Cargo.toml packaging/header include/threading.h
.PHONY: committed-header
committed-header:
	@if git ls-files --error-unmatch include/threading.h >/dev/null 2>&1 && test -n "$$(git status --porcelain -- $(header_sources))"; then \
	    $(MAKE) --no-print-directory target/header; \
	fi

header:
	@rm -f target/header
	@$(MAKE) --no-print-directory target/header

target/header: $(shell find $(header_sources) -type f 2>/dev/null)
	$(CARGO) run --quiet --locked --manifest-path packaging/header/Cargo.toml -- .
	@touch $@

examples := $(patsubst examples-c/%.c,target/demo/%,$(wildcard examples-c/*.c))

$(examples): target/demo/%: examples-c/%.c $(wildcard examples-c/*.h) include/threading.h $(library) | target/demo
	$(CC) -std=c11 $(CFLAGS) -Iinclude -o $@ $< -L$(release) -lthreading -Wl,-rpath,'$$ORIGIN/../release'

target/demo:
	mkdir -p $@

demo:
	@ci/setup.sh demo
	@$(MAKE) --no-print-directory all
	@$(MAKE) --no-print-directory demo-programs
	@examples-c/run-all.sh target/demo

.PHONY: demo-programs
demo-programs: $(examples)

check:
	@ci/setup.sh check
	@MAKEFLAGS= ci/check.sh

# The man pages and the HTML of the reference and the guide; what a machine lacks for a part is said, and the rest is made.
docs:
	@packaging/reference/docs.sh

# A wheel of the Python binding with the library inside, and Debian's packages.
wheel: $(library)
	@packaging/wheel.py

deb:
	@packaging/deb.sh

# Installs them in a new Debian and uses them there, for which one has to be root.
deb-check:
	tests/install/deb.sh $(SUITE)

# RPM packages, from the tarball of what is committed.
rpm:
	@packaging/rpm.sh

# The tarball of a release; dist-check makes it, and builds and uses it without a network: GOAL=check runs `make check` there too.
dist:
	@packaging/dist.sh

dist-check: dist
	@packaging/dist.sh --try $(GOAL)

# Proofs that take longer than a check may. Each says what it did in counts.
programs := target/ctest
$(programs): $(library)
	cmake -S tests -B $(programs) -DCMAKE_C_FLAGS='-O2 -g' -DCMAKE_CXX_FLAGS='-O2 -g' >/dev/null
	cmake --build $(programs) --parallel 2 >/dev/null
	touch $@

# Models of the library's own sources: every order of steps of a few threads.
loom:
	RUSTFLAGS='--cfg loom' CARGO_TARGET_DIR='$(CURDIR)/target/loom' $(CARGO) test --locked --profile loom --test loom -- $(MODELS)

CALLS ?= 100000000
fuzz: $(programs)
	$(programs)/fuzz/fuzz_shared --calls $(CALLS)

MINUTES ?= 10
soak: $(programs)
	$(programs)/soak/soak_shared --minutes $(MINUTES)

# How many of all small mistakes are planted, and how many lines any test reaches.
SAMPLE ?= 100
SEED ?= 1
mutants: $(programs)
	tests/mutants/run.py --sample $(SAMPLE) --seed $(SEED) --minutes 600

coverage: $(programs)
	tests/coverage/run.py

# The README's commands on a new Debian, for which one has to be root.
SUITE ?= bookworm
fresh:
	tests/fresh/run.sh $(SUITE)

# What can be made or emulated of other systems and processors, as a table; PARTS='i686 aarch64', say, for these alone.
check-everywhere:
	@tests/everywhere/run.sh $(PARTS)

.PHONY: bench-programs bench-quick bench-record
bench-programs:
	@ci/setup.sh bench
	@$(MAKE) --no-print-directory all
	@$(MAKE) --no-print-directory -C benches
	@$(MAKE) --no-print-directory -C benches/other

bench: bench-programs
	@benches/run.py
	@# 3: there is nothing to draw with, which it says itself.
	@benches/plot.py target/benches/results.json target/benches || test $$? -eq 3

bench-quick: bench-programs
	@benches/run.py --quick

# What docs/benchmarks.md and the README show. Run it on a machine that does nothing else, and commit what it changes.
bench-record: bench-programs
	@benches/run.py --output docs/benchmarks/results.json
	@benches/plot.py docs/benchmarks/results.json docs/benchmarks
	@benches/table.py docs/benchmarks/results.json --into docs/benchmarks.md --summary-into README.md

# Fills in a file of packaging/: $(call fill_in,file,directory). The paths in threading.pc hang on its prefix where they lie
# below it, so that pkg-config can move an installed tree.
fill_in = echo 'write $(DESTDIR)$(2)/$(1)' && \
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' -e 's|@INCLUDEDIR@|$(INCLUDEDIR)|' \
	-e 's|@VERSION@|$(version)|' -e 's|@SONAME@|$(soname)|' -e 's|@STATIC_LIBS@|$(static_libs)|' -e 's|@CMAKEDIR@|$(cmakedir)|' \
	-e 's|@STATIC_LIBS_CMAKE@|$(subst $(space),;,$(static_libs))|' \
	-e 's|^\([a-z]*dir\)=$(PREFIX)/|\1=$${prefix}/|' \
	packaging/$(1).in >'$(DESTDIR)$(2)/$(1)' && chmod 644 '$(DESTDIR)$(2)/$(1)'

# The C++ binding is headers only: they lie beside threading.h.
cpp_headers = $(patsubst bindings/cpp/include/%,%,$(shell find bindings/cpp/include -name '*.hpp'))
# threading-dump and threading-top, and what they and gdb read the library's memory with.
readers = $(notdir $(wildcard tools/*.py))
readerdir = $(PREFIX)/share/libthreading
# Where a gdb of the same prefix looks for what it loads with a library.
gdbdir = $(PREFIX)/share/gdb/auto-load$(LIBDIR)
pkgconfigdir = $(LIBDIR)/pkgconfig
mandir = $(PREFIX)/share/man
cmakedir = $(LIBDIR)/cmake/threading

install: $(library)
	@$(need_soname)
	@for directory in '$(PREFIX)' '$(LIBDIR)' '$(INCLUDEDIR)'; do \
	    case $$directory in /*) ;; *) echo "make install: '$$directory' must be an absolute path" >&2; exit 1;; esac; \
	done
	install -d '$(DESTDIR)$(pkgconfigdir)' '$(DESTDIR)$(cmakedir)' '$(DESTDIR)$(INCLUDEDIR)'
	install -m 644 include/threading.h '$(DESTDIR)$(INCLUDEDIR)/threading.h'
	install -D -m 644 include/libthreading/threading.h '$(DESTDIR)$(INCLUDEDIR)/libthreading/threading.h'
	@for header in $(cpp_headers); do \
	    install -D -m 644 bindings/cpp/include/$$header '$(DESTDIR)$(INCLUDEDIR)'/$$header || exit 1; \
	done
	install -m 644 $(archive) '$(DESTDIR)$(LIBDIR)/libthreading.a'
	install -m 755 $(library) '$(DESTDIR)$(LIBDIR)/libthreading.so.$(version)'
	test -n '$(UNSTRIPPED)' || install -D -m 644 '$(symbols)' '$(DESTDIR)$(LIBDIR)/.debug/$(debug_name)'
	ln -sf libthreading.so.$(version) '$(DESTDIR)$(LIBDIR)/$(soname)'
	ln -sf $(soname) '$(DESTDIR)$(LIBDIR)/libthreading.so'
	install -D -m 755 tools/threading-dump '$(DESTDIR)$(PREFIX)/bin/threading-dump'
	install -D -m 755 tools/threading-top '$(DESTDIR)$(PREFIX)/bin/threading-top'
	install -d '$(DESTDIR)$(readerdir)' '$(DESTDIR)$(gdbdir)'
	install -m 644 $(addprefix tools/,$(readers)) '$(DESTDIR)$(readerdir)'
	sed 's|@PREFIX@|$(PREFIX)|' packaging/gdb-auto-load.py.in >'$(DESTDIR)$(gdbdir)/libthreading.so.$(version)-gdb.py'
	@chmod 644 '$(DESTDIR)$(gdbdir)/libthreading.so.$(version)-gdb.py'
	@# Made where they go: nothing under target/ then belongs to root.
	@if python3 --version >/dev/null 2>&1; then packaging/reference/man.py include/threading.h '$(DESTDIR)$(mandir)'; \
	    else echo 'make install: python3 is not here, so there are no man pages' >&2; fi
	@$(call fill_in,threading.pc,$(pkgconfigdir))
	@$(call fill_in,threadingConfig.cmake,$(cmakedir))
	@$(call fill_in,threadingConfigVersion.cmake,$(cmakedir))
	@test -n '$(DESTDIR)' || printf '%s\n' 'Installed in $(PREFIX). So that programs find $(soname) when they run, do one of these:' \
	    '    type ldconfig, as root, if the loader looks in $(LIBDIR)' \
	    "    link them with -Wl,-rpath,$(if $(findstring $(space),$(LIBDIR)),'$(LIBDIR)',$(LIBDIR))" \
	    '    set LD_LIBRARY_PATH to $(LIBDIR)' \
	    $(if $(findstring $(space),$(PREFIX)$(LIBDIR)$(INCLUDEDIR)),'The directory has a space: compile with eval "cc program.c $$(pkg-config --cflags --libs threading)"')

# Goes by what is installed, not by what is built here: neither a build nor the same version is needed.
uninstall:
	@if cd '$(DESTDIR)$(LIBDIR)' 2>/dev/null && test -L libthreading.so; then \
	    link=$$(readlink libthreading.so); file=$$(readlink "$$link"); \
	    echo "rm -f libthreading.so $$link $$file"; \
	    rm -f libthreading.so "$$link" "$$file" ".debug/$$file.debug"; \
	    test ! -d .debug || rmdir .debug 2>/dev/null || true; \
	fi
	@for header in $(cpp_headers); do rm -f '$(DESTDIR)$(INCLUDEDIR)'/$$header; done
	rm -f '$(DESTDIR)$(INCLUDEDIR)/libthreading/threading.h'
	@for directory in threading/detail threading libthreading; do \
	    test ! -d '$(DESTDIR)$(INCLUDEDIR)'/$$directory || rmdir '$(DESTDIR)$(INCLUDEDIR)'/$$directory; \
	done
	rm -f '$(DESTDIR)$(LIBDIR)/libthreading.a' '$(DESTDIR)$(INCLUDEDIR)/threading.h' '$(DESTDIR)$(pkgconfigdir)/threading.pc'
	rm -f '$(DESTDIR)$(cmakedir)/threadingConfig.cmake' '$(DESTDIR)$(cmakedir)/threadingConfigVersion.cmake'
	@# What gdb would load with a library that is not there any more; its path has the place of that library.
	@gdb='$(DESTDIR)$(PREFIX)/share/gdb/auto-load'; \
	    find "$$gdb" -name 'libthreading.so.*-gdb.py' 2>/dev/null | while read -r script; do \
	    library=$${script#"$$gdb"}; \
	    test -e '$(DESTDIR)'"$${library%-gdb.py}" || rm -f "$$script"; \
	done
	rm -f '$(DESTDIR)$(PREFIX)/bin/threading-dump' '$(DESTDIR)$(PREFIX)/bin/threading-top'
	rm -f $(patsubst %,'$(DESTDIR)$(readerdir)/%',$(readers))
	@# Each man page of the library says that it is one.
	@man='$(DESTDIR)$(mandir)'; for section in 3 7; do test ! -d "$$man/man$$section" || \
	    find "$$man/man$$section" -type f -iname 'threading*' -exec grep -q '^\.\\" Part of libthreading,' {} \; -delete; \
	done
	@# Directories that are empty now. Those that every system has in /usr and /usr/local stay.
	@test ! -d '$(DESTDIR)$(PREFIX)/share/gdb' || find '$(DESTDIR)$(PREFIX)/share/gdb' -depth -type d -exec rmdir {} \; 2>/dev/null || true
	@for directory in '$(readerdir)' '$(cmakedir)' '$(LIBDIR)/cmake' '$(pkgconfigdir)' '$(mandir)/man3' '$(mandir)/man7'; do \
	    rmdir '$(DESTDIR)'"$$directory" 2>/dev/null || true; \
	done
	@case '$(PREFIX)' in /usr | /usr/local) ;; *) \
	    for directory in '$(mandir)' '$(PREFIX)/share' '$(PREFIX)/bin' '$(INCLUDEDIR)' '$(LIBDIR)' '$(PREFIX)'; do \
	        rmdir '$(DESTDIR)'"$$directory" 2>/dev/null || true; \
	    done ;; \
	esac

clean:
	rm -rf target

help:
	@echo 'make             build the release library and include/threading.h'
	@echo 'make demo        build and run the example programs'
	@echo 'make check       everything that CI checks'
	@echo 'make docs        man pages, and the reference and the guide as HTML, under target/docs'
	@echo 'make wheel       a wheel for Python with the library inside, under target/wheel'
	@echo 'make deb         Debian packages, under target/deb; deb-check tries them in a new Debian: SUITE=bookworm; as root'
	@echo 'make rpm         RPM packages, under target/rpm, from the tarball of what is committed'
	@echo 'make dist        the tarball of a release, with the crates, under target/dist; dist-check builds and uses it without a network'
	@echo 'make bench       the same work on this library and on its rivals, side by side; bench-quick in less than a minute'
	@echo 'make bench-record  bench, and the results and plots go into docs/ and README.md'
	@echo 'make loom        models of the library: every order of steps of a few threads'
	@echo 'make fuzz        CALLS=100000000 random calls of the whole header'
	@echo 'make soak        everything at once, for MINUTES=10'
	@echo 'make mutants     plants SAMPLE=100 small mistakes and tells which of them the tests find'
	@echo 'make coverage    tells which lines the tests reach'
	@echo 'make fresh       make demo and make check, each on a new minimal Debian: SUITE=bookworm, trixie or sid; as root'
	@echo 'make check-everywhere  the tests on other systems and processors, as a table: PARTS="i686 aarch64"; as root'
	@echo 'make widened     a library for tests, in which threads linger where they might meet'
	@echo 'make header      write include/threading.h anew, as make does where the sources are not those of the commit'
	@echo 'make install     to PREFIX=$(PREFIX), LIBDIR=$(LIBDIR), INCLUDEDIR=$(INCLUDEDIR); DESTDIR= for packages'
	@echo 'make uninstall   with the same PREFIX, LIBDIR, INCLUDEDIR and DESTDIR'
	@echo 'make clean       remove target/, where everything that is built lies'
