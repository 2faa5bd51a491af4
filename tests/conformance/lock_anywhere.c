/* Where locks may be used: in threads of any kind, in their last moments, at exit, in forked
 * children, under signals, and by a thread that is being cancelled. */
#include "lock_kind.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

/* ---- the last moments of a thread ---- */

static pthread_key_t key;

typedef struct dying {
    worker thread;
    const lock_kind *kind;
    uint64_t bits, own;
    int rounds; /* of destructors that are still to come */
    atomic_int uses;
} dying;

static void uses_locks_in_a_destructor(void *value) {
    dying *me = value;
    CHECK_STATUS(me->kind->acquire(me->own), THREADING_OK);
    CHECK(me->kind->locked(me->own));
    CHECK_STATUS(me->kind->release(me->own), THREADING_OK);
    if (me->rounds > 1) {
        me->rounds--;
        CHECK_NUMBER(pthread_setspecific(key, me), 0);
    } else {
        worker_arrives(&me->thread);
        CHECK_STATUS(me->kind->acquire(me->bits), THREADING_OK);
        CHECK_STATUS(me->kind->release(me->bits), THREADING_OK);
        CHECK_STATUS(me->kind->acquire_timeout(me->own, 0.001), THREADING_OK);
        if (me->kind == &primitive) {
            CHECK_STATUS(me->kind->acquire_timeout(me->own, 0.001), THREADING_TIMEOUT);
        }
        CHECK_STATUS(me->kind->release(me->own), THREADING_OK);
    }
    atomic_fetch_add(&me->uses, 1);
}

static void has_a_destructor(worker *self) {
    CHECK_NUMBER(pthread_setspecific(key, self->context), 0);
}

static void in_thread_local_destructors(const lock_kind *kind) {
    enum { ROUNDS = 4 };
    CHECK_NUMBER(pthread_key_create(&key, uses_locks_in_a_destructor), 0);
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        dying other = {.kind = kind, .bits = lock_new(kind), .own = lock_new(kind)};
        other.rounds = ROUNDS;
        CHECK_STATUS(kind->acquire(other.bits), THREADING_OK);
        worker_start(&other.thread, whose, has_a_destructor, &other);
        EVENTUALLY(worker_asleep(&other.thread));
        CHECK_STATUS(kind->release(other.bits), THREADING_OK);
        /* A thread of ours may be joined before the last of its destructors has run. */
        worker_join(&other.thread);
        EVENTUALLY(atomic_load(&other.uses) == ROUNDS);
        CHECK_STATUS(kind->destroy(other.bits), THREADING_OK);
        CHECK_STATUS(kind->destroy(other.own), THREADING_OK);
    }
}
CASE(lock_in_thread_local_destructors) { in_thread_local_destructors(&primitive); }
CASE(rlock_in_thread_local_destructors) { in_thread_local_destructors(&reentrant); }

static void takes_a_lock_in_the_last_destructor(void *value) {
    dying *me = value;
    if (--me->rounds > 0) {
        CHECK_NUMBER(pthread_setspecific(key, me), 0);
    } else {
        CHECK_STATUS(me->kind->acquire(me->bits), THREADING_OK);
        atomic_fetch_add(&me->uses, 1);
    }
}

static void uses_locks_first(worker *self) {
    dying *me = self->context;
    CHECK_STATUS(me->kind->acquire(me->bits), THREADING_OK);
    CHECK_STATUS(me->kind->release(me->bits), THREADING_OK);
    has_a_destructor(self);
}

/* However late a thread took it, once the thread has ended the lock may be destroyed. */
static void taken_in_the_last_destructor(const lock_kind *kind, void (*body)(worker *)) {
    CHECK_NUMBER(pthread_key_create(&key, takes_a_lock_in_the_last_destructor), 0);
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        for (int rounds = 1; rounds <= 4; rounds++) {
            dying other = {.kind = kind, .bits = lock_new(kind)};
            other.rounds = rounds;
            worker_start(&other.thread, whose, body, &other);
            worker_join(&other.thread);
            EVENTUALLY(atomic_load(&other.uses) == 1);
            CHECK(kind->locked(other.bits));
            EVENTUALLY(kind->destroy(other.bits) == THREADING_OK);
        }
    }
}
CASE(lock_destroy_after_its_holder_ended_in_a_destructor) {
    taken_in_the_last_destructor(&primitive, uses_locks_first);
}
CASE(rlock_destroy_after_its_holder_ended_in_a_destructor) {
    taken_in_the_last_destructor(&reentrant, uses_locks_first);
}

