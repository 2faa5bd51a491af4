"""Planted headers for check-docs.py --self-test: a good one, and one with each mistake, with what
must be said of it."""

GOOD = '''
#ifndef THREADING_H
#define THREADING_H
/** @file
 * The file. */
/** @defgroup lock Locks. */
/** What a call came to. */
typedef enum threading_status {
    /** It was done. */
    THREADING_OK = 0,
    THREADING_TIMEOUT = 1, /**< The time ran out first. */
    /** Null, or made up. */
    THREADING_INVALID_HANDLE = -1,
} threading_status;

/** Says yes or no to a lock. */
#if defined(__clang__)
#define THREADING_CAPABILITY(x) __attribute__((capability(x)))
#else
#define THREADING_CAPABILITY(x)
#endif
#define THREADING_HIDDEN_ 1

/** A lock, which one thread holds at a time. */
typedef struct THREADING_CAPABILITY("lock") threading_lock { uint64_t bits; } threading_lock;
/** Runs later. */
typedef void (*threading_callback)(void *ctx);

/**
 * Takes the lock, waiting at most so long (`Lock.acquire(timeout=)`).
 *
 * More is said here, with a program:
 * @code
 * threading_lock_acquire_timeout(lock, 1);
 * @endcode
 *
 * @param lock     the lock to take.
 * @param seconds  how long, on the monotonic clock;
 *                 0 polls.
 * @retval THREADING_OK              the caller holds it.
 * @retval THREADING_TIMEOUT         it stayed held.
 * @retval THREADING_INVALID_HANDLE  `lock` is null or made up.
 * @par Blocking
 * Until taken, or until the time has run out.
 * @par Thread safety
 * Any thread.
 * @since 0.1
 */
threading_status threading_lock_acquire_timeout(threading_lock lock, double seconds)
    THREADING_CAPABILITY("x");
/** Whether somebody holds the lock.
 * @param lock the lock.
 * @return whether it is held.
 * @par Blocking
 * Never.
 * @par Thread safety
 * Any thread.
 */
bool threading_lock_locked(threading_lock lock);
#endif
'''

SENTENCE = " * Takes the lock, waiting at most so long (`Lock.acquire(timeout=)`).\n"
OK = " * @retval THREADING_OK              the caller holds it.\n"
TIMEOUT = " * @retval THREADING_TIMEOUT         it stayed held.\n"
SECONDS = " * @param seconds  how long, on the monotonic clock;\n *                 0 polls.\n"
LOCK = " * @param lock     the lock to take.\n"
BLOCKING = " * @par Blocking\n * Until taken, or until the time has run out.\n"
SAFETY = " * @par Thread safety\n * Any thread.\n * @since 0.1\n"

# A name, what is replaced by what, and what must be said.
BAD = [
    (
        "a function without a comment", ("/** Whether somebody", "/* Whether somebody"),
        "threading_lock_locked", "no comment",
    ),
    (
        "a constant without a comment", ("    /** It was done. */\n", ""), "THREADING_OK",
        "no comment",
    ),
    (
        "a constant without a comment behind it", (" /**< The time ran out first. */", ""),
        "THREADING_TIMEOUT", "no comment",
    ),
    (
        "a type without a comment", ("/** A lock, which one thread holds at a time. */\n", ""),
        "threading_lock", "no comment",
    ),
    (
        "a callback without a comment", ("/** Runs later. */\n", ""), "threading_callback",
        "no comment",
    ),
    (
        "a macro without a comment", ("/** Says yes or no to a lock. */\n", ""),
        "THREADING_CAPABILITY", "no comment",
    ),
    (
        "a group's comment in place of a type's", ("/** What a call came to. */\n", ""),
        "threading_status", "no comment",
    ),
    ("no sentence", (SENTENCE, ""), "threading_lock_acquire_timeout", "not a sentence|no sentence"),
    (
        "a first paragraph without a full stop", (SENTENCE, " * Takes the lock\n"),
        "acquire_timeout", "not a sentence",
    ),
    (
        "a word that the header has another for",
        (LOCK, LOCK.rstrip("\n") + ", which is\n * given up.\n"),
        "acquire_timeout",
        "given up.*detach",
    ),
    (
        "the same in the comment of a type", ("A lock, which", "A claim, which"), "threading_lock",
        "claim.*destroy",
    ),
    ("a parameter left out", (SECONDS, ""), "acquire_timeout", "@param of"),
    (
        "a parameter that is not there", (SECONDS, SECONDS + " * @param more  more.\n"),
        "acquire_timeout", "@param of",
    ),
    (
        "parameters in the wrong order", (LOCK + SECONDS, SECONDS + LOCK), "acquire_timeout",
        "@param of",
    ),
    (
        "a parameter by a wrong name", ("@param seconds ", "@param second "), "acquire_timeout",
        "@param of",
    ),
    (
        "a parameter of which nothing is said", (LOCK, " * @param lock\n"), "acquire_timeout",
        "@param lock says nothing",
    ),
    ("no THREADING_OK", (OK, ""), "acquire_timeout", "no @retval THREADING_OK"),
    (
        "a status that does not exist",
        ("@retval THREADING_TIMEOUT ", "@retval THREADING_TIMED_OUT "), "acquire_timeout",
        "THREADING_TIMED_OUT: there is no such status",
    ),
    (
        "a status without a cause", (TIMEOUT, " * @retval THREADING_TIMEOUT\n"), "acquire_timeout",
        "does not say its cause",
    ),
    (
        "a status twice", (TIMEOUT, TIMEOUT + TIMEOUT), "acquire_timeout",
        "THREADING_TIMEOUT stands twice",
    ),
    (
        "@return of a status", (BLOCKING, " * @return a status.\n" + BLOCKING), "acquire_timeout",
        "@return, and it returns",
    ),
    ("no @return", (" * @return whether it is held.\n", ""), "threading_lock_locked", "no @return"),
    ("no @par Blocking", (BLOCKING, ""), "acquire_timeout", "@par Blocking is missing"),
    (
        "an empty @par Blocking", (BLOCKING, " * @par Blocking\n"), "acquire_timeout",
        "@par Blocking is missing or empty",
    ),
    (
        "no @par Thread safety", (SAFETY, " * @since 0.1\n"), "acquire_timeout",
        "@par Thread safety is missing",
    ),
    (
        "the pars in the wrong order", (BLOCKING + SAFETY, SAFETY + BLOCKING), "acquire_timeout",
        "stands behind",
    ),
    (
        "a parameter behind the results", (SECONDS + OK, OK + SECONDS), "acquire_timeout",
        "@param stands behind @retval",
    ),
    (
        "a status behind the pars",
        (
            TIMEOUT
            + " * @retval THREADING_INVALID_HANDLE  `lock` is null or made up.\n"
            + BLOCKING,
            BLOCKING + TIMEOUT,
        ),
        "acquire_timeout",
        "@retval stands behind @par Blocking",
    ),
]

