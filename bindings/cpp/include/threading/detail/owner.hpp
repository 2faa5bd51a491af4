// Holds a handle of the library and destroys what it names.
#ifndef THREADING_DETAIL_OWNER_HPP
#define THREADING_DETAIL_OWNER_HPP

#include <utility>

#include <threading/status.hpp>

namespace threading::detail {

// The handle comes first, so that it lies where the object lies. After a close it stays, and calls
// say THREADING_DESTROYED; after a move it is null, and calls say THREADING_INVALID_HANDLE.
template <class Handle, threading_status (*destroy)(Handle)>
class owner {
public:
    explicit owner(Handle handle) noexcept : handle_(handle), open_(true) {}
    owner(owner &&other) noexcept : handle_(other.handle_), open_(other.open_) { other.forget(); }
    owner &operator=(owner &&other) noexcept {
        if (this != &other) {
            end();
            handle_ = other.handle_;
            open_ = other.open_;
            other.forget();
        }
        return *this;
    }
    ~owner() { end(); }

    Handle get() const noexcept { return handle_; }
    bool is_open() const noexcept { return open_; }

    threading_status close() noexcept {
        const threading_status status = destroy(handle_);
        if (status == THREADING_OK) {
            open_ = false;
        }
        return status;
    }

private:
    // What is held or waited on cannot go: it stays until the process ends, and the error hook has
    // heard of it.
    void end() noexcept {
        if (open_) {
            destroy(handle_);
        }
    }
    void forget() noexcept {
        handle_ = Handle{};
        open_ = false;
    }

    Handle handle_;
    bool open_;
};

// Calls a C constructor whose last parameter is where the handle goes.
template <class Handle, class... Parameters, class... Arguments>
Handle make(const char *function, threading_status (*constructor)(Parameters...),
            Arguments... arguments) {
    Handle handle = THREADING_NULL;
    check(constructor(arguments..., &handle), function);
    return handle;
}

} // namespace threading::detail

#endif
