
#ifdef __cplusplus
extern "C" {
#endif

/**
 * Where debuggers and `threading-dump` find what they read of the library's memory. It is a
 * constant, for readers outside the process: a program has `threading_dump` and
 * `threading_waits`.
 *
 * It begins with the eight bytes "THREADNG", and then, as 32-bit numbers, the version of the layout
 * and the size of the constant in bytes. What follows belongs to that version, which has nothing to
 * do with the library's. `threading_layout.py`, which is installed with the library, reads it.
 */
extern const unsigned char threading_debug_layout[];

#ifdef __cplusplus
}
#endif

/* clang's thread-safety analysis understands `== THREADING_OK` only for a literal, and not for a
 * constant of an enumeration. */
#if defined(__clang__) && !defined(__cplusplus)
#define THREADING_OK 0
#endif

/**
 * Evaluates the call, and yields its status. If the status is an error, prints the file, the line,
 * the call, the status and the thread to the standard error stream, and aborts.
 *
 * clang's thread-safety analysis does not see the result through this macro, nor through a
 * `switch`. Keep the status of a try_acquire in a variable, and compare the variable by `==` or
 * `!=`.
 */
#define THREADING_CHECK(call) threading_check((call), #call, __FILE__, __LINE__)

#define THREADING_PASTE_(a, b) THREADING_PASTE_AGAIN_(a, b)
#define THREADING_PASTE_AGAIN_(a, b) a##b
/* Two uses on one line need __COUNTER__. From version 22 on, clang -pedantic warns about it as an
 * extension: these pragmas turn the warning off. */
#define THREADING_UNIQUE_ THREADING_PASTE_(threading_with_, __COUNTER__)
#if defined(__has_warning)
#if __has_warning("-Wc2y-extensions")
#define THREADING_PUSH_                                                                            \
    _Pragma("clang diagnostic push") _Pragma("clang diagnostic ignored \"-Wc2y-extensions\"")
#define THREADING_POP_ _Pragma("clang diagnostic pop")
#endif
#endif
#ifndef THREADING_PUSH_
#define THREADING_PUSH_
#define THREADING_POP_
#endif

#if defined(__cplusplus)

/** 1 if this compiler has THREADING_WITH, else 0. */
#define THREADING_HAS_WITH 1

/* Holds an object, and releases it at the end of the scope. */
class threading_with_ {
public:
    threading_with_() : release_(nullptr), bits_(0), entered_(false) {}
    threading_with_(const threading_with_ &) = delete;
    threading_with_ &operator=(const threading_with_ &) = delete;
    ~threading_with_() {
        if (release_) {
            release_(bits_);
        }
    }
    bool entered() const { return entered_; }
#define THREADING_WITH_ENTER_(kind, object, mode, handle, attributes)                              \
    THREADING_INLINE_ bool enter(const threading_##kind &x, const char *file, int line)            \
        attributes THREADING_NO_ANALYSIS {                                                         \
        const threading_##object object_ = handle;                                                 \
        entered_ = true;                                                                           \
        bits_ = object_.bits;                                                                      \
        const threading_status status = threading_##object##_acquire##mode(object_);               \
        if (status != THREADING_OK) {                                                              \
            threading_with_failed_(status, file, line);                                            \
            return false;                                                                          \
        }                                                                                          \
        release_ = leave_##kind;                                                                   \
        return true;                                                                               \
    }                                                                                              \
    static void leave_##kind(uint64_t bits) THREADING_NO_ANALYSIS {                                \
        threading_##object object_;                                                                \
        object_.bits = bits;                                                                       \
        threading_##object##_release##mode(object_);                                               \
    }
    THREADING_WITH_ENTER_(lock, lock, , x, THREADING_EXCLUDES(x) THREADING_ASSERT_HELD_(x))
    THREADING_WITH_ENTER_(rlock, rlock, , x, THREADING_ASSERT_HELD_(x))
    THREADING_WITH_ENTER_(reading, rwlock, _read, x.rwlock, THREADING_ASSERT_SHARED_(x))
    THREADING_WITH_ENTER_(writing, rwlock, _write, x.rwlock,
                          THREADING_EXCLUDES(x) THREADING_ASSERT_HELD_(x))
    THREADING_WITH_ENTER_(condition, condition, , x, THREADING_ASSERT_HELD_(x))
    THREADING_WITH_ENTER_(semaphore, semaphore, , x, )
#undef THREADING_WITH_ENTER_

private:
    void (*release_)(uint64_t);
    uint64_t bits_;
    bool entered_;
};

#define THREADING_WITH_(x, with)                                                                   \
    for (threading_with_ with; !with.entered() && with.enter(x, __FILE__, __LINE__);)

#elif defined(__GNUC__) || defined(__clang__) || defined(__TINYC__)

/** 1 if this compiler has THREADING_WITH, else 0. */
#define THREADING_HAS_WITH 1

