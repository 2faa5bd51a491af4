// Threads whose function is C++: whatever unwinds it runs its destructors, and an exception that
// nobody catches is std::terminate's, which still finds the stack of the throw.
#include "case.h"
#include "gate.h"
#include "thread_tools.h"

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <unistd.h>
#include <unwind.h>

namespace {

int value;
std::atomic<int> destroyed, rethrown;

struct counted {
    ~counted() { destroyed++; }
};

// Holds a lock while it lives, as user code's guards do.
struct guard {
    threading_lock lock;
    explicit guard(threading_lock to_hold) : lock(to_hold) {
        CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
    }
    ~guard() { CHECK_STATUS(threading_lock_release(lock), THREADING_OK); }
    guard(const guard &) = delete;
    guard &operator=(const guard &) = delete;
};

struct ending {
    void (*end)(void *);
    threading_lock guarded, with;
    gate ready;
    pthread_t self;
};

// Everything that an unwinding has to undo, above the call that ends the thread.
void *unwind_through_all(void *arg) {
    ending *it = static_cast<ending *>(arg);
    it->self = pthread_self();
    counted object;
    guard hold(it->guarded);
    THREADING_WITH(it->with) {
        try {
            counted inner;
            it->end(it);
            CHECK(!"reached after the end");
        } catch (...) {
            rethrown++;
            throw;
        }
    }
    return nullptr;
}

void end_by_threading_exit(void *) { threading_exit(&value); }

void end_by_pthread_exit(void *) { pthread_exit(&value); }

void end_by_cancellation(void *arg) {
    gate_open(&static_cast<ending *>(arg)->ready);
    for (;;) {
        pause();
    }
}

void check_unwound(void (*end)(void *), bool cancel, void *expected) {
    ending it = {end, THREADING_NULL, THREADING_NULL, GATE_CLOSED, 0};
    threading_thread thread;
    void *result = nullptr;
    CHECK_STATUS(threading_lock_new(&it.guarded), THREADING_OK);
    CHECK_STATUS(threading_lock_new(&it.with), THREADING_OK);
    CHECK_STATUS(threading_thread_spawn("unwound", unwind_through_all, &it, &thread), THREADING_OK);
    if (cancel) {
        gate_pass(&it.ready);
        CHECK(threading_lock_locked(it.guarded));
        CHECK(threading_lock_locked(it.with));
        CHECK_NUMBER(pthread_cancel(it.self), 0);
    }
    CHECK_STATUS(threading_thread_finish(thread, &result), THREADING_OK);
    CHECK(result == expected);
    CHECK_NUMBER(destroyed, 2);
    CHECK_NUMBER(rethrown, 1);
    CHECK(!threading_lock_locked(it.guarded));
    CHECK(!threading_lock_locked(it.with));
    CHECK_STATUS(threading_lock_destroy(it.guarded), THREADING_OK);
    CHECK_STATUS(threading_lock_destroy(it.with), THREADING_OK);
    CHECK_NUMBER(threading_active_count(), 1);
}

} // namespace

CASE(threading_exit_runs_destructors) { check_unwound(end_by_threading_exit, false, &value); }

CASE(pthread_exit_runs_destructors) { check_unwound(end_by_pthread_exit, false, &value); }

CASE(cancellation_runs_destructors) { check_unwound(end_by_cancellation, true, PTHREAD_CANCELED); }

// An exception that the function itself catches is nobody else's business.

static void *throw_and_catch(void *arg) {
    int caught = 0;
    for (int i = 0; i < 10; i++) {
        try {
            counted object;
            throw std::runtime_error("caught");
        } catch (const std::runtime_error &error) {
            CHECK_STRING(error.what(), "caught");
            caught++;
        }
    }
    CHECK_NUMBER(caught, 10);
    return arg;
}

CASE(an_exception_that_is_caught_in_the_function_is_no_end) {
    threading_thread thread;
    void *result = nullptr;
    CHECK_STATUS(threading_thread_spawn(nullptr, throw_and_catch, &value, &thread), THREADING_OK);
    CHECK_STATUS(threading_thread_finish(thread, &result), THREADING_OK);
    CHECK(result == &value);
    CHECK_NUMBER(destroyed, 10);
}

// thread_local objects: destroyed as the thread, and before a join returns.

