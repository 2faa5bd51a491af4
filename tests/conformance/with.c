/* THREADING_WITH in C: x is held for the statement that follows, and released on every way out of
 * it. */
#include "lock_kind.h"
#include "with_locks.h"

#if !THREADING_HAS_WITH
#error "this compiler has the cleanup attribute, so the header has THREADING_WITH"
#endif

/* ---- every way out ---- */

CASE(end_of_the_block) {
    int entered = 0;
    make_locks();
    THREADING_WITH(lock) {
        CHECK(threading_lock_locked(lock));
        CHECK(!threading_lock_locked(second));
        entered++;
    }
    CHECK_NUMBER(entered, 1);
    check_all_free();
    THREADING_WITH(rlock) {
        CHECK_NUMBER(threading_rlock_depth(rlock), 1);
        entered++;
    }
    CHECK_NUMBER(entered, 2);
    check_all_free();
}

CASE(break_leaves_the_block_and_not_the_loop_around_it) {
    int rounds = 0, after = 0;
    make_locks();
    for (int i = 0; i < 3; i++) {
        THREADING_WITH(lock) {
            rounds++;
            if (threading_lock_locked(lock)) {
                break;
            }
            CHECK(!"reached");
        }
        check_all_free();
        after++;
    }
    CHECK_NUMBER(rounds, 3);
    CHECK_NUMBER(after, 3);
}

CASE(continue_leaves_the_block_and_not_the_loop_around_it) {
    int rounds = 0, after = 0;
    make_locks();
    for (int i = 0; i < 3; i++) {
        THREADING_WITH(rlock) {
            rounds++;
            if (threading_rlock_depth(rlock) == 1) {
                continue;
            }
            CHECK(!"reached");
        }
        check_all_free();
        after++;
    }
    CHECK_NUMBER(rounds, 3);
    CHECK_NUMBER(after, 3);
}

/* A loop inside the block is left by its own break. */
CASE(break_inside_a_loop_in_the_block) {
    int rounds = 0;
    bool after = false;
    make_locks();
    THREADING_WITH(lock) {
        for (;;) {
            if (++rounds == 3) {
                break;
            }
            continue;
        }
        switch (rounds) {
        case 3:
            break;
        default:
            CHECK(!"reached");
        }
        CHECK(threading_lock_locked(lock));
        after = true;
    }
    CHECK_NUMBER(rounds, 3);
    CHECK(after);
    check_all_free();
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
    CHECK(!"reached");
out:
    CHECK_NUMBER(tries, 3);
    check_all_free();
}

CASE(goto_within_the_block_keeps_it) {
    int rounds = 0;
    make_locks();
    THREADING_WITH(rlock) {
    inside:
        CHECK_NUMBER(threading_rlock_depth(rlock), 1);
        if (++rounds < 3) {
            goto inside;
        }
    }
    CHECK_NUMBER(rounds, 3);
    check_all_free();
}

/* The value is computed while x is still held. */
static size_t depth_in_the_block(void) {
    THREADING_WITH(rlock) {
        return threading_rlock_depth(rlock);
    }
    return 4711;
}

static bool locked_in_two_blocks(void) {
    THREADING_WITH(lock) {
        THREADING_WITH(second) {
            return threading_lock_locked(lock) && threading_lock_locked(second);
        }
    }
    return false;
}

CASE(return_from_the_block) {
    make_locks();
    CHECK_NUMBER(depth_in_the_block(), 1);
    check_all_free();
    CHECK(locked_in_two_blocks());
    check_all_free();
    THREADING_WITH(rlock) {
        CHECK_NUMBER(depth_in_the_block(), 2);
        CHECK_NUMBER(threading_rlock_depth(rlock), 1);
    }
    check_all_free();
}

/* CPython's test_with: afterwards the lock is free for everybody. */
static void acquires_both(worker *self) {
    (void)self;
    CHECK_STATUS(threading_lock_try_acquire(lock), THREADING_OK);
    CHECK_STATUS(threading_lock_release(lock), THREADING_OK);
    CHECK_STATUS(threading_rlock_try_acquire(rlock), THREADING_OK);
    CHECK_STATUS(threading_rlock_release(rlock), THREADING_OK);
}

CASE(with_lets_others_in_afterwards) {
    make_locks();
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        worker other;
        THREADING_WITH(lock)
            THREADING_WITH(rlock)
                CHECK(threading_lock_locked(lock));
        worker_start(&other, whose, acquires_both, NULL);
        worker_join(&other);
    }
}

/* Others wait for as long as the block lasts. */
CASE(with_keeps_others_out) {
    make_locks();
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        waiter one, other;
        THREADING_WITH(lock) {
            THREADING_WITH(rlock) {
                waiter_start(&one, whose, &primitive, lock.bits);
                waiter_start(&other, whose, &reentrant, rlock.bits);
                EVENTUALLY(worker_asleep(&one.thread));
                EVENTUALLY(worker_asleep(&other.thread));
                CHECK(!atomic_load(&one.returned));
                CHECK(!atomic_load(&other.returned));
            }
        }
        waiter_end(&one, THREADING_OK);
        waiter_end(&other, THREADING_OK);
    }
    check_all_free();
}

