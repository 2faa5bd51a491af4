// THREADING_WITH in C++, left by an exception: x is released, after the destructors in the block.
#include "with_locks.h"

#include <stdexcept>

static void reached() { CHECK(!"reached"); }

CASE(exception_out_of_the_block) {
    bool caught = false;
    make_locks();
    try {
        THREADING_WITH(lock) {
            CHECK(threading_lock_locked(lock));
            throw std::runtime_error("out");
        }
        reached();
    } catch (const std::runtime_error &error) {
        CHECK_STRING(error.what(), "out");
        check_all_free();
        caught = true;
    }
    CHECK(caught);
    caught = false;
    try {
        THREADING_WITH(rlock)
            throw 4711;
    } catch (int number) {
        CHECK_NUMBER(number, 4711);
        check_all_free();
        caught = true;
    }
    CHECK(caught);
}

static void throws_out_of(int blocks) {
    if (blocks == 0) {
        throw blocks;
    }
    THREADING_WITH(rlock) {
        CHECK(threading_lock_locked(lock));
        throws_out_of(blocks - 1);
    }
}

CASE(exception_out_of_nested_blocks) {
    bool caught = false;
    make_locks();
    THREADING_WITH(second) {
        try {
            THREADING_WITH(lock) {
                throws_out_of(5);
            }
        } catch (int) {
            caught = true;
            CHECK(!threading_lock_locked(lock));
            CHECK(!threading_rlock_locked(rlock));
            CHECK(threading_lock_locked(second));
        }
    }
    CHECK(caught);
    check_all_free();
}

// Objects made in the block are gone before the lock is released: their destructors run under it.
struct looks_at_the_lock {
    bool *was_locked;
    ~looks_at_the_lock() { *was_locked = threading_lock_locked(lock); }
};

CASE(destructors_in_the_block_run_under_the_lock) {
    bool at_end = false, at_exception = false;
    make_locks();
    THREADING_WITH(lock) {
        looks_at_the_lock object{&at_end};
    }
    CHECK(at_end);
    try {
        THREADING_WITH(lock) {
            looks_at_the_lock object{&at_exception};
            throw 1;
        }
    } catch (int) {
    }
    CHECK(at_exception);
    check_all_free();
}