namespace {

gate destructor_ready = GATE_CLOSED, destructor_end = GATE_CLOSED;
std::atomic<int> locals_destroyed;

struct remembering {
    threading_thread self = THREADING_NULL;
    uint64_t ident = 0;
    ~remembering() {
        CHECK(THREADING_SAME(threading_current_thread(), self));
        CHECK(threading_get_ident() == ident);
        CHECK_STRING(threading_current_name(), "local");
        CHECK(threading_thread_is_alive(self));
        CHECK(thread_is_listed(self));
        gate_open(&destructor_ready);
        gate_pass(&destructor_end);
        CHECK_STRING(threading_current_name(), "local");
        locals_destroyed++;
    }
};

thread_local remembering memory;

void *use_memory(void *arg) {
    memory.self = threading_current_thread();
    memory.ident = threading_get_ident();
    return arg;
}

void *use_memory_and_exit(void *arg) {
    use_memory(arg);
    pthread_exit(arg);
}

void check_locals(threading_target target) {
    threading_thread thread;
    void *result = nullptr;
    CHECK_STATUS(threading_thread_spawn("local", target, &value, &thread), THREADING_OK);
    gate_pass(&destructor_ready);
    CHECK_STATUS(threading_thread_join_timeout(thread, 0.02), THREADING_TIMEOUT);
    CHECK(threading_thread_is_alive(thread));
    CHECK_STATUS(threading_thread_result(thread, &result), THREADING_BUSY);
    gate_open(&destructor_end);
    CHECK_STATUS(threading_thread_join(thread), THREADING_OK);
    CHECK_NUMBER(locals_destroyed, 1);
    CHECK_STATUS(threading_thread_finish(thread, &result), THREADING_OK);
    CHECK(result == &value);
}

} // namespace

CASE(thread_local_destructors_run_as_the_thread_and_before_a_join_returns) {
    check_locals(use_memory);
}

CASE(thread_local_destructors_after_pthread_exit_do_too) { check_locals(use_memory_and_exit); }

// An exception that nobody catches.

namespace {

__attribute__((noinline)) void throw_from_here() {
    throw std::runtime_error("nobody catches this");
}

void *let_it_go(void *arg) {
    counted object;
    throw_from_here();
    return arg;
}

_Unwind_Reason_Code find_thrower(_Unwind_Context *context, void *found) {
    /* On 32-bit ARM the last bit of a function's address says how its code is read. */
    auto begin = [](uintptr_t address) { return address & ~uintptr_t(1); };
    if (begin(_Unwind_GetRegionStart(context)) ==
        begin(reinterpret_cast<uintptr_t>(throw_from_here))) {
        *static_cast<bool *>(found) = true;
    }
    return _URC_NO_REASON;
}

void say_what_terminates() {
    bool found = false;
    const char *what = "no exception";
    try {
        if (std::current_exception()) {
            std::rethrow_exception(std::current_exception());
        }
    } catch (const std::runtime_error &error) {
        what = error.what();
    }
    _Unwind_Backtrace(find_thrower, &found);
    std::printf("terminated: %s; thread %s; the throw is %s the stack; %d destroyed\n", what,
                threading_current_name(), found ? "on" : "not on", destroyed.load());
    std::fflush(stdout);
    _exit(42);
}

} // namespace

CHILD(uncaught_with_a_terminate_handler) {
    std::set_terminate(say_what_terminates);
    threading_thread thread;
    CHECK_STATUS(threading_thread_spawn("thrower", let_it_go, nullptr, &thread), THREADING_OK);
    threading_thread_join(thread);
}

CASE(an_uncaught_exception_reaches_terminate_with_the_stack_of_the_throw) {
    static child_outcome outcome;
    run_child("uncaught_with_a_terminate_handler", &outcome);
    CHECK_STRING(outcome.output, "terminated: nobody catches this; thread thrower; the throw is on "
                                 "the stack; 0 destroyed\n");
    CHECK_NUMBER(outcome.exit_code, 42);
}

CHILD(uncaught) {
    threading_thread thread;
    CHECK_STATUS(threading_thread_spawn("thrower", let_it_go, nullptr, &thread), THREADING_OK);
    threading_thread_join(thread);
}

CASE(an_uncaught_exception_aborts_as_in_any_other_thread) {
    static child_outcome outcome;
    run_child("uncaught", &outcome);
    CHECK_NUMBER(outcome.signal, SIGABRT);
    CHECK(std::strstr(outcome.output, "std::runtime_error") != nullptr);
    CHECK(std::strstr(outcome.output, "nobody catches this") != nullptr);
}