/* Holds an object, and releases it at the end of the scope. */
typedef struct threading_with_ {
    void (*release)(uint64_t bits);
    uint64_t bits;
    bool entered;
} threading_with_;

static inline void threading_with_leave_(threading_with_ *with) {
    if (with->release) {
        with->release(with->bits);
    }
}

#define THREADING_WITH_ENTER_(kind, object, mode, handle, attributes)                              \
    THREADING_NO_ANALYSIS static inline void threading_with_leave_##kind##_(uint64_t bits) {       \
        threading_##object object_ = {bits};                                                       \
        threading_##object##_release##mode(object_);                                               \
    }                                                                                              \
    static THREADING_INLINE_ bool threading_with_##kind##_(                                        \
        threading_with_ *with, threading_##kind x, const char *file, int line) attributes;         \
    THREADING_NO_ANALYSIS static THREADING_INLINE_ bool threading_with_##kind##_(                  \
        threading_with_ *with, threading_##kind x, const char *file, int line) {                   \
        const threading_##object object_ = handle;                                                 \
        threading_status status;                                                                   \
        with->entered = true;                                                                      \
        with->bits = object_.bits;                                                                 \
        status = threading_##object##_acquire##mode(object_);                                      \
        if (status != THREADING_OK) {                                                              \
            threading_with_failed_(status, file, line);                                            \
            return false;                                                                          \
        }                                                                                          \
        with->release = threading_with_leave_##kind##_;                                            \
        return true;                                                                               \
    }
THREADING_WITH_ENTER_(lock, lock, , x, THREADING_EXCLUDES(x) THREADING_ASSERT_HELD_(x))
THREADING_WITH_ENTER_(rlock, rlock, , x, THREADING_ASSERT_HELD_(x))
THREADING_WITH_ENTER_(reading, rwlock, _read, x.rwlock, THREADING_ASSERT_SHARED_(x))
THREADING_WITH_ENTER_(writing, rwlock, _write, x.rwlock,
                      THREADING_EXCLUDES(x) THREADING_ASSERT_HELD_(x))
THREADING_WITH_ENTER_(condition, condition, , x, THREADING_ASSERT_HELD_(x))
THREADING_WITH_ENTER_(semaphore, semaphore, , x, )
#undef THREADING_WITH_ENTER_

#define THREADING_WITH_KIND_(x)                                                                    \
    __extension__ _Generic((x),                                                                    \
        threading_lock: threading_with_lock_,                                                      \
        threading_rlock: threading_with_rlock_,                                                    \
        threading_reading: threading_with_reading_,                                                \
        threading_writing: threading_with_writing_,                                                \
        threading_condition: threading_with_condition_,                                            \
        threading_semaphore: threading_with_semaphore_)
#define THREADING_WITH_(x, with)                                                                   \
    for (__attribute__((cleanup(threading_with_leave_))) threading_with_ with = {0, 0, false};     \
         !with.entered && THREADING_WITH_KIND_(x)(&with, x, __FILE__, __LINE__);)

#else

/** 1 if this compiler has THREADING_WITH, else 0. */
#define THREADING_HAS_WITH 0

#endif

#ifdef __cplusplus
/**
 * Tells clang's analysis in C that the caller holds the condition's lock under another name. It
 * does nothing else.
 */
#define THREADING_HOLDS(condition) ((void)(condition))
#else
static inline void threading_holds_(threading_condition condition)
    THREADING_ASSERT_HELD_(condition);
static inline void threading_holds_(threading_condition condition) { (void)condition; }
/**
 * Tells clang's analysis in C that the caller holds the condition's lock under another name. It
 * does nothing else.
 */
#define THREADING_HOLDS(condition) threading_holds_(condition)
#endif

#if THREADING_HAS_WITH
/**
 * Acquires x, which is a lock, rlock, condition or semaphore, or what threading_rwlock_reading or
 * threading_rwlock_writing returns, and releases it after the statement that follows (Python:
 * `with x:`).
 *
 * x is evaluated once. It is released however the statement is left: at its end, by break,
 * continue, return or goto, or by a C++ exception. If x cannot be acquired, the statement is
 * skipped; the error hook has then been called, and a line on the standard error stream says so,
 * once for each THREADING_WITH. The environment variable THREADING_REPORT=0 silences that line.
 *
 * The macro is a loop that runs once: break and continue leave the statement, and not a loop around
 * it. longjmp leaves x held, and so does pthread_exit in C that was compiled without -fexceptions.
 * The macro needs C++, or a C compiler with __attribute__((cleanup)). For clang's thread-safety
 * analysis in C++, x must be the name of a handle, not a call that returns one.
 * @code
 * THREADING_WITH(lock) {
 *     balance += 1;
 * }
 * @endcode
 */
#define THREADING_WITH(x) THREADING_PUSH_ THREADING_WITH_(x, THREADING_UNIQUE_) THREADING_POP_
#endif

#endif /* THREADING_LIBTHREADING_H */