/* ---- where it may stand ---- */

CASE(nested) {
    make_locks();
    THREADING_WITH(lock) {
        THREADING_WITH(second) {
            THREADING_WITH(rlock) {
                THREADING_WITH(rlock) {
                    CHECK(threading_lock_locked(lock));
                    CHECK(threading_lock_locked(second));
                    CHECK_NUMBER(threading_rlock_depth(rlock), 2);
                }
                CHECK_NUMBER(threading_rlock_depth(rlock), 1);
            }
            CHECK(!threading_rlock_locked(rlock));
            CHECK(threading_lock_locked(second));
        }
        CHECK(!threading_lock_locked(second));
        CHECK(threading_lock_locked(lock));
    }
    check_all_free();
}

CASE(twice_in_a_function_and_twice_on_a_line) {
    int entered = 0;
    make_locks();
    THREADING_WITH(lock)
        entered++;
    THREADING_WITH(lock)
        entered++;
    THREADING_WITH(lock) {
        entered++;
    }
    THREADING_WITH(second) {
        entered++;
    }
    THREADING_WITH(lock)
        THREADING_WITH(second)
            THREADING_WITH(rlock)
                THREADING_WITH(rlock)
                    entered++;
    CHECK_NUMBER(entered, 5);
    check_all_free();
}

static int in_an_if(bool condition) {
    int result = 0;
    if (condition)
        THREADING_WITH(lock)
            result += threading_lock_locked(lock) ? 1 : 100;
    if (condition)
        THREADING_WITH(lock)
            result += threading_lock_locked(lock) ? 10 : 100;
    else
        result += 1000;
    if (!condition)
        result += 10000;
    else
        THREADING_WITH(rlock)
            result += 20 * (int)threading_rlock_depth(rlock);
    return result;
}

CASE(in_an_if_without_braces_and_before_else) {
    make_locks();
    CHECK_NUMBER(in_an_if(true), 31);
    CHECK_NUMBER(in_an_if(false), 11000);
    check_all_free();
}

CASE(as_the_whole_body_of_a_loop_or_a_label) {
    int count = 0, rounds = 0;
    make_locks();
    for (int i = 0; i < 3; i++)
        THREADING_WITH(lock)
            count++;
    while (rounds++ < 3)
        THREADING_WITH(lock)
            count++;
    do
        THREADING_WITH(lock)
            count++;
    while (count < 9);
    switch (count) {
    case 9:
        THREADING_WITH(rlock)
            count++;
        break;
    default:
        CHECK(!"reached");
    }
    goto label;
label:
    THREADING_WITH(lock)
        count++;
    CHECK_NUMBER(count, 11);
    check_all_free();
}

CASE(empty_block) {
    make_locks();
    THREADING_WITH(lock) {
    }
    THREADING_WITH(rlock)
        ;
    check_all_free();
}

/* ---- x ---- */

static int evaluations;

static threading_lock evaluated(void) {
    evaluations++;
    return lock;
}

typedef struct account {
    threading_lock guard;
    threading_rlock guards[2];
} account;

CASE(x_is_evaluated_once) {
    int index = 0;
    make_locks();
    account mine = {lock, {rlock, rlock}};
    THREADING_WITH(evaluated()) {
        CHECK(threading_lock_locked(lock));
    }
    CHECK_NUMBER(evaluations, 1);
    THREADING_WITH(evaluated()) {
        break;
    }
    CHECK_NUMBER(evaluations, 2);
    THREADING_WITH(mine.guards[index++]) {
        CHECK_NUMBER(index, 1);
    }
    CHECK_NUMBER(index, 1);
    check_all_free();
}

CASE(x_may_be_any_expression) {
    make_locks();
    account mine = {lock, {rlock, rlock}};
    account *pointer = &mine;
    const threading_lock constant = lock;
    THREADING_WITH(pointer->guard)
        CHECK(threading_lock_locked(lock));
    THREADING_WITH(*(pointer->guards + 1))
        CHECK_NUMBER(threading_rlock_depth(rlock), 1);
    THREADING_WITH(constant)
        CHECK(threading_lock_locked(lock));
    THREADING_WITH((threading_lock){lock.bits})
        CHECK(threading_lock_locked(lock));
    THREADING_WITH(pointer ? mine.guard : second)
        CHECK(threading_lock_locked(lock) && !threading_lock_locked(second));
    check_all_free();
}

/* What was acquired is released, even if the variable names another lock by then. */
CASE(x_may_change_inside) {
    make_locks();
    threading_lock which = lock;
    THREADING_WITH(which) {
        which = second;
        CHECK(threading_lock_locked(lock));
    }
    check_all_free();
}
