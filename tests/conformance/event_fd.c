/* An event as a file descriptor: it is readable while the event is set. */
#include "forked.h"
#include "thread_tools.h"
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

static threading_event event_new(void) {
    threading_event event = THREADING_NULL;
    CHECK_STATUS(threading_event_new(&event), THREADING_OK);
    return event;
}

static int fd_of(threading_event event) {
    int fd = -1;
    CHECK_STATUS(threading_event_fd(event, &fd), THREADING_OK);
    CHECK(fd >= 0);
    return fd;
}

static bool readable(int fd) {
    struct pollfd it = {.fd = fd, .events = POLLIN};
    int ready = poll(&it, 1, 0);
    CHECK(ready == 0 || it.revents == POLLIN);
    return ready == 1;
}

static bool is_open(int fd) { return fcntl(fd, F_GETFD) != -1; }

static void set(threading_event event) { CHECK_STATUS(threading_event_set(event), THREADING_OK); }

static void clear(threading_event event) {
    CHECK_STATUS(threading_event_clear(event), THREADING_OK);
}

CASE(it_is_readable_while_the_event_is_set) {
    threading_event event = event_new();
    int fd = fd_of(event);
    CHECK(!readable(fd));
    for (int i = 0; i < 3; i++) {
        set(event);
        set(event);
        CHECK(readable(fd) && readable(fd));
        CHECK(threading_event_is_set(event));
        CHECK_STATUS(threading_event_wait_timeout(event, 0), THREADING_OK);
        clear(event);
        clear(event);
        CHECK(!readable(fd));
        CHECK(!threading_event_is_set(event));
        CHECK_STATUS(threading_event_wait_timeout(event, 0), THREADING_TIMEOUT);
        CHECK_NUMBER(fd_of(event), fd);
    }
    CHECK_STATUS(threading_event_destroy(event), THREADING_OK);
}

CASE(that_of_an_event_that_is_set_already_is_readable) {
    threading_event event = event_new();
    set(event);
    CHECK(readable(fd_of(event)));
    CHECK_STATUS(threading_event_destroy(event), THREADING_OK);
}

CASE(an_edge_is_seen_for_each_set_that_follows_a_clear) {
    threading_event event = event_new();
    int fd = fd_of(event), epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event it = {.events = EPOLLIN | EPOLLET};
    CHECK_NUMBER(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &it), 0);
    for (int i = 0; i < 100; i++) {
        CHECK_NUMBER(epoll_wait(epoll, &it, 1, 0), 0);
        set(event);
        CHECK_NUMBER(epoll_wait(epoll, &it, 1, 0), 1);
        set(event);
        CHECK_NUMBER(epoll_wait(epoll, &it, 1, 0), 0);
        clear(event);
    }
    close(epoll);
    CHECK_STATUS(threading_event_destroy(event), THREADING_OK);
}

CASE(it_is_closed_when_the_event_is_destroyed) {
    threading_event event = event_new();
    int fd = fd_of(event), again = -2;
    CHECK(is_open(fd));
    CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    set(event);
    CHECK_STATUS(threading_event_destroy(event), THREADING_OK);
    CHECK(!is_open(fd));
    CHECK_STATUS(threading_event_fd(event, &again), THREADING_DESTROYED);
    CHECK_NUMBER(again, -2);
    /* The next event in the same place has none. */
    threading_event next = event_new();
    set(next);
    clear(next);
    CHECK(!is_open(fd));
    CHECK_NUMBER(fd_of(next), fd);
    CHECK(!readable(fd));
    CHECK_STATUS(threading_event_destroy(next), THREADING_OK);
}

CASE(bad_handles_and_no_place_are_refused) {
    int fd = -2;
    threading_event null = THREADING_NULL, event = event_new();
    CHECK_STATUS(threading_event_fd(null, &fd), THREADING_INVALID_HANDLE);
    CHECK_STATUS(threading_event_fd(event, NULL), THREADING_INVALID_ARGUMENT);
    CHECK_NUMBER(fd, -2);
    CHECK_STATUS(threading_event_destroy(event), THREADING_OK);
}

