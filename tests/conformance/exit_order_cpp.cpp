/* The order of the end, with the statics that C++ destroys. */
#include "process_end.h"

#include <atomic>
#include <cstdlib>

namespace {

/* Apart from the object, which may not be looked at any more when it is true. */
std::atomic<bool> is_dead{false};

struct said_when_destroyed {
    const char *line;
    explicit said_when_destroyed(const char *text) : line(text) {}
    ~said_when_destroyed() {
        is_dead = true;
        say(line);
    }
};

said_when_destroyed &made_late() {
    static said_when_destroyed it("static destroyed\n");
    return it;
}

void *use_what_main_has(void *arg) {
    gate_pass(&end_begun);
    dawdle();
    say(is_dead ? "worker found it dead\n" : "worker found it alive\n");
    return arg;
}

/* The object exists when the thread starts. */
void start_user_of(said_when_destroyed &it) {
    CHECK_STATUS(threading_thread_spawn(nullptr, use_what_main_has, &it, nullptr), THREADING_OK);
    CHECK_STATUS(threading_register_atexit(open_end_begun, nullptr), THREADING_OK);
}

} // namespace

/* The static is made when threads run already, as it is at the first use of a logger or a pool. */
static void start_the_first() {
    threading_thread first;
    CHECK_STATUS(threading_thread_spawn(
                     nullptr, [](void *arg) { return arg; }, nullptr, &first),
                 THREADING_OK);
    CHECK_STATUS(threading_thread_finish(first, nullptr), THREADING_OK);
}

CHILD(static_made_after_the_first_start) {
    start_the_first();
    start_user_of(made_late());
}

CASE(statics_made_after_the_first_start_live_until_threads_are_joined) {
    expect("static_made_after_the_first_start", 0, "worker found it alive\nstatic destroyed\n");
}

CHILD(exit_with_a_static_made_late) {
    start_the_first();
    start_user_of(made_late());
    std::exit(6);
}

CASE(statics_made_late_live_until_threads_are_joined_in_exit_too) {
    expect("exit_with_a_static_made_late", 6, "worker found it alive\nstatic destroyed\n");
}

CHILD(thread_local_of_main) {
    static thread_local said_when_destroyed of_main("thread-local destroyed\n");
    start_user_of(of_main);
}

/* They are main's own variables, as those on its stack. */
CASE(thread_locals_of_main_are_destroyed_before_threads_are_joined) {
    expect("thread_local_of_main", 0, "thread-local destroyed\nworker found it dead\n");
}
