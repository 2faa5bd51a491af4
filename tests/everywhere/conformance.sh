#!/bin/sh
# Builds the library for one platform, and runs the conformance programs: conformance.sh PART, in the machine of machine.sh.
#
# It writes one line of figures to /srv/build/figures, and ends with 0 if every case that is not in PART.txt beside it has passed.
set -eu
part=$1
cd /srv/libthreading
build=/srv/build
jobs=${JOBS:-$(nproc)}
cases=${CASES:-^conformance}
export CARGO_TARGET_DIR=$build/cargo PYTHONDONTWRITEBYTECODE=1

# Rust's target, the prefix of the compilers' names, options of gcc, options of rustc, and how qemu knows its programs: the bytes of an
# ELF header from the word size to the processor.
options=
rust_options=
elf=
mark=
cc=
needs=
seconds=300
without=
std=
case $part in
i686) target=i686-unknown-linux-gnu tools= options=-m32 ;;
aarch64)
    target=aarch64-unknown-linux-gnu tools=aarch64-linux-gnu- elf='\x02\x01:\x02\x00\xb7\x00:\xfe\xff\xff\xff'
    rust_options='-C target-feature=-outline-atomics'
    ;;
arm) target=armv7-unknown-linux-gnueabihf tools=arm-linux-gnueabihf- elf='\x01\x01:\x02\x00\x28\x00:\xfe\xff\xff\xff' ;;
riscv64) target=riscv64gc-unknown-linux-gnu tools=riscv64-linux-gnu- elf='\x02\x01:\x02\x00\xf3\x00:\xfe\xff\xff\xff' ;;
musl)
    # Static programs in C. What compiles is Debian's gcc, which knows musl's headers and library by a wrapper, but no C++ for it.
    target=x86_64-unknown-linux-musl tools= cc=musl-gcc seconds=60
    needs="-static;-Wl,--eh-frame-hdr;$build/find_tables.o;$build/libgcc_eh.a;gcc;c"
    cpp=$(basename -s .cpp tests/conformance/*.cpp | paste -sd '|')
    without="\\.(shared|unhandled|unoptimized|without_unwind_tables|widened|wholly_static)\$|^conformance\\.($cpp)\\."
    # There is no standard library for musl, so it is compiled from its sources, which takes what only a nightly cargo has.
    std=-Zbuild-std=std,panic_unwind
    export RUSTC_BOOTSTRAP=1 CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_RUSTFLAGS='-C target-feature=-crt-static'
    # The headers of the kernel, which musl leaves to the system.
    mkdir -p "$build/kernel"
    ln -sfn /usr/include/linux /usr/include/asm-generic "/usr/include/$(gcc -print-multiarch)/asm" "$build/kernel"
    options="-idirafter $build/kernel"
    # Debian's libgcc_eh is made for glibc, and its gcc writes no table of the frames into a static program of musl.
    musl-gcc -O2 -c -o "$build/find_tables.o" tests/everywhere/find_tables.c
    objcopy --redefine-sym _dl_find_object=find_tables "$(gcc -print-file-name=libgcc_eh.a)" "$build/libgcc_eh.a"
    ;;
x86_64)
    # Shows what qemu itself cannot do: that fails here too. Its programs are marked, since all others here are of the same processor.
    target=x86_64-unknown-linux-gnu tools= mark=Q seconds=100 elf='\x02\x01:\x02\x00\x3e\x00:\xfe\xff\xff\xff'
    ;;
s390x) target=s390x-unknown-linux-gnu tools=s390x-linux-gnu- elf='\x02\x02:\x00\x02\x00\x16:\xff\xfe\xff\xff' ;;
*) echo "conformance.sh: there is no part $part" >&2 && exit 2 ;;
esac

# As the Makefile does on processors other than x86.
case $part in
aarch64 | arm | riscv64 | s390x) rust_options="$rust_options -C llvm-args=-tail-dup-placement=false" ;;
esac

# The kernel hands programs of that processor to qemu, if this namespace may say so.
emulator=
if [ -n "$elf" ]; then
    qemu=/usr/bin/qemu-$part
    zeros="\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00${mark:-\\x00}"
    kind=${elf#*:}
    if [ -w /proc/sys/fs/binfmt_misc/register ]; then
        printf '%s' ":qemu-$part:M::\\x7fELF${elf%%:*}\\x01$zeros${kind%:*}:\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\x00\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff${kind#*:}:$qemu:F" \
            >/proc/sys/fs/binfmt_misc/register
    elif [ -n "$mark" ]; then
        echo 'this kernel does not keep formats of programs for each user namespace (Linux 6.7 does)' | tee "$build/figures"
        exit 3
    else
        emulator=$qemu
    fi
    [ -z "$tools" ] || export QEMU_LD_PREFIX="/usr/${tools%-}"
    # What qemu cannot do on any processor only x86_64 shows.
    [ -n "$mark" ] || without="^($(sed -n 's/^\(conf[^ ]*\) .*/\1/p' tests/everywhere/qemu.txt | paste -sd '|'))\$"
fi

cc=${cc:-${tools}gcc}

# What links: packaging/link-shared.sh takes one command.
export LINKER="$build/linker" OBJCOPY="${tools}objcopy"
library=$build/cargo/$target/release
cat >"$build/linker" <<END
#!/bin/sh
exec $cc $options "\$@"
END
chmod 755 "$build/linker"

cmake -S tests -B "$build/ctest" -DTHREADING_LIBRARY_DIR="$library" -DTHREADING_CASE_SECONDS=$seconds ${needs:+-DTHREADING_STATIC_NEEDS="$needs"} \
    ${elf:+-DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR="$part"} ${emulator:+-DCMAKE_CROSSCOMPILING_EMULATOR="$emulator"} \
    -DCMAKE_C_COMPILER="$cc" -DCMAKE_CXX_COMPILER="${tools}g++" \
    -DCMAKE_C_FLAGS="-O2 -g $options" -DCMAKE_CXX_FLAGS="-O2 -g $options"

# The programs of the cases that are asked for: a case is conformance.PROGRAM.CASE.FORM.
programs=$(ctest --test-dir "$build/ctest" -N -R "$cases" -E "${without:-^$}" | sed -n 's/.*: conformance\.\([a-z0-9_]*\)\.[^.]*\.\([a-z_]*\)$/\1_\2/p' | sort -u)

if [ "$part" != musl ]; then
    # shellcheck disable=SC2086 # each word is an option
    cargo rustc --release --locked --lib --crate-type cdylib --target "$target" -- $rust_options \
        --cfg shared_library -C linker="$PWD/packaging/link-shared.sh" -C debuginfo=1 -C strip=none
    ln -sf libthreading.so "$library/libthreading.so.0"
    if [ "$part" = aarch64 ] && ! tests/everywhere/frames.py "$library/libthreading.so" "${tools}objdump"; then
        echo 'the tables of frames are wrong' | tee "$build/figures"
        exit 1
    fi
fi
case $programs in
*_static*)
    # shellcheck disable=SC2086
    cargo rustc --release --locked --lib --crate-type staticlib --target "$target" $std -- $rust_options -C linker="$LINKER"
    emulation= as=${tools}as
    [ "$part" != i686 ] || emulation='-m elf_i386' as='as --32'
    LD="${tools}ld $emulation" AR=${tools}ar AS="$as" packaging/archive.sh "$library/libthreading.a" "$build/archive"
    ;;
esac

# The cases of a program that does not compile have failed.
# shellcheck disable=SC2086 # each word is a program
make -C "$build/ctest/conformance" --no-print-directory -k -s -j "$jobs" $programs || :
for program in ${mark:+$programs}; do
    [ ! -e "$build/ctest/conformance/$program" ] ||
        printf %s "$mark" | dd of="$build/ctest/conformance/$program" bs=1 seek=15 conv=notrunc status=none
done
status=0
rm -f "$build/cases.xml"
ctest --test-dir "$build/ctest" -R "$cases" -E "${without:-^$}" --parallel "$jobs" --output-junit "$build/cases.xml" --output-on-failure --no-tests=error || status=$?
# It writes the results at its end: without them it was ended itself.
if [ ! -s "$build/cases.xml" ]; then
    echo "ctest was ended with status $status, and has no results" | tee "$build/figures"
    exit 1
fi
known=$part
[ -z "$mark" ] || known=qemu
tests/everywhere/judge.py "$build/cases.xml" "tests/everywhere/$known.txt" "$build/figures"