static threading_event shared;

static void wait_for_shared(worker *self) {
    worker_arrives(self);
    CHECK_STATUS(threading_event_wait(shared), THREADING_OK);
}

CASE(threads_wait_for_the_event_as_for_any_other) {
    shared = event_new();
    int fd = fd_of(shared);
    worker waiters[3];
    for (int i = 0; i < 3; i++) {
        worker_start(&waiters[i], i % 2 ? OURS : FOREIGN, wait_for_shared, NULL);
    }
    for (int i = 0; i < 3; i++) {
        EVENTUALLY(worker_asleep(&waiters[i]));
    }
    CHECK_STATUS(threading_event_destroy(shared), THREADING_BUSY);
    CHECK(is_open(fd) && !readable(fd));
    /* Who waited at the set goes on, though it is cleared at once. */
    set(shared);
    clear(shared);
    for (int i = 0; i < 3; i++) {
        worker_join(&waiters[i]);
    }
    CHECK(!readable(fd));
    CHECK_STATUS(threading_event_destroy(shared), THREADING_OK);
    CHECK(!is_open(fd));
}

static atomic_bool stop_flipping;

static void flip_in_a_handler(int signal) {
    (void)signal;
    CHECK_STATUS(threading_event_set(shared), THREADING_OK);
    CHECK_STATUS(threading_event_clear(shared), THREADING_OK);
    CHECK_STATUS(threading_event_set(shared), THREADING_OK);
}

static void *flip(void *arg) {
    for (unsigned i = 0; !atomic_load(&stop_flipping); i++) {
        CHECK_STATUS(i * 2654435761u >> 31 ? threading_event_set(shared)
                                           : threading_event_clear(shared),
                     THREADING_OK);
    }
    return arg;
}

CASE(threads_and_signal_handlers_that_flip_it_leave_both_in_agreement) {
    enum { FLIPPERS = 3, SIGNALS = 200 };
    struct sigaction action = {.sa_handler = flip_in_a_handler};
    CHECK_NUMBER(sigaction(SIGUSR1, &action, NULL), 0);
    for (int round = 0; round < 3; round++) {
        pthread_t flippers[FLIPPERS];
        shared = event_new();
        int fd = fd_of(shared);
        atomic_store(&stop_flipping, false);
        for (int i = 0; i < FLIPPERS; i++) {
            CHECK_NUMBER(pthread_create(&flippers[i], NULL, flip, NULL), 0);
        }
        for (int i = 0; i < SIGNALS; i++) {
            CHECK_NUMBER(pthread_kill(flippers[i % FLIPPERS], SIGUSR1), 0);
            sched_yield();
        }
        atomic_store(&stop_flipping, true);
        for (int i = 0; i < FLIPPERS; i++) {
            CHECK_NUMBER(pthread_join(flippers[i], NULL), 0);
        }
        CHECK(readable(fd) == threading_event_is_set(shared));
        clear(shared);
        CHECK(!readable(fd));
        set(shared);
        CHECK(readable(fd));
        CHECK_STATUS(threading_event_destroy(shared), THREADING_OK);
    }
}