/* A foreign thread that never called the library before may do so in a destructor for the first
 * time. */
CASE(lock_taken_in_a_destructor_by_a_thread_not_seen_before) {
    taken_in_the_last_destructor(&primitive, has_a_destructor);
}
CASE(rlock_taken_in_a_destructor_by_a_thread_not_seen_before) {
    taken_in_the_last_destructor(&reentrant, has_a_destructor);
}

/* ---- exit ---- */

static threading_lock exit_lock = THREADING_NULL;
static threading_rlock exit_rlock = THREADING_NULL;
static waiter exit_waiter;

static void uses_locks_at_exit(void) {
    threading_lock fresh;
    CHECK_STATUS(threading_lock_release(exit_lock), THREADING_OK);
    waiter_end(&exit_waiter, THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(exit_lock), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire_timeout(exit_lock, 0.001), THREADING_TIMEOUT);
    CHECK_STATUS(threading_rlock_acquire(exit_rlock), THREADING_OK);
    CHECK_NUMBER(threading_rlock_depth(exit_rlock), 2);
    CHECK_STATUS(threading_lock_new(&fresh), THREADING_OK);
    THREADING_WITH(fresh) {
        CHECK(threading_lock_locked(fresh));
    }
    CHECK_STATUS(threading_lock_destroy(fresh), THREADING_OK);
    printf("used at exit\n");
    fflush(stdout);
}

CHILD(exits_with_locks_in_use) {
    CHECK_NUMBER(atexit(uses_locks_at_exit), 0);
    CHECK_STATUS(threading_lock_new(&exit_lock), THREADING_OK);
    CHECK_STATUS(threading_rlock_new(&exit_rlock), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(exit_lock), THREADING_OK);
    CHECK_STATUS(threading_rlock_acquire(exit_rlock), THREADING_OK);
    waiter_start(&exit_waiter, FOREIGN, &primitive, exit_lock.bits);
    EVENTUALLY(worker_asleep(&exit_waiter.thread));
}

CASE(in_an_atexit_handler) {
    static child_outcome outcome;
    run_child("exits_with_locks_in_use", &outcome);
    CHECK_STRING(outcome.output, "used at exit\n");
    CHECK_NUMBER(outcome.exit_code, 0);
}

/* ---- signal handlers ---- */

static threading_lock asked_lock = THREADING_NULL;
static atomic_int answers;

static void asks(int signal) {
    (void)signal;
    int before = errno;
    CHECK(threading_lock_locked(asked_lock));
    CHECK_NUMBER(errno, before);
    atomic_fetch_add(&answers, 1);
}

/* The handler runs in the middle of calls on the very lock that it asks about, asleep and awake. */
CASE(lock_locked_in_a_signal_handler) {
    struct sigaction action = {.sa_handler = asks};
    waiter waiting;
    CHECK_NUMBER(sigaction(SIGUSR1, &action, NULL), 0);
    CHECK_STATUS(threading_lock_new(&asked_lock), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(asked_lock), THREADING_OK);
    waiter_start(&waiting, FOREIGN, &primitive, asked_lock.bits);
    for (int round = 0; round < 500; round++) {
        EVENTUALLY(worker_asleep(&waiting.thread));
        CHECK_NUMBER(pthread_kill(waiting.thread.foreign, SIGUSR1), 0);
        EVENTUALLY(atomic_load(&answers) > round);
        CHECK(!atomic_load(&waiting.returned));
    }
    atomic_store(&answers, 0);
    action.sa_handler = SIG_IGN;
    CHECK_NUMBER(sigaction(SIGUSR1, &action, NULL), 0);
    CHECK_STATUS(threading_lock_release(asked_lock), THREADING_OK);
    waiter_end(&waiting, THREADING_OK);
}

/* ---- cancellation ---- */

typedef struct cancelled {
    worker thread;
    const lock_kind *kind;
    uint64_t bits;
    bool limited;
    bool got_it, survived;
} cancelled;