TEST = (
    "CHECK_STATUS(threading_lock_acquire_timeout(lock, 0), THREADING_TIMEOUT); CHECK(status =="
    " THREADING_OK);"
)
MISUSE = {"threading_lock_acquire_timeout": {"THREADING_INVALID_HANDLE"}}
NAME = "threading_lock_acquire_timeout"

# A name, the texts of the tests, the statuses of the misuse table, and what must be said (None:
# nothing).
TESTED = [
    ("a test and the table", {"lock.c": TEST}, MISUSE, None),
    (
        "a status in no test", {"lock.c": TEST.replace("THREADING_TIMEOUT", "1")}, MISUSE,
        "no test.*THREADING_TIMEOUT",
    ),
    (
        "a status in a test of another function",
        {
            "lock.c": TEST.replace("THREADING_TIMEOUT", "1"),
            "other.c": "threading_sleep(1) == THREADING_TIMEOUT",
        },
        MISUSE,
        "no test.*THREADING_TIMEOUT",
    ),
    (
        "a function that is named and not called",
        {"lock.c": TEST.replace("_timeout(", "_timeout, (")}, MISUSE, "no test.*THREADING_OK",
    ),
    (
        "a status with a longer name",
        {"lock.c": TEST.replace("THREADING_TIMEOUT", "THREADING_TIMEOUT_MAX")}, MISUSE,
        "no test.*THREADING_TIMEOUT",
    ),
    ("nothing in the table", {"lock.c": TEST}, {}, "no test.*THREADING_INVALID_HANDLE"),
    (
        "more in the table than in the comment", {"lock.c": TEST},
        {NAME: {"THREADING_INVALID_HANDLE", "THREADING_DESTROYED"}},
        "THREADING_DESTROYED comes out in the misuse table",
    ),
]


def run(checker):
    """Runs every sample; the number of those that were not judged rightly."""
    import re
    failures = 0

    def judge(name, holds, problems):
        nonlocal failures
        print(f"{'ok' if holds else 'FAILED'}: {name}")
        if not holds:
            failures += 1
            print("    " + "\n    ".join(problems or ["nothing was said"]))

    def read(text):
        return checker.header_reader.Reader(text).read()

    problems = checker.check_header(read(GOOD))
    judge("a good header is accepted", not problems, problems)
    for name, (old, new), where, message in BAD:
        if old not in GOOD:
            judge(f"{name}: the sample does not hold what is replaced", False, [])
            continue
        problems = checker.check_header(read(GOOD.replace(old, new, 1)))
        judge(
            f"found: {name}",
            any(re.search(f"{where}.*({message})", problem) for problem in problems), problems,
        )
    for name, files, misuse, message in TESTED:
        problems = checker.check_tests(read(GOOD), files, misuse)
        found = (
            not problems
            if message is None
            else any(re.search(message, problem) for problem in problems)
        )
        judge(f"{'accepted' if message is None else 'found'}: {name}", found, problems)
    return failures
