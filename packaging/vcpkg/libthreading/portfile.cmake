# A port for vcpkg, from the tree in which it lies: vcpkg install libthreading --overlay-ports=packaging/vcpkg
#
# It builds as `make` does, so Rust has to be there. vcpkg keeps what it has built for as long as the files of the port stay the same:
# after a change elsewhere in the tree it needs --no-binarycaching.

# Rust is no port. rustup's place is named for a shell whose start-up files do not know it.
find_program(CARGO cargo PATHS "$ENV{CARGO_HOME}/bin" "$ENV{HOME}/.cargo/bin")
find_program(MAKE NAMES make gmake)
if(NOT CARGO OR NOT MAKE)
    message(FATAL_ERROR "libthreading is built with make and with Rust 1.95 or later: get Rust from https://rustup.rs")
endif()

# What the library is built and installed of. A release's tarball has the last two.
get_filename_component(tree "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
set(source "${CURRENT_BUILDTREES_DIR}/src")
set(image "${CURRENT_BUILDTREES_DIR}/image")
file(REMOVE_RECURSE "${source}" "${image}")
foreach(part IN ITEMS Cargo.toml Cargo.lock Makefile LICENSE-MIT LICENSE-APACHE build.rs src include bindings/cpp/include tools packaging
        tests/misuse vendor .cargo)
    if(EXISTS "${tree}/${part}")
        get_filename_component(directory "${source}/${part}" DIRECTORY)
        file(COPY "${tree}/${part}" DESTINATION "${directory}")
    endif()
endforeach()

# As into /usr: no file then has a path of this machine. vcpkg wants what CMake reads in share.
vcpkg_execute_required_process(
    COMMAND "${MAKE}" all "CARGO=${CARGO}"
    WORKING_DIRECTORY "${source}"
    LOGNAME "build-${TARGET_TRIPLET}")
vcpkg_execute_required_process(
    COMMAND "${MAKE}" install "CARGO=${CARGO}" "DESTDIR=${image}" PREFIX=/usr cmakedir=/usr/share/threading
    WORKING_DIRECTORY "${source}"
    LOGNAME "install-${TARGET_TRIPLET}")
if(VCPKG_LIBRARY_LINKAGE STREQUAL "static")
    file(GLOB other "${image}/usr/lib/libthreading.so*")
    list(APPEND other "${image}/usr/lib/.debug")
else()
    set(other "${image}/usr/lib/libthreading.a")
endif()
file(REMOVE_RECURSE ${other})

# Both configurations have the same library: rustc makes it, and optimises.
set(prefixes "${CURRENT_PACKAGES_DIR}")
if(NOT VCPKG_BUILD_TYPE STREQUAL "release")
    list(APPEND prefixes "${CURRENT_PACKAGES_DIR}/debug")
endif()
foreach(prefix IN LISTS prefixes)
    file(COPY "${image}/usr/lib" DESTINATION "${prefix}")
    vcpkg_replace_string("${prefix}/lib/pkgconfig/threading.pc" "prefix=/usr" "prefix=${prefix}")
endforeach()
vcpkg_fixup_pkgconfig()
file(COPY "${image}/usr/include" "${image}/usr/bin" DESTINATION "${CURRENT_PACKAGES_DIR}")
file(COPY "${image}/usr/share/threading" DESTINATION "${CURRENT_PACKAGES_DIR}/share")

# threading-dump and threading-top find what they read with beside themselves.
vcpkg_copy_tools(TOOL_NAMES threading-dump threading-top AUTO_CLEAN)
file(GLOB readers "${image}/usr/share/libthreading/*.py")
file(COPY ${readers} DESTINATION "${CURRENT_PACKAGES_DIR}/tools/${PORT}")

vcpkg_install_copyright(FILE_LIST "${source}/LICENSE-MIT" "${source}/LICENSE-APACHE")
file(INSTALL "${CMAKE_CURRENT_LIST_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