static void is_cancelled(worker *self) {
    cancelled *me = self->context;
    worker_arrives(self);
    CHECK_STATUS(me->limited ? me->kind->acquire_timeout(me->bits, 1000)
                             : me->kind->acquire(me->bits),
                 THREADING_OK);
    me->got_it = true;
    CHECK(me->kind->locked(me->bits));
    CHECK_STATUS(me->kind->release(me->bits), THREADING_OK);
    CHECK_STATUS(me->kind->acquire_timeout(me->bits, 0), THREADING_OK);
    CHECK_STATUS(me->kind->release(me->bits), THREADING_OK);
    pthread_testcancel();
    me->survived = true;
}

/* The request is made while the thread waits, and takes effect where the thread itself allows
 * it. */
static void not_a_cancellation_point(const lock_kind *kind) {
    for (int limited = 0; limited < 2; limited++) {
        void *result = NULL;
        cancelled other = {.kind = kind, .bits = lock_new(kind), .limited = limited};
        CHECK_STATUS(kind->acquire(other.bits), THREADING_OK);
        worker_start(&other.thread, FOREIGN, is_cancelled, &other);
        EVENTUALLY(worker_asleep(&other.thread));
        CHECK_NUMBER(pthread_cancel(other.thread.foreign), 0);
        EVENTUALLY(worker_asleep(&other.thread));
        CHECK_STATUS(kind->release(other.bits), THREADING_OK);
        CHECK_NUMBER(pthread_join(other.thread.foreign, &result), 0);
        CHECK(result == PTHREAD_CANCELED);
        CHECK(other.got_it);
        CHECK(!other.survived);
        CHECK(!kind->locked(other.bits));
        CHECK_STATUS(kind->destroy(other.bits), THREADING_OK);
    }
}
CASE(lock_acquire_is_not_a_cancellation_point) { not_a_cancellation_point(&primitive); }
CASE(rlock_acquire_is_not_a_cancellation_point) { not_a_cancellation_point(&reentrant); }

/* ---- fork ---- */

/* Forks: true in the child, which must end by _exit(0); false in the parent, after the child
 * did. */
static bool in_a_child(void) {
    fflush(NULL);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        alarm(CASE_SECONDS / 2);
        return true;
    }
    int state = 0;
    CHECK_NUMBER(waitpid(pid, &state, 0), pid);
    CHECK(WIFEXITED(state));
    CHECK_NUMBER(WEXITSTATUS(state), 0);
    return false;
}

static void forks_as_holder(worker *self) {
    waiter *me = self->context;
    uint64_t unheld = lock_new(me->kind);
    CHECK_STATUS(me->kind->acquire(me->bits), THREADING_OK);
    if (in_a_child()) {
        CHECK(me->kind->locked(me->bits));
        CHECK(!me->kind->locked(unheld));
        if (me->kind == &reentrant) {
            threading_rlock rlock = {me->bits};
            CHECK_NUMBER(threading_rlock_depth(rlock), 1);
            CHECK_NUMBER(threading_rlock_owner(rlock, NULL), threading_get_ident());
        }
        CHECK_STATUS(me->kind->destroy(me->bits), THREADING_BUSY);
        CHECK_STATUS(me->kind->release(me->bits), THREADING_OK);
        CHECK_STATUS(me->kind->acquire(unheld), THREADING_OK);
        CHECK_STATUS(me->kind->release(unheld), THREADING_OK);
        CHECK_STATUS(me->kind->destroy(me->bits), THREADING_OK);
        _exit(0);
    }
    CHECK(me->kind->locked(me->bits));
    CHECK_STATUS(me->kind->release(me->bits), THREADING_OK);
}

/* The thread that forks keeps what it holds, also in the child, whichever thread it is. */
static void fork_keeps_what_the_caller_holds(const lock_kind *kind) {
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        waiter other = {.kind = kind, .bits = lock_new(kind)};
        worker_start(&other.thread, whose, forks_as_holder, &other);
        worker_join(&other.thread);
    }
    waiter me = {.kind = kind, .bits = lock_new(kind)};
    me.thread.context = &me;
    forks_as_holder(&me.thread);
}
CASE(lock_held_by_the_thread_that_forks) { fork_keeps_what_the_caller_holds(&primitive); }
CASE(rlock_held_by_the_thread_that_forks) { fork_keeps_what_the_caller_holds(&reentrant); }

