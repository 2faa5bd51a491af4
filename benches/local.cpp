// A thread's own value: get and set. A hundred of each library's locals exist, as far as it allows,
// and none has a destructor.
#include <threads.h>

#include "locks.hpp"
#include "rows.hpp"

namespace bench {

namespace {

constexpr std::size_t many = 100;
int values[2];

struct our_local {
    static constexpr const char *who = "libthreading";
    threading_local local;
    our_local() {
        must(threading_local_new(nullptr, nullptr, nullptr, &local), "threading_local_new");
    }
    void *get() { return threading_local_get(local); }
    void set(void *value) { threading_local_set(local, value); }
};

struct pthread_local_key {
    static constexpr const char *who = "pthread";
    pthread_key_t key;
    pthread_local_key() { must(pthread_key_create(&key, nullptr), "pthread_key_create"); }
    void *get() { return pthread_getspecific(key); }
    void set(void *value) { pthread_setspecific(key, value); }
};

struct c11_local {
    static constexpr const char *who = "c11";
    tss_t key;
    c11_local() { must(tss_create(&key, nullptr), "tss_create"); }
    void *get() { return tss_get(key); }
    void set(void *value) { tss_set(key, value); }
};

#ifdef BENCH_HAS_GLIB
struct glib_local {
    static constexpr const char *who = "glib";
    GPrivate key = G_PRIVATE_INIT(nullptr);
    void *get() { return g_private_get(&key); }
    void set(void *value) { g_private_set(&key, value); }
};
#endif

#ifdef BENCH_HAS_SDL2
struct sdl_local {
    static constexpr const char *who = "sdl2";
    SDL_TLSID key = SDL_TLSCreate();
    void *get() { return SDL_TLSGet(key); }
    void set(void *value) { SDL_TLSSet(key, value, nullptr); }
};
#endif

#ifdef BENCH_HAS_APR
struct apr_local {
    static constexpr const char *who = "apr";
    apr_threadkey_t *key;
    apr_local() {
        must(apr_threadkey_private_create(&key, nullptr, apr_pool()),
             "apr_threadkey_private_create");
    }
    void *get() {
        void *value;
        apr_threadkey_private_get(&value, key);
        return value;
    }
    void set(void *value) { apr_threadkey_private_set(value, key); }
};
#endif

#ifdef BENCH_HAS_LIBUV
struct libuv_local {
    static constexpr const char *who = "libuv";
    uv_key_t key;
    libuv_local() { must(uv_key_create(&key), "uv_key_create"); }
    void *get() { return uv_key_get(&key); }
    void set(void *value) { uv_key_set(&key, value); }
};
#endif

#ifdef BENCH_HAS_BOOST
struct boost_local {
    static constexpr const char *who = "boost";
    boost::thread_specific_ptr<int> *key = new boost::thread_specific_ptr<int>([](int *) {});
    void *get() { return key->get(); }
    void set(void *value) { key->reset(static_cast<int *>(value)); }
};
#endif

// What the compiler and the linker make of a variable of the program itself: no library can be
// asked for less.
thread_local void *own[many];

struct compiled_local {
    static constexpr const char *who = "limit";
    std::size_t number = next++;
    static inline std::size_t next = 0;
    void *get() {
        void *value = own[number];
        keep(value);
        return value;
    }
    void set(void *value) {
        own[number] = value;
        keep(own);
    }
};

using locals = types<our_local, pthread_local_key, c11_local
#ifdef BENCH_HAS_GLIB
                     ,
                     glib_local
#endif
#ifdef BENCH_HAS_SDL2
                     ,
                     sdl_local
#endif
#ifdef BENCH_HAS_APR
                     ,
                     apr_local
#endif
#ifdef BENCH_HAS_LIBUV
                     ,
                     libuv_local
#endif
#ifdef BENCH_HAS_BOOST
                     ,
                     boost_local
#endif
                     ,
                     compiled_local>;

// Which of the hundred are read or written. The C library keeps a thread's first 32 keys closer at
// hand than the others.
enum which { first, hundredth, each_in_turn, written };

template <class Local>
std::vector<Local> &all_of() {
    static auto *all = new std::vector<Local>;
    return *all;
}

template <class Local>
void make(std::size_t count) {
    std::vector<Local> &all = all_of<Local>();
    all.reserve(many);
    while (all.size() < count)
        all.emplace_back().set(&values[0]);
    for (Local &local : all)
        if (local.get() != &values[0])
            fail("%s: a thread's own value is lost", Local::who);
}

template <class Local>
contender used(which which) {
    Local *from = all_of<Local>().data(), *last = &all_of<Local>().back();
    switch (which) {
    case first:
        return looped(Local::who, [from] { keep(from->get()); });
    case hundredth:
        return looped(Local::who, [last] { keep(last->get()); });
    case each_in_turn:
        return looped(Local::who, [from, last, at = from]() mutable {
            keep(at->get());
            at = at == last ? from : at + 1;
        });
    case written:
        break;
    }
    return looped(Local::who, [from, i = 0]() mutable { from->set(&values[i ^= 1]); });
}

std::vector<contender> locals_used(which which) {
    // The first of each library comes before the second of any, so that all of them are near for
    // the C library.
    for_each_type(locals{}, [](auto kind) { make<typename decltype(kind)::type>(1); });
    for_each_type(locals{}, [](auto kind) { make<typename decltype(kind)::type>(many); });
    std::vector<contender> all;
    for_each_type(locals{},
                  [&](auto kind) { all.push_back(used<typename decltype(kind)::type>(which)); });
    return all;
}

} // namespace

std::vector<row> local_rows() {
    const char *limit = "a thread_local variable of the program";
    return {
        {"local",
         "local get",
         {},
         "ns",
         limit,
         {at_most(1.1, "pthread")},
         [] { return locals_used(first); }},
        {"local",
         "local get, hundredth",
         {},
         "ns",
         limit,
         {at_most(1.1, "pthread")},
         [] { return locals_used(hundredth); }},
        {"local",
         "local get, each of a hundred",
         {},
         "ns",
         limit,
         {at_most(1.1, "pthread")},
         [] { return locals_used(each_in_turn); }},
        {"local", "local set", {}, "ns", limit, {}, [] { return locals_used(written); }},
    };
}

} // namespace bench