CASE(without_room_for_a_descriptor_the_event_works_on) {
    threading_event event = event_new();
    struct rlimit limit, none;
    int fd = -2;
    CHECK_NUMBER(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = limit;
    none.rlim_cur = 3;
    CHECK_NUMBER(setrlimit(RLIMIT_NOFILE, &none), 0);
    errno = 4711;
    CHECK_STATUS(threading_event_fd(event, &fd), THREADING_NO_RESOURCES);
    CHECK_NUMBER(fd, -2);
    CHECK_NUMBER(errno, 4711);
    set(event);
    CHECK(threading_event_is_set(event));
    CHECK_NUMBER(setrlimit(RLIMIT_NOFILE, &limit), 0);
    CHECK(readable(fd_of(event)));
    CHECK_NUMBER(errno, 4711);
    CHECK_STATUS(threading_event_destroy(event), THREADING_OK);
    CHECK_NUMBER(errno, 4711);
}

CASE(one_that_the_program_closes_hurts_nobody_elses_file) {
    threading_event event = event_new();
    int fd = fd_of(event), ends[2];
    char byte;
    CHECK_NUMBER(close(fd), 0);
    set(event);
    clear(event);
    CHECK_NUMBER(pipe(ends), 0);
    CHECK_NUMBER(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    /* The number is now that of the end that can be written. */
    CHECK_NUMBER(dup2(ends[1], fd), fd);
    set(event);
    CHECK_NUMBER(read(ends[0], &byte, 1), -1);
    CHECK(threading_event_is_set(event));
    int other = fd_of(event);
    CHECK(other != fd);
    CHECK(readable(other));
    CHECK_NUMBER(close(other), 0);
    CHECK_NUMBER(dup2(ends[1], other), other);
    CHECK_STATUS(threading_event_destroy(event), THREADING_OK);
    CHECK(is_open(other) && is_open(fd));
}

CASE(a_forked_child_leaves_its_parents_alone_until_it_asks_for_its_own) {
    threading_event event = event_new();
    int fd = fd_of(event);
    set(event);
    pid_t pid = forked();
    if (pid == 0) {
        clear(event);
        CHECK(!threading_event_is_set(event));
        /* It still shows what the parent says. */
        CHECK(readable(fd));
        CHECK_NUMBER(fd_of(event), fd);
        CHECK(!readable(fd));
        set(event);
        CHECK(readable(fd));
        clear(event);
        CHECK(!readable(fd));
        CHECK_STATUS(threading_event_destroy(event), THREADING_OK);
        CHECK(!is_open(fd));
        _exit(50);
    }
    CHECK_NUMBER(exit_code_of(pid), 50);
    CHECK(readable(fd));
    clear(event);
    CHECK(!readable(fd));
    pid = forked();
    if (pid == 0) {
        set(event);
        CHECK(!readable(fd));
        CHECK_STATUS(threading_event_destroy(event), THREADING_OK);
        CHECK(!is_open(fd));
        _exit(50);
    }
    CHECK_NUMBER(exit_code_of(pid), 50);
    CHECK(is_open(fd) && !readable(fd));
    set(event);
    CHECK(readable(fd));
    CHECK_STATUS(threading_event_destroy(event), THREADING_OK);
}

CASE(a_child_that_has_closed_it_gets_another) {
    threading_event event = event_new();
    int fd = fd_of(event), ends[2];
    pid_t pid = forked();
    if (pid == 0) {
        CHECK_NUMBER(close(fd), 0);
        CHECK_NUMBER(pipe(ends), 0);
        CHECK_NUMBER(ends[0], fd);
        int own = fd_of(event);
        CHECK(own != fd);
        set(event);
        CHECK(readable(own) && !readable(fd));
        _exit(50);
    }
    CHECK_NUMBER(exit_code_of(pid), 50);
    CHECK(!readable(fd));
    CHECK_STATUS(threading_event_destroy(event), THREADING_OK);
}

typedef struct asker {
    threading_thread thread;
    int fd;
} asker;

static atomic_int arrived;

static void *ask(void *arg) {
    atomic_fetch_add(&arrived, 1);
    while (atomic_load(&arrived) < 4) {
        sched_yield();
    }
    ((asker *)arg)->fd = fd_of(shared);
    return arg;
}

CASE(threads_that_ask_at_once_get_the_same) {
    for (int round = 0; round < 100; round++) {
        asker askers[4];
        shared = event_new();
        atomic_store(&arrived, 0);
        for (int i = 0; i < 4; i++) {
            CHECK_STATUS(threading_thread_spawn(NULL, ask, &askers[i], &askers[i].thread),
                         THREADING_OK);
        }
        for (int i = 0; i < 4; i++) {
            CHECK_STATUS(threading_thread_finish(askers[i].thread, NULL), THREADING_OK);
            CHECK_NUMBER(askers[i].fd, askers[0].fd);
        }
        CHECK_STATUS(threading_event_destroy(shared), THREADING_OK);
        CHECK(!is_open(askers[0].fd));
    }
}