/* A lock of a thread that the child does not have stays locked there. Nobody waits for it any more,
 * so it can be destroyed. */
static void fork_leaves_other_threads_locks(const lock_kind *kind) {
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        uint64_t bits = lock_new(kind);
        holder other;
        waiter waiting;
        holder_start(&other, whose, kind, bits);
        waiter_start(&waiting, whose, kind, bits);
        EVENTUALLY(worker_asleep(&waiting.thread));
        if (in_a_child()) {
            CHECK(kind->locked(bits));
            CHECK_STATUS(kind->try_acquire(bits), THREADING_TIMEOUT);
            CHECK_STATUS(kind->acquire_timeout(bits, 0.005), THREADING_TIMEOUT);
            if (kind == &reentrant) {
                CHECK_STATUS(kind->release(bits), THREADING_NOT_OWNER);
            }
            CHECK_STATUS(kind->destroy(bits), THREADING_OK);
            CHECK_STATUS(kind->acquire(bits), THREADING_DESTROYED);
            _exit(0);
        }
        CHECK_STATUS(kind->destroy(bits), THREADING_BUSY);
        holder_end(&other);
        waiter_end(&waiting, THREADING_OK);
        CHECK_STATUS(kind->destroy(bits), THREADING_OK);
    }
}
CASE(lock_held_by_a_thread_that_a_fork_left_behind) { fork_leaves_other_threads_locks(&primitive); }
CASE(rlock_held_by_a_thread_that_a_fork_left_behind) {
    fork_leaves_other_threads_locks(&reentrant);
}

typedef struct traffic {
    worker thread;
    const lock_kind *kind;
    uint64_t bits;
    atomic_bool over;
} traffic;

static void passes(worker *self) {
    traffic *me = self->context;
    while (!atomic_load(&me->over)) {
        CHECK_STATUS(me->kind->acquire(me->bits), THREADING_OK);
        CHECK_STATUS(me->kind->release(me->bits), THREADING_OK);
        CHECK_STATUS(me->kind->destroy(lock_new(me->kind)), THREADING_OK);
    }
}

/* Whatever the others were doing at that moment, the child makes, uses and destroys locks, and a
 * lock that the forking thread holds itself is free once it has released it. */
static void fork_in_traffic(const lock_kind *kind) {
    enum { THREADS = 3, FORKS = 60 };
    traffic others[THREADS];
    uint64_t bits = lock_new(kind);
    for (int i = 0; i < THREADS; i++) {
        others[i].kind = kind;
        others[i].bits = bits;
        atomic_init(&others[i].over, false);
        worker_start(&others[i].thread, i % WORKER_KINDS, passes, &others[i]);
    }
    for (int i = 0; i < FORKS; i++) {
        CHECK_STATUS(kind->acquire(bits), THREADING_OK);
        if (in_a_child()) {
            CHECK_STATUS(kind->release(bits), THREADING_OK);
            CHECK(!kind->locked(bits));
            CHECK_STATUS(kind->acquire(bits), THREADING_OK);
            CHECK_STATUS(kind->release(bits), THREADING_OK);
            uint64_t fresh = lock_new(kind);
            waiter waiting;
            CHECK_STATUS(kind->acquire(fresh), THREADING_OK);
            waiter_start(&waiting, i % WORKER_KINDS, kind, fresh);
            EVENTUALLY(worker_asleep(&waiting.thread));
            CHECK_STATUS(kind->release(fresh), THREADING_OK);
            waiter_end(&waiting, THREADING_OK);
            CHECK_STATUS(kind->destroy(fresh), THREADING_OK);
            CHECK_STATUS(kind->destroy(bits), THREADING_OK);
            _exit(0);
        }
        CHECK_STATUS(kind->release(bits), THREADING_OK);
    }
    for (int i = 0; i < THREADS; i++) {
        atomic_store(&others[i].over, true);
        worker_join(&others[i].thread);
    }
    CHECK_STATUS(kind->destroy(bits), THREADING_OK);
}
CASE(lock_fork_while_others_use_it) { fork_in_traffic(&primitive); }
CASE(rlock_fork_while_others_use_it) { fork_in_traffic(&reentrant); }
