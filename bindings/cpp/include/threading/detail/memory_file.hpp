// A file in memory, for what the library writes to a descriptor.
#ifndef THREADING_DETAIL_MEMORY_FILE_HPP
#define THREADING_DETAIL_MEMORY_FILE_HPP

#include <cstddef>
#include <string>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#include <threading/status.hpp>

namespace threading::detail {

// Unlike a pipe it takes any amount before somebody reads. It ends with its object.
class memory_file {
public:
    explicit memory_file(const char *function)
        : descriptor_(memfd_create("threading", MFD_CLOEXEC)) {
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
    int descriptor_;
};

} // namespace threading::detail

#endif
