#include "versions.hpp"

#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <threading.h>

#include "rivals.hpp"

namespace bench {

namespace {

// For a library that has no function or macro that tells its version: the name of its file does.
[[maybe_unused]] std::string file_of(void *function) {
    Dl_info info;
    std::string name = "unknown";
    if (dladdr(function, &info) != 0)
        if (char *path = realpath(info.dli_fname, nullptr)) {
            const char *slash = std::strrchr(path, '/');
            name = slash == nullptr ? path : slash + 1;
            std::free(path);
        }
    std::size_t at = name.find(".so.");
    return at == std::string::npos ? name : name.substr(at + 4);
}

[[maybe_unused]] std::string dotted(long a, long b, long c) {
    return std::to_string(a) + "." + std::to_string(b) + "." + std::to_string(c);
}

} // namespace

std::vector<std::pair<std::string, std::string>> versions() {
    std::vector<std::pair<std::string, std::string>> list = {{"libthreading", threading_version()},
                                                             {"glibc", gnu_get_libc_version()}};
    list.emplace_back("gcc", __VERSION__);
#ifdef BENCH_HAS_GLIB
    list.emplace_back("GLib", dotted(glib_major_version, glib_minor_version, glib_micro_version));
#endif
#ifdef BENCH_HAS_NSYNC
    list.emplace_back("nsync", file_of(reinterpret_cast<void *>(nsync::nsync_mu_lock)));
#endif
#ifdef BENCH_HAS_ABSEIL
#ifdef ABSL_LTS_RELEASE_VERSION
    list.emplace_back("abseil", std::to_string(ABSL_LTS_RELEASE_VERSION) + "." +
                                    std::to_string(ABSL_LTS_RELEASE_PATCH_LEVEL));
#else
    list.emplace_back("abseil", "unknown");
#endif
#endif
#ifdef BENCH_HAS_SDL2
    SDL_version sdl;
    SDL_GetVersion(&sdl);
    list.emplace_back("SDL2", dotted(sdl.major, sdl.minor, sdl.patch));
#endif
#ifdef BENCH_HAS_APR
    list.emplace_back("APR", apr_version_string());
#endif
#ifdef BENCH_HAS_APR_QUEUE
    list.emplace_back("APR-util", apu_version_string());
#endif
#ifdef BENCH_HAS_LIBUV
    list.emplace_back("libuv", uv_version_string());
#endif
#ifdef BENCH_HAS_BOOST
    list.emplace_back(
        "Boost", dotted(BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100));
#endif
    return list;
}

std::vector<std::string> missing_rivals() {
    return {
#ifndef BENCH_HAS_GLIB
        "GLib",
#endif
#ifndef BENCH_HAS_NSYNC
        "nsync",
#endif
#ifndef BENCH_HAS_ABSEIL
        "abseil",
#endif
#ifndef BENCH_HAS_SDL2
        "SDL2",
#endif
#ifndef BENCH_HAS_APR
        "APR",
#endif
#ifndef BENCH_HAS_APR_QUEUE
        "APR-util",
#endif
#ifndef BENCH_HAS_MOODYCAMEL
        "moodycamel",
#endif
#ifndef BENCH_HAS_READERWRITER
        "readerwriterqueue",
#endif
#ifndef BENCH_HAS_LIBUV
        "libuv",
#endif
#ifndef BENCH_HAS_BOOST
        "Boost",
#endif
    };
}

} // namespace bench
