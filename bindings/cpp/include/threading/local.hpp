// A local: every thread has a value of its own in it.
#ifndef THREADING_LOCAL_HPP
#define THREADING_LOCAL_HPP

#include <cstddef>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include <threading/detail/callback.hpp>
#include <threading/detail/name.hpp>
#include <threading/detail/owner.hpp>

namespace threading {

namespace detail {

template <class T>
class initialiser {
public:
    virtual ~initialiser() = default;

    // What the library calls at a thread's first get.
    static void *run(void *context) {
        auto &self = *static_cast<initialiser *>(context);
        try {
            return self.call();
        } catch (...) {
            self.carried.put(carry());
            return nullptr;
        }
    }

    carried_exceptions carried;

private:
    virtual T *call() const = 0;
};

template <class T, class Initialise>
class bound_initialiser final : public initialiser<T> {
public:
    explicit bound_initialiser(Initialise initialise) : initialise_(std::move(initialise)) {
        refuse_null<Initialise>(initialise_, "threading_local_new");
    }

private:
    T *call() const override { return new T(initialise_()); }

    const Initialise initialise_;
};

} // namespace detail

/// A local (Python: `threading.local`): a value of type T for each thread, made at the thread's
/// first `get` and destroyed when the thread ends, or with the local. It can be moved, but not
/// while another thread calls it.
///
/// When the local goes, no other thread may use its value any more. A destructor of T must not
/// throw.
template <class T>
class local {
public:
    /// Makes a local whose values begin as `T()`; if T has no default constructor, there are none
    /// until they are set. Throws `no_resources`.
    local() : local(default_initialiser()) {}

    /// Makes a local without an initialiser: a thread has no value until it sets one.
    explicit local(std::nullptr_t) : local(std::unique_ptr<detail::initialiser<T>>()) {}

    /// Makes a local whose values are what the callable returns; it is called without arguments in
    /// each thread, and in several at once, hence as const. What it throws comes out of the `get`
    /// that ran it; after that the thread has no value until it sets one.
    template <class Initialise,
              class = std::enable_if_t<std::is_invocable_r_v<T, const std::decay_t<Initialise> &> &&
                                       !std::is_same_v<std::decay_t<Initialise>, local>>>
    explicit local(Initialise &&initialise)
        : local(std::unique_ptr<detail::initialiser<T>>(
              std::make_unique<detail::bound_initialiser<T, std::decay_t<Initialise>>>(
                  std::forward<Initialise>(initialise)))) {}

    /// Makes a local with a name and without an initialiser. Throws `invalid_argument` for a name
    /// that is not UTF-8 or has a NUL in it, `no_resources`.
    local(std::nullptr_t, const std::string &name) : local(nullptr) { set_name(name); }

    /// Makes a local with an initialiser and a name. There is none with a name alone, which would
    /// look like a value. Throws `invalid_argument` for a name that is not UTF-8 or has a NUL in
    /// it, `no_resources`.
    template <class Initialise,
              class = std::enable_if_t<std::is_invocable_r_v<T, const std::decay_t<Initialise> &> &&
                                       !std::is_same_v<std::decay_t<Initialise>, local>>>
    local(Initialise &&initialise, const std::string &name)
        : local(std::forward<Initialise>(initialise)) {
        set_name(name);
    }

    local(local &&other) noexcept = default;
    local &operator=(local &&other) noexcept {
        // The values go before what makes them.
        handle_ = std::move(other.handle_);
        initialiser_ = std::move(other.initialiser_);
        return *this;
    }

    /// The calling thread's value; the first time, the initialiser makes it. The reference is valid
    /// until the value is replaced or reset, or the thread ends. Throws `no_value` if there is none
    /// or no memory for it, `invalid_handle`, `destroyed`, and what the initialiser throws.
    T &get() const {
        void *value = threading_local_get(handle_.get());
        if (__builtin_expect(value == nullptr, 0)) {
            has_none();
        }
        return *static_cast<T *>(value);
    }

    /// As `get`.
    T &operator*() const { return get(); }

    /// As `get`.
    T *operator->() const { return &get(); }

    /// The calling thread's value, as `get`, or null if there is none. Throws what the initialiser
    /// throws.
    [[nodiscard]] T *find() const {
        void *value = threading_local_get(handle_.get());
        if (value == nullptr && initialiser_) {
            initialiser_->carried.rethrow();
        }
        return static_cast<T *>(value);
    }

    /// Sets the calling thread's value; the one before it is destroyed, and the initialiser does
    /// not run for it any more. Throws `invalid_handle`, `destroyed`, `no_resources`.
    void set(T value) const {
        auto owned = std::make_unique<T>(std::move(value));
        detail::check(threading_local_set(handle_.get(), owned.get()), "threading_local_set");
        static_cast<void>(owned.release());
    }

    /// Destroys the calling thread's value, and says whether there was one. From then on there is
    /// none, and the initialiser does not run again. Throws `invalid_handle`, `destroyed`.
    bool reset() const {
        const threading_status status = threading_local_delete(handle_.get());
        if (status == THREADING_NO_VALUE) {
            return false;
        }
        detail::check(status, "threading_local_delete");
        return true;
    }

    /// The name, in UTF-8; empty if it has none. Throws `invalid_handle`, `destroyed`.
    [[nodiscard]] std::string name() const {
        return detail::name_of(handle_.get(), threading_local_name, "threading_local_name");
    }

    /// Renames the local; an empty name is none. The name tells people what it is for. Throws
    /// `invalid_argument` for a name that is not UTF-8 or has a NUL in it, `invalid_handle`,
    /// `destroyed`, `no_resources`.
    void set_name(const std::string &name) {
        detail::set_name(handle_.get(), name, threading_local_set_name, "threading_local_set_name");
    }

    /// Ends the local and destroys the values of all threads, in the calling one: every later call
    /// throws `destroyed`. The destructor does the same without throwing.
    void close() { detail::check(handle_.close(), "threading_local_destroy"); }

    /// The handle for the C functions; it stays this object's, and its values are pointers to T
    /// that it deletes.
    [[nodiscard]] threading_local handle() const noexcept { return handle_.get(); }

private:
    explicit local(std::unique_ptr<detail::initialiser<T>> initialiser)
        : initialiser_(std::move(initialiser)),
          handle_(detail::make<threading_local>("threading_local_new", threading_local_new,
                                                initialiser_ ? &detail::initialiser<T>::run
                                                             : threading_init(),
                                                static_cast<threading_destructor>(destroy),
                                                static_cast<void *>(initialiser_.get()))) {}

    static std::unique_ptr<detail::initialiser<T>> default_initialiser() {
        if constexpr (std::is_default_constructible_v<T>) {
            const auto make = [] { return T(); };
            return std::make_unique<detail::bound_initialiser<T, std::decay_t<decltype(make)>>>(
                make);
        } else {
            return nullptr;
        }
    }

    static void destroy(void *value) noexcept { delete static_cast<T *>(value); }

    // The library answers null for a bad handle too. A delete where there is nothing changes
    // nothing, and tells the two apart.
    [[noreturn]] __attribute__((noinline, cold)) void has_none() const {
        if (initialiser_) {
            initialiser_->carried.rethrow();
        }
        detail::fail(threading_local_delete(handle_.get()), "threading_local_get");
    }

    std::unique_ptr<detail::initialiser<T>> initialiser_;
    detail::owner<threading_local, threading_local_destroy> handle_;
};

} // namespace threading

#endif
