// THREADING_WITH in C++: the same promises as in C. Exceptions are in with_exceptions.cpp.
#include "with_locks.h"

#include <pthread.h>
#include <string>
#include <thread>

static_assert(THREADING_HAS_WITH == 1, "every C++ compiler has it");

static void reached() { CHECK(!"reached"); }

CASE(end_of_the_block) {
    int entered = 0;
    make_locks();
    THREADING_WITH(lock) {
        CHECK(threading_lock_locked(lock));
        entered++;
    }
    check_all_free();
    THREADING_WITH(rlock) {
        CHECK_NUMBER(threading_rlock_depth(rlock), 1);
        entered++;
    }
    CHECK_NUMBER(entered, 2);
    check_all_free();
}

CASE(break_and_continue_leave_the_block_and_not_the_loop_around_it) {
    int rounds = 0, after = 0;
    make_locks();
    for (int i = 0; i < 4; i++) {
        THREADING_WITH(lock) {
            rounds++;
            if (i % 2) {
                break;
            } else {
                continue;
            }
        }
        check_all_free();
        after++;
    }
    CHECK_NUMBER(rounds, 4);
    CHECK_NUMBER(after, 4);
}

CASE(goto_out_of_the_block) {
    int tries = 0;
    make_locks();
again:
    check_all_free();
    THREADING_WITH(lock) {
        THREADING_WITH(rlock) {
            if (++tries < 3) {
                goto again;
            }
            goto out;
        }
    }
    reached();
out:
    CHECK_NUMBER(tries, 3);
    check_all_free();
}

static size_t depth_in_the_block() {
    THREADING_WITH(rlock) {
        return threading_rlock_depth(rlock);
    }
    return 4711;
}

// An object is returned whole: it is made while the lock is held.
static std::string text_of_the_block() {
    THREADING_WITH(lock) {
        THREADING_WITH(second) {
            return threading_lock_locked(lock) && threading_lock_locked(second) ? "both"
                                                                                : "not both";
        }
    }
    return "neither";
}

CASE(return_from_the_block) {
    make_locks();
    CHECK_NUMBER(depth_in_the_block(), 1);
    check_all_free();
    CHECK_STRING(text_of_the_block().c_str(), "both");
    check_all_free();
}

/* ---- where it may stand ---- */

CASE(nested_and_twice_on_a_line) {
    int entered = 0;
    make_locks();
    THREADING_WITH(lock) {
        THREADING_WITH(second) {
            THREADING_WITH(rlock) {
                THREADING_WITH(rlock) {
                    CHECK_NUMBER(threading_rlock_depth(rlock), 2);
                    entered++;
                }
                CHECK_NUMBER(threading_rlock_depth(rlock), 1);
            }
        }
        CHECK(!threading_lock_locked(second));
        CHECK(threading_lock_locked(lock));
    }
    THREADING_WITH(lock) {
        entered++;
    }
    THREADING_WITH(lock) {
        entered++;
    }
    THREADING_WITH(lock)
        THREADING_WITH(second)
            THREADING_WITH(rlock)
                entered++;
    CHECK_NUMBER(entered, 4);
    check_all_free();
}

static int in_an_if(bool condition) {
    int result = 0;
    if (condition)
        THREADING_WITH(lock)
            result += 1;
    if (condition)
        THREADING_WITH(lock)
            result += 10;
    else
        result += 1000;
    if (!condition)
        result += 10000;
    else
        THREADING_WITH(rlock)
            result += 20;
    return result;
}

CASE(in_an_if_without_braces_and_before_else) {
    make_locks();
    CHECK_NUMBER(in_an_if(true), 31);
    CHECK_NUMBER(in_an_if(false), 11000);
    check_all_free();
}

template <typename Lockable>
static int held_in_a_template(Lockable x) {
    int held = 0;
    THREADING_WITH(x) {
        auto look = [&held] {
            held += threading_lock_locked(lock) || threading_rlock_locked(rlock);
        };
        look();
    }
    return held;
}

CASE(in_lambdas_and_templates) {
    make_locks();
    CHECK_NUMBER(held_in_a_template(lock), 1);
    CHECK_NUMBER(held_in_a_template(rlock), 1);
    auto held = [] {
        THREADING_WITH(lock) {
            return threading_lock_locked(lock);
        }
        return false;
    };
    CHECK(held());
    for (int element : {1, 2, 3}) {
        THREADING_WITH(rlock)
            CHECK_NUMBER(threading_rlock_depth(rlock) * 0 + element, element);
    }
    check_all_free();
}

/* ---- x ---- */

static int evaluations;

static threading_lock evaluated() {
    evaluations++;
    return lock;
}

