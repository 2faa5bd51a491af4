// THREADING_WITH in C++ on a condition and on a semaphore: held for the statement that follows,
// released on every way out of it.
#include "case.h"

#include <stdexcept>

CASE(condition_is_held_for_the_block) {
    threading_condition condition = THREADING_NULL;
    int entered = 0;
    CHECK_STATUS(threading_condition_new(&condition), THREADING_OK);
    for (int i = 0; i < 3; i++) {
        THREADING_WITH(condition) {
            CHECK(threading_condition_locked(condition));
            CHECK_STATUS(threading_condition_wait_timeout(condition, 0), THREADING_TIMEOUT);
            THREADING_WITH(condition) {
                entered++;
                if (i == 1) {
                    break;
                }
            }
            CHECK_STATUS(threading_condition_notify_all(condition), THREADING_OK);
        }
        CHECK(!threading_condition_locked(condition));
    }
    CHECK_NUMBER(entered, 3);
    CHECK_STATUS(threading_condition_destroy(condition), THREADING_OK);
    THREADING_WITH(condition) {
        entered = -1;
    }
    CHECK_NUMBER(entered, 3);
}

CASE(semaphore_is_held_for_the_block) {
    threading_semaphore semaphore = THREADING_NULL;
    int entered = 0;
    CHECK_STATUS(threading_bounded_semaphore_new(2, &semaphore), THREADING_OK);
    for (int i = 0; i < 3; i++) {
        THREADING_WITH(semaphore) {
            CHECK_NUMBER(threading_semaphore_value(semaphore), 1);
            THREADING_WITH(semaphore) {
                CHECK_NUMBER(threading_semaphore_value(semaphore), 0);
                entered++;
                if (i == 1) {
                    continue;
                }
            }
        }
        CHECK_NUMBER(threading_semaphore_value(semaphore), 2);
    }
    CHECK_NUMBER(entered, 3);
    CHECK_STATUS(threading_semaphore_destroy(semaphore), THREADING_OK);
    THREADING_WITH(semaphore) {
        entered = -1;
    }
    CHECK_NUMBER(entered, 3);
}

CASE(both_are_released_by_an_exception) {
    threading_condition condition = THREADING_NULL;
    threading_semaphore semaphore = THREADING_NULL;
    CHECK_STATUS(threading_condition_new(&condition), THREADING_OK);
    CHECK_STATUS(threading_semaphore_new(1, &semaphore), THREADING_OK);
    for (int i = 0; i < 3; i++) {
        bool caught = false;
        try {
            THREADING_WITH(condition)
                THREADING_WITH(semaphore) {
                    CHECK(threading_condition_locked(condition));
                    CHECK_NUMBER(threading_semaphore_value(semaphore), 0);
                    throw std::runtime_error("out of the block");
                }
        } catch (const std::runtime_error &) {
            caught = true;
        }
        CHECK(caught);
        CHECK(!threading_condition_locked(condition));
        CHECK_NUMBER(threading_semaphore_value(semaphore), 1);
    }
}
