// Names, which the library keeps: how they go into it and come out of it.
#ifndef THREADING_DETAIL_NAME_HPP
#define THREADING_DETAIL_NAME_HPP

#include <cstddef>
#include <string>

#include <threading/status.hpp>

namespace threading::detail {

// The C functions take names that end at a NUL; one in the middle would cut the name silently.
inline const char *c_name(const std::string &name, const char *function) {
    if (name.find('\0') != std::string::npos) {
        fail(THREADING_INVALID_ARGUMENT, function);
    }
    return name.c_str();
}

// Reads a name of any length, and returns what that came to.
template <class Handle>
threading_status read_name(Handle handle,
                           threading_status (*read)(Handle, char *, std::size_t, std::size_t *),
                           std::string &name) {
    name.assign(63, '\0');
    for (;;) {
        std::size_t length = 0;
        const threading_status status = read(handle, name.data(), name.size() + 1, &length);
        const bool is_whole = length <= name.size();
        name.resize(length);
        if (is_whole || status != THREADING_OK) {
            return status;
        }
    }
}

template <class Handle>
std::string name_of(Handle handle,
                    threading_status (*read)(Handle, char *, std::size_t, std::size_t *),
                    const char *function) {
    std::string name;
    check(read_name(handle, read, name), function);
    return name;
}

template <class Handle>
void set_name(Handle handle, const std::string &name,
              threading_status (*rename)(Handle, const char *), const char *function) {
    check(rename(handle, c_name(name, function)), function);
}

} // namespace threading::detail

#endif
