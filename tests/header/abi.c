/* What a program compiled today relies on for ever: sizes, numbers and initialisers. C and C++ both
 * read this. */
#include <assert.h>
#include <threading.h>

#ifndef __cplusplus
/* The headers of C2x may have made it a keyword. */
#ifndef static_assert
#define static_assert _Static_assert
#endif
#define ALIGNMENT(type) _Alignof(type)
#else
#define ALIGNMENT(type) alignof(type)
#endif

#define HANDLE(type)                                                                               \
    static_assert(sizeof(type) == 8, "a handle is 64 bits");                                       \
    static_assert(ALIGNMENT(type) == ALIGNMENT(uint64_t), "and lies as they do");                  \
    static_assert(sizeof(((type *)0)->bits) == 8, "which are named bits");                         \
    extern type static_##type, filled_##type[2];                                                   \
    type static_##type = THREADING_NULL;                                                           \
    type filled_##type[2] = {THREADING_NULL, THREADING_NULL};                                      \
    bool automatic_##type(void);                                                                   \
    bool automatic_##type(void) {                                                                  \
        type automatic = THREADING_NULL, copy = automatic;                                         \
        return THREADING_IS_NULL(automatic) && THREADING_SAME(automatic, copy);                    \
    }

HANDLE(threading_thread)
HANDLE(threading_lock)
HANDLE(threading_rlock)

static_assert(sizeof(threading_status) == 4, "32 bits");
static_assert((threading_status)-1 < 0, "negative numbers are errors");
static_assert(THREADING_OK == 0, "ABI");
static_assert(THREADING_TIMEOUT == 1, "ABI");
static_assert(THREADING_NO_VALUE == 2, "ABI");
static_assert(THREADING_INTERRUPTED == 3, "ABI");
static_assert(THREADING_CLOSED == 4, "ABI");
static_assert(THREADING_INVALID_HANDLE == -1, "ABI");
static_assert(THREADING_DESTROYED == -2, "ABI");
static_assert(THREADING_INVALID_ARGUMENT == -3, "ABI");
static_assert(THREADING_NOT_ACQUIRED == -4, "ABI");
static_assert(THREADING_NOT_OWNER == -5, "ABI");
static_assert(THREADING_BUSY == -6, "ABI");
static_assert(THREADING_OVERFLOW == -7, "ABI");
static_assert(THREADING_BROKEN == -8, "ABI");
static_assert(THREADING_ALREADY_STARTED == -9, "ABI");
static_assert(THREADING_NOT_STARTED == -10, "ABI");
static_assert(THREADING_WOULD_DEADLOCK == -11, "ABI");
static_assert(THREADING_DUMMY == -12, "ABI");
static_assert(THREADING_NO_RESOURCES == -13, "ABI");
static_assert(THREADING_SHUTTING_DOWN == -14, "ABI");
static_assert(THREADING_NOT_PERMITTED == -15, "ABI");

static_assert((int64_t)THREADING_TIMEOUT_MAX == 9223372036, "seconds");
static_assert(THREADING_HAS_WITH == 1, "all four compilers have what it needs");

/* For the preprocessor too. */
#if THREADING_VERSION_MAJOR < 0 || THREADING_VERSION_MINOR < 0 || THREADING_VERSION_PATCH < 0
#error "the version macros are numbers"
#endif

/* clang's analysis of thread safety understands == 0, and not == an enumerator. */
#if defined(__clang__) && !defined(__cplusplus)
#ifndef THREADING_OK
#error "THREADING_OK is a macro for clang in C"
#elif THREADING_OK != 0
#error "THREADING_OK is 0"
#endif
#endif
