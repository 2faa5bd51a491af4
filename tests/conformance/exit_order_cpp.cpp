/* The order of the end, with the statics that C++ destroys. */
#include "process_end.h"

#include <cstdlib>

namespace {

struct said_when_destroyed {
    const char *line;
    bool alive = true;
    explicit said_when_destroyed(const char *text) : line(text) {}
    ~said_when_destroyed() {
        alive = false;
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
    say(static_cast<said_when_destroyed *>(arg)->alive ? "worker found it alive\n" : "worker found it dead\n");
    return nullptr;
}

void start_user_of(said_when_destroyed &it) {
    CHECK_STATUS(threading_thread_spawn(nullptr, use_what_main_has, &it, nullptr), THREADING_OK);
    CHECK_STATUS(threading_register_atexit(open_end_begun, nullptr), THREADING_OK);
}

} // namespace

/* The static is made when threads run already, as it is at the first use of a logger or a pool. */
static void start_the_first() {
    threading_thread first;
    CHECK_STATUS(threading_thread_spawn(nullptr, [](void *arg) { return arg; }, nullptr, &first), THREADING_OK);
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
