// A file in memory, for what the library writes to a descriptor.
#ifndef THREADING_DETAIL_MEMORY_FILE_HPP
#define THREADING_DETAIL_MEMORY_FILE_HPP

#include <cstddef>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#include <threading/status.hpp>

namespace threading::detail {

// Unlike a pipe it takes any amount before somebody reads. It ends with its object.
class memory_file {
public:
    explicit memory_file(const char *function) : descriptor_(make()) {
        if (descriptor_ < 0) {
            fail(THREADING_NO_RESOURCES, function);
        }
    }
    memory_file(const memory_file &) = delete;
    memory_file &operator=(const memory_file &) = delete;
    ~memory_file() { ::close(descriptor_); }

    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

    // All that was written to it.
    [[nodiscard]] std::string text() const {
        std::string text;
        char part[4096];
        for (;;) {
            const ssize_t count =
                ::pread(descriptor_, part, sizeof part, static_cast<off_t>(text.size()));
            if (count <= 0) {
                return text;
            }
            text.append(part, static_cast<std::size_t>(count));
        }
    }

private:
#ifdef __APPLE__
    // There are none in memory: a file without a name.
    static int make() noexcept {
        char path[] = "/tmp/threading-XXXXXX";
        const int made = ::mkostemp(path, O_CLOEXEC);
        if (made >= 0) {
            ::unlink(path);
        }
        return made;
    }
#else
    static int make() noexcept { return memfd_create("threading", MFD_CLOEXEC); }
#endif

    int descriptor_;
};

} // namespace threading::detail

#endif
