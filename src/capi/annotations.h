/**
 * @page analysis Static analysis
 *
 * In C, clang's -Wthread-safety checks that data is used only while the lock that guards it is
 * held. In C++ clang cannot resolve a handle that is passed by value: there it understands only
 * THREADING_WITH. The classes of threading.hpp have all annotations.
 *
 * - THREADING_GUARDED_BY on data says which lock guards the data. THREADING_REQUIRES and
 *   THREADING_EXCLUDES on a function say which locks its caller holds, and which locks its caller
 *   does not hold. Data that an rwlock guards is read while the rwlock is acquired in either way,
 *   and changed while it is acquired to write. THREADING_REQUIRES_SHARED asks for either way.
 * - The result of a try_acquire: clang follows a comparison with THREADING_OK by `==` or `!=` in an
 *   `if` or a loop, also if the result is in a variable. It does not follow a `switch` over the
 *   result, nor THREADING_CHECK: it warns about a correct `switch`.
 * - A condition is a capability, which threading_condition_acquire and THREADING_WITH(condition)
 *   acquire. It is a common mistake to wait or to notify without the lock. clang cannot know which
 *   lock a condition was made with, so it reports this mistake in two cases only. The first case is
 *   a condition that is declared THREADING_GUARDED_BY its lock. The second case is any condition,
 *   if THREADING_CONDITIONS_ARE_LOCKS is defined before this header is included: this macro says
 *   that the program acquires each condition by the condition's own name. THREADING_HOLDS is for
 *   the exceptions.
 */
#if defined(__clang__)
#define THREADING_ATTRIBUTE_(x) __attribute__((x))
#else
#define THREADING_ATTRIBUTE_(x)
#endif
#define THREADING_CAPABILITY_(name) THREADING_ATTRIBUTE_(capability(name))
#define THREADING_ACQUIRE_(...) THREADING_ATTRIBUTE_(acquire_capability(__VA_ARGS__))
#define THREADING_TRY_ACQUIRE_(...) THREADING_ATTRIBUTE_(try_acquire_capability(__VA_ARGS__))
#define THREADING_RELEASE_(...) THREADING_ATTRIBUTE_(release_capability(__VA_ARGS__))
#define THREADING_ACQUIRE_SHARED_(...) THREADING_ATTRIBUTE_(acquire_shared_capability(__VA_ARGS__))
#define THREADING_TRY_ACQUIRE_SHARED_(...)                                                         \
    THREADING_ATTRIBUTE_(try_acquire_shared_capability(__VA_ARGS__))
#define THREADING_RELEASE_SHARED_(...) THREADING_ATTRIBUTE_(release_shared_capability(__VA_ARGS__))
#define THREADING_ASSERT_SHARED_(...) THREADING_ATTRIBUTE_(assert_shared_capability(__VA_ARGS__))
#define THREADING_ASSERT_HELD_(...) THREADING_ATTRIBUTE_(assert_capability(__VA_ARGS__))
#define THREADING_RETURNS_LOCK_(x) THREADING_ATTRIBUTE_(lock_returned(x))
/** On a variable: the variable is used only while x is held. */
#define THREADING_GUARDED_BY(x) THREADING_ATTRIBUTE_(guarded_by(x))
/** On a pointer: the memory that it points to is used only while x is held. */
#define THREADING_PT_GUARDED_BY(x) THREADING_ATTRIBUTE_(pt_guarded_by(x))
/** On a function: its caller holds these locks. */
#define THREADING_REQUIRES(...) THREADING_ATTRIBUTE_(requires_capability(__VA_ARGS__))
/** On a function: its caller reads or writes these rwlocks. */
#define THREADING_REQUIRES_SHARED(...)                                                             \
    THREADING_ATTRIBUTE_(requires_shared_capability(__VA_ARGS__))
/** On a function: its caller does not hold these locks. */
#define THREADING_EXCLUDES(...) THREADING_ATTRIBUTE_(locks_excluded(__VA_ARGS__))
/** On a function: the analysis does not check its body. */
#define THREADING_NO_ANALYSIS THREADING_ATTRIBUTE_(no_thread_safety_analysis)
/* clang 19 to 22 take the option, but warn of right uses: for them the lock is another than that of
 * the same struct. */
#if defined(__cplusplus) ||                                                                        \
    (defined(THREADING_LATE_MEMBERS) && defined(__clang_major__) && __clang_major__ >= 23)
/**
 * On a member of a struct: the member is used only while x is held, which is a member of the same
 * struct. In C this needs clang 23 or newer with the option -fexperimental-late-parse-attributes:
 * define THREADING_LATE_MEMBERS if you pass that option. Otherwise the macro has no effect in C.
 */
#define THREADING_MEMBER_GUARDED_BY(x) THREADING_GUARDED_BY(x)
#else
/**
 * On a member of a struct: the member is used only while x is held, which is a member of the same
 * struct. In C this needs clang 23 or newer with the option -fexperimental-late-parse-attributes:
 * define THREADING_LATE_MEMBERS if you pass that option. Otherwise the macro has no effect in C.
 */
#define THREADING_MEMBER_GUARDED_BY(x)
#endif
#if defined(__has_attribute)
#if __has_attribute(reentrant_capability)
#define THREADING_REENTRANT_ __attribute__((reentrant_capability))
#endif
#if __has_attribute(warn_unused_result) && !defined(THREADING_NO_MUST_CHECK)
/**
 * On a function: its result must not be ignored. Define THREADING_NO_MUST_CHECK to turn the warning
 * off.
 */
#define THREADING_MUST_CHECK __attribute__((warn_unused_result))
#endif
#endif
#ifndef THREADING_REENTRANT_
#define THREADING_REENTRANT_
#endif
/* So that the place of a call is the caller's, also in a program that is not optimised. */
#if defined(__GNUC__) || defined(__clang__)
#define THREADING_INLINE_ __attribute__((always_inline)) inline
#else
#define THREADING_INLINE_ inline
#endif
#ifndef THREADING_MUST_CHECK
/** On a function: its result must not be ignored. This compiler cannot warn about it. */
#define THREADING_MUST_CHECK
#endif
#if defined(THREADING_CONDITIONS_ARE_LOCKS) && !defined(__cplusplus)
#define THREADING_C_CONDITION_(x) THREADING_REQUIRES(x)
#else
#define THREADING_C_CONDITION_(x)
#endif
#ifdef __cplusplus
#define THREADING_C_ACQUIRE_(x)
#define THREADING_C_TRY_ACQUIRE_(x)
#define THREADING_C_RELEASE_(x)
#define THREADING_C_ACQUIRE_SHARED_(x)
#define THREADING_C_TRY_ACQUIRE_SHARED_(x)
#define THREADING_C_RELEASE_SHARED_(x)
#define THREADING_C_RETURNS_LOCK_(x)
#else
#define THREADING_C_ACQUIRE_(x) THREADING_ACQUIRE_(x)
#define THREADING_C_TRY_ACQUIRE_(x) THREADING_TRY_ACQUIRE_(0, x)
#define THREADING_C_RELEASE_(x) THREADING_RELEASE_(x)
#define THREADING_C_ACQUIRE_SHARED_(x) THREADING_ACQUIRE_SHARED_(x)
#define THREADING_C_TRY_ACQUIRE_SHARED_(x) THREADING_TRY_ACQUIRE_SHARED_(0, x)
#define THREADING_C_RELEASE_SHARED_(x) THREADING_RELEASE_SHARED_(x)
#define THREADING_C_RETURNS_LOCK_(x) THREADING_RETURNS_LOCK_(x)
#endif