CASE(x_is_evaluated_once) {
    make_locks();
    THREADING_WITH(evaluated()) {
        CHECK(threading_lock_locked(lock));
    }
    CHECK_NUMBER(evaluations, 1);
    THREADING_WITH(evaluated()) {
        break;
    }
    CHECK_NUMBER(evaluations, 2);
    check_all_free();
}

CASE(x_may_be_any_expression_and_change_inside) {
    make_locks();
    const threading_lock constant = lock;
    threading_lock which = lock, *pointer = &which;
    THREADING_WITH(constant)
        CHECK(threading_lock_locked(lock));
    THREADING_WITH(*pointer) {
        which = second;
        CHECK(threading_lock_locked(lock));
    }
    THREADING_WITH(threading_lock{lock.bits})
        CHECK(threading_lock_locked(lock));
    check_all_free();
}

static int use_static_lock() {
    static threading_lock guard = THREADING_NULL;
    static int uses;
    THREADING_WITH(threading_lock_ensure(&guard)) {
        CHECK(threading_lock_locked(guard));
        return ++uses;
    }
    return -1;
}

CASE(ensure_on_a_static) {
    CHECK_NUMBER(use_static_lock(), 1);
    CHECK_NUMBER(use_static_lock(), 2);
}

/* ---- failure ---- */

static std::string heard;

static void hears(const char *function, threading_status status, uint64_t handle, void *) {
    heard += std::string(function) + " " + threading_status_name(status) +
             (handle == 0 ? " null\n" : " a handle\n");
}

CASE(failed_acquire_skips_the_statement_and_is_heard) {
    threading_lock no_lock = THREADING_NULL;
    make_locks();
    CHECK_STATUS(threading_rlock_destroy(rlock), THREADING_OK);
    CHECK_STATUS(threading_set_error_hook(hears, nullptr), THREADING_OK);
    THREADING_WITH(no_lock) {
        reached();
    }
    THREADING_WITH(rlock) {
        reached();
    }
    CHECK_STRING(heard.c_str(), "threading_lock_acquire THREADING_INVALID_HANDLE null\n"
                                "threading_rlock_acquire THREADING_DESTROYED a handle\n");
}

/* ---- threads ---- */

// pthread_exit unwinds C++ as an exception does.
static void *ends_inside(void *) {
    THREADING_WITH(lock) {
        THREADING_WITH(rlock) {
            CHECK_NUMBER(threading_rlock_depth(rlock), 1);
            pthread_exit(nullptr);
        }
    }
    return nullptr;
}

CASE(pthread_exit_inside) {
    pthread_t foreign;
    threading_thread ours;
    make_locks();
    CHECK_NUMBER(pthread_create(&foreign, nullptr, ends_inside, nullptr), 0);
    CHECK_NUMBER(pthread_join(foreign, nullptr), 0);
    check_all_free();
    CHECK_STATUS(threading_thread_spawn(nullptr, ends_inside, nullptr, &ours), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(ours, nullptr), THREADING_OK);
    check_all_free();
}

static long counter;

static void *increments(void *) {
    for (int i = 0; i < 50000; i++) {
        try {
            THREADING_WITH(lock) {
                counter++;
                if (i % 1000 == 0) {
                    throw i;
                }
            }
        } catch (int) {
        }
    }
    return nullptr;
}

CASE(mutual_exclusion) {
    threading_thread ours[2];
    make_locks();
    for (threading_thread &thread : ours) {
        CHECK_STATUS(threading_thread_spawn(nullptr, increments, nullptr, &thread), THREADING_OK);
    }
    std::thread foreign[2] = {std::thread(increments, nullptr), std::thread(increments, nullptr)};
    for (std::thread &thread : foreign) {
        thread.join();
    }
    for (threading_thread thread : ours) {
        CHECK_STATUS(threading_thread_finish(thread, nullptr), THREADING_OK);
    }
    CHECK_NUMBER(counter, 200000);
    check_all_free();
}

// ---- rwlocks ----

CASE(rwlock_read_and_written_for_the_block) {
    threading_rwlock rwlock;
    CHECK_STATUS(threading_rwlock_new(&rwlock), THREADING_OK);
    THREADING_WITH(threading_rwlock_reading(rwlock)) {
        CHECK_NUMBER(threading_rwlock_readers(rwlock), 1);
    }
    CHECK_NUMBER(threading_rwlock_readers(rwlock), 0);
    THREADING_WITH(threading_rwlock_writing(rwlock)) {
        CHECK(threading_rwlock_writer(rwlock) == threading_get_ident());
    }
    CHECK(!threading_rwlock_write_locked(rwlock));
    CHECK_STATUS(threading_rwlock_destroy(rwlock), THREADING_OK);
}
