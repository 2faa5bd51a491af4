/* Locals in a thread that lives: get, set, delete, handles, statuses. The initialiser is in
 * local_init.c, the end of the local itself in local_destroy.c, the end of a thread in
 * local_end.c. */
#include "gate.h"
#include "local_tools.h"

#include <errno.h>
#include <string.h>

/* ---- a value for each thread ---- */

static void find_nothing(worker *self) {
    threading_local *local = self->context;
    CHECK(threading_local_get(*local) == NULL);
    CHECK_STATUS(threading_local_delete(*local), THREADING_NO_VALUE);
    CHECK(threading_local_get(*local) == NULL);
}

CASE(a_new_local_has_no_value_in_any_thread) {
    threading_local local = local_of_values();
    CHECK(threading_local_get(local) == NULL);
    CHECK_STATUS(threading_local_delete(local), THREADING_NO_VALUE);
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        in_thread(whose, find_nothing, &local);
    }
    CHECK_STATUS(threading_local_destroy(local), THREADING_OK);
}

CASE(new_needs_a_place_for_the_handle) {
    CHECK_STATUS(threading_local_new(NULL, NULL, NULL, NULL), THREADING_INVALID_ARGUMENT);
}

typedef struct owner {
    worker thread;
    threading_local local;
    value first, second;
    gate *both_set, *all_looked;
} owner;

static void have_a_value(worker *self) {
    owner *me = self->context;
    CHECK(threading_local_get(me->local) == NULL);
    CHECK_STATUS(threading_local_set(me->local, &me->first), THREADING_OK);
    gate_pass(me->both_set);
    CHECK(threading_local_get(me->local) == &me->first);
    CHECK_STATUS(threading_local_set(me->local, &me->second), THREADING_OK);
    CHECK_NUMBER(value_destroyed(&me->first), 1);
    CHECK_NUMBER(me->first.by, threading_get_ident());
    gate_pass(me->all_looked);
    CHECK(threading_local_get(me->local) == &me->second);
    CHECK_STATUS(threading_local_delete(me->local), THREADING_OK);
    CHECK_NUMBER(value_destroyed(&me->second), 1);
    CHECK(threading_local_get(me->local) == NULL);
}

/* test_local_refs, and what _threading_local's documentation shows */
CASE(each_thread_has_a_value_of_its_own) {
    enum { OWNERS = 20 };
    static owner owners[OWNERS];
    gate both_set = GATE_CLOSED, all_looked = GATE_CLOSED;
    value mine = {0};
    threading_local local = local_of_values();
    CHECK_STATUS(threading_local_set(local, &mine), THREADING_OK);
    for (int i = 0; i < OWNERS; i++) {
        owners[i].local = local;
        owners[i].both_set = &both_set;
        owners[i].all_looked = &all_looked;
        worker_start(&owners[i].thread, i % WORKER_KINDS, have_a_value, &owners[i]);
    }
    gate_await(&both_set, OWNERS);
    CHECK(threading_local_get(local) == &mine);
    gate_open(&both_set);
    gate_await(&all_looked, OWNERS);
    gate_open(&all_looked);
    for (int i = 0; i < OWNERS; i++) {
        worker_join(&owners[i].thread);
        CHECK_NUMBER(value_destroyed(&owners[i].first), 1);
        CHECK_NUMBER(value_destroyed(&owners[i].second), 1);
    }
    CHECK(threading_local_get(local) == &mine);
    CHECK_NUMBER(value_destroyed(&mine), 0);
    CHECK_STATUS(threading_local_destroy(local), THREADING_OK);
}

/* ---- set and delete ---- */

CASE(set_destroys_the_value_before_it_at_once) {
    value first = {0}, second = {0};
    threading_local local = local_of_values();
    CHECK_STATUS(threading_local_set(local, &first), THREADING_OK);
    CHECK_NUMBER(value_destroyed(&first), 0);
    CHECK_STATUS(threading_local_set(local, &second), THREADING_OK);
    CHECK_NUMBER(value_destroyed(&first), 1);
    CHECK_NUMBER(value_destroyed(&second), 0);
    CHECK(threading_local_get(local) == &second);
    CHECK_STATUS(threading_local_destroy(local), THREADING_OK);
}

CASE(setting_the_same_value_again_destroys_nothing) {
    value it = {0};
    threading_local local = local_of_values();
    for (int i = 0; i < 3; i++) {
        CHECK_STATUS(threading_local_set(local, &it), THREADING_OK);
        CHECK(threading_local_get(local) == &it);
    }
    CHECK_NUMBER(value_destroyed(&it), 0);
    CHECK_STATUS(threading_local_delete(local), THREADING_OK);
    CHECK_NUMBER(value_destroyed(&it), 1);
}

CASE(delete_destroys_the_value_once_and_then_there_is_none) {
    value it = {0};
    threading_local local = local_of_values();
    CHECK_STATUS(threading_local_set(local, &it), THREADING_OK);
    CHECK_STATUS(threading_local_delete(local), THREADING_OK);
    CHECK_NUMBER(value_destroyed(&it), 1);
    CHECK(threading_local_get(local) == NULL);
    CHECK_STATUS(threading_local_delete(local), THREADING_NO_VALUE);
    CHECK_STATUS(threading_local_destroy(local), THREADING_OK);
    CHECK_NUMBER(value_destroyed(&it), 1);
}

static void *init_null(void *ctx) {
    atomic_fetch_add((atomic_int *)ctx, 1);
    return NULL;
}

static void set_null_and_end(worker *self) {
    threading_local *local = self->context;
    CHECK_STATUS(threading_local_set(*local, NULL), THREADING_OK);
}

/* value_destroy checks that it has a value. */
CASE(a_destructor_is_never_called_with_null) {
    atomic_int inits = 0;
    value it = {0};
    threading_local local = local_of_values(), made = local_new(init_null, value_destroy, &inits);
    CHECK_STATUS(threading_local_set(local, NULL), THREADING_OK);
    CHECK_STATUS(threading_local_set(local, NULL), THREADING_OK);
    CHECK_STATUS(threading_local_delete(local), THREADING_NO_VALUE);
    CHECK_STATUS(threading_local_set(local, &it), THREADING_OK);
    CHECK_STATUS(threading_local_set(local, NULL), THREADING_OK);
    CHECK_NUMBER(value_destroyed(&it), 1);
    CHECK(threading_local_get(local) == NULL);
    CHECK_STATUS(threading_local_delete(local), THREADING_NO_VALUE);
    CHECK(threading_local_get(made) == NULL);
    CHECK_STATUS(threading_local_delete(made), THREADING_NO_VALUE);
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        in_thread(whose, set_null_and_end, &local);
        in_thread(whose, set_null_and_end, &made);
    }
    CHECK_STATUS(threading_local_destroy(local), THREADING_OK);
    CHECK_STATUS(threading_local_destroy(made), THREADING_OK);
    CHECK_NUMBER(value_destroyed(&it), 1);
}

CASE(without_a_destructor_values_are_left_alone) {
    value first = {0}, second = {0};
    threading_local local = local_new(NULL, NULL, NULL);
    CHECK_STATUS(threading_local_set(local, &first), THREADING_OK);
    CHECK_STATUS(threading_local_set(local, &second), THREADING_OK);
    CHECK(threading_local_get(local) == &second);
    CHECK_STATUS(threading_local_delete(local), THREADING_OK);
    CHECK_STATUS(threading_local_set(local, &first), THREADING_OK);
    CHECK_STATUS(threading_local_destroy(local), THREADING_OK);
    CHECK_NUMBER(value_destroyed(&first) + value_destroyed(&second), 0);
}

static void set_successor(value *self) {
    CHECK(threading_local_get(self->local) != self);
    CHECK_STATUS(threading_local_set(self->local, self->context), THREADING_OK);
}

CASE(a_destructor_may_set_the_same_local_again) {
    value last = {0}, second = {0}, first = {0};
    threading_local local = local_of_values();
    first.then = set_successor, first.local = local, first.context = &second;
    CHECK_STATUS(threading_local_set(local, &first), THREADING_OK);
    CHECK_STATUS(threading_local_delete(local), THREADING_OK);
    CHECK(threading_local_get(local) == &second);
    /* What set has put in place is what the destructor replaces. */
    second.then = set_successor, second.local = local, second.context = &last;
    value passing = {0};
    CHECK_STATUS(threading_local_set(local, &passing), THREADING_OK);
    CHECK(threading_local_get(local) == &last);
    CHECK_NUMBER(value_destroyed(&first), 1);
    CHECK_NUMBER(value_destroyed(&second), 1);
    CHECK_NUMBER(value_destroyed(&passing), 1);
    CHECK_NUMBER(value_destroyed(&last), 0);
    CHECK_STATUS(threading_local_destroy(local), THREADING_OK);
}

/* ---- handles, statuses ---- */

static void check_dead(uint64_t bits, threading_status expected) {
    threading_local local = {bits};
    value it = {0};
    CHECK(threading_local_get(local) == NULL);
    CHECK_STATUS(threading_local_set(local, &it), expected);
    CHECK_STATUS(threading_local_set(local, NULL), expected);
    CHECK_STATUS(threading_local_delete(local), expected);
    CHECK_STATUS(threading_local_destroy(local), bits == 0 ? THREADING_OK : expected);
    CHECK(threading_local_get(local) == NULL);
    CHECK_NUMBER(value_destroyed(&it), 0);
}

CASE(null_handle) { check_dead(0, THREADING_INVALID_HANDLE); }

CASE(handle_of_another_kind) {
    threading_lock lock;
    CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
    check_dead(lock.bits, THREADING_INVALID_HANDLE);
    check_dead(threading_main_thread().bits, THREADING_INVALID_HANDLE);
    CHECK_STATUS(threading_lock_destroy(lock), THREADING_OK);
}

/* One local was ever made in this process, so whatever differs from its handle was never valid. */
CASE(handle_with_one_bit_changed) {
    value it = {0};
    threading_local local = local_of_values();
    for (int set = 0; set < 2; set++) {
        if (set) {
            CHECK_STATUS(threading_local_set(local, &it), THREADING_OK);
        }
        for (int bit = 0; bit < 64; bit++) {
            check_dead(local.bits ^ (UINT64_C(1) << bit), THREADING_INVALID_HANDLE);
        }
        CHECK(threading_local_get(local) == (set ? &it : NULL));
    }
    CHECK_NUMBER(value_destroyed(&it), 0);
    CHECK_STATUS(threading_local_destroy(local), THREADING_OK);
}

CASE(made_up_handles) {
    uint64_t random = 88172645463325252;
    for (uint64_t small = 0; small < 20000; small++) {
        check_dead(small, THREADING_INVALID_HANDLE);
        check_dead(~small, THREADING_INVALID_HANDLE);
        check_dead(small << 32, THREADING_INVALID_HANDLE);
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        check_dead(random, THREADING_INVALID_HANDLE);
    }
}

CASE(copies_of_a_handle_are_the_same_local) {
    value it = {0};
    threading_local local = local_of_values(), other = local_of_values(), copy = local;
    CHECK(THREADING_SAME(local, copy));
    CHECK(!THREADING_SAME(local, other));
    CHECK_STATUS(threading_local_set(local, &it), THREADING_OK);
    CHECK(threading_local_get(copy) == &it);
    CHECK(threading_local_get(other) == NULL);
    CHECK_STATUS(threading_local_destroy(copy), THREADING_OK);
    check_dead(local.bits, THREADING_DESTROYED);
    CHECK(threading_local_get(other) == NULL);
}

CASE(a_local_is_destroyed_for_good) {
    value it = {0};
    threading_local touched = local_of_values(), untouched = local_of_values();
    CHECK_STATUS(threading_local_set(touched, &it), THREADING_OK);
    CHECK_STATUS(threading_local_destroy(touched), THREADING_OK);
    CHECK_STATUS(threading_local_destroy(untouched), THREADING_OK);
    for (int i = 0; i < 1000; i++) {
        check_dead(touched.bits, THREADING_DESTROYED);
        check_dead(untouched.bits, THREADING_DESTROYED);
        CHECK_STATUS(threading_local_destroy(local_of_values()), THREADING_OK);
    }
    CHECK_NUMBER(value_destroyed(&it), 1);
}

typedef struct heard {
    int count;
    char function[64];
    threading_status status;
    uint64_t handle;
} heard;

static void hear(const char *function, threading_status status, uint64_t handle, void *ctx) {
    heard *it = ctx;
    it->count++;
    snprintf(it->function, sizeof it->function, "%s", function);
    it->status = status;
    it->handle = handle;
}

CASE(the_error_hook_hears_of_bad_handles_and_of_nothing_else) {
    heard it = {0};
    threading_local local = local_of_values();
    CHECK_STATUS(threading_set_error_hook(hear, &it), THREADING_OK);
    CHECK(threading_local_get(local) == NULL);
    CHECK_STATUS(threading_local_delete(local), THREADING_NO_VALUE);
    CHECK_STATUS(threading_local_set(local, NULL), THREADING_OK);
    CHECK(threading_local_get(local) == NULL);
    CHECK_NUMBER(it.count, 0);
    CHECK_STATUS(threading_local_destroy(local), THREADING_OK);
    CHECK(threading_local_get(local) == NULL);
    CHECK_NUMBER(it.count, 1);
    CHECK_STRING(it.function, "threading_local_get");
    CHECK_STATUS(it.status, THREADING_DESTROYED);
    CHECK(it.handle == local.bits);
    CHECK_STATUS(threading_local_set(local, &it), THREADING_DESTROYED);
    CHECK_STRING(it.function, "threading_local_set");
    CHECK_STATUS(threading_local_delete(local), THREADING_DESTROYED);
    CHECK_STRING(it.function, "threading_local_delete");
    CHECK_STATUS(threading_local_destroy(local), THREADING_DESTROYED);
    CHECK_STRING(it.function, "threading_local_destroy");
    CHECK_NUMBER(it.count, 4);
}

static void keep_errno(worker *self) {
    value it = {0};
    (void)self;
    errno = 4711;
    threading_local local = local_of_values();
    CHECK(threading_local_get(local) == NULL);
    CHECK_STATUS(threading_local_set(local, &it), THREADING_OK);
    CHECK(threading_local_get(local) == &it);
    CHECK_STATUS(threading_local_delete(local), THREADING_OK);
    CHECK_STATUS(threading_local_delete(local), THREADING_NO_VALUE);
    CHECK_STATUS(threading_local_destroy(local), THREADING_OK);
    CHECK_STATUS(threading_local_destroy(local), THREADING_DESTROYED);
    CHECK_NUMBER(errno, 4711);
}
CASE(no_call_changes_errno) {
    for (worker_kind whose = 0; whose < WORKER_KINDS; whose++) {
        in_thread(whose, keep_errno, NULL);
    }
}

/* ---- exchange ---- */

static value values[3];

static void exchanges(worker *self) {
    threading_local local = *(threading_local *)self->context;
    void *old = &local;
    CHECK_STATUS(threading_local_exchange(local, &values[0], &old), THREADING_OK);
    CHECK(old == NULL && threading_local_get(local) == &values[0]);
    CHECK_STATUS(threading_local_exchange(local, &values[1], &old), THREADING_OK);
    CHECK(old == &values[0] && threading_local_get(local) == &values[1]);
    CHECK_STATUS(threading_local_exchange(local, &values[1], &old), THREADING_OK);
    CHECK(old == &values[1]);
    CHECK_STATUS(threading_local_exchange(local, NULL, &old), THREADING_OK);
    CHECK(old == &values[1] && threading_local_get(local) == NULL);
    CHECK_STATUS(threading_local_delete(local), THREADING_NO_VALUE);
    CHECK_STATUS(threading_local_exchange(local, &values[2], &old), THREADING_OK);
    CHECK(old == NULL);
    CHECK_STATUS(threading_local_exchange(local, &values[0], NULL), THREADING_INVALID_ARGUMENT);
    CHECK(threading_local_get(local) == &values[2]);
    for (int i = 0; i < 3; i++) {
        CHECK_NUMBER(value_destroyed(&values[i]), 0);
    }
}

/* What is handed out is not destroyed, then or later; what stays is, as always. */
CASE(exchange_hands_the_old_value_out_and_destroys_none) {
    threading_local local = local_of_values();
    in_thread(FOREIGN, exchanges, &local);
    for (int i = 0; i < 3; i++) {
        CHECK_NUMBER(value_destroyed(&values[i]), i == 2);
    }
    in_thread(OURS, find_nothing, &local);
    CHECK_STATUS(threading_local_destroy(local), THREADING_OK);
    void *old = &local;
    CHECK_STATUS(threading_local_exchange(local, &local, &old), THREADING_DESTROYED);
    CHECK(old == &local);
}

static void *makes_no_value(void *ctx) {
    (void)ctx;
    CHECK(!"the initialiser runs");
    return NULL;
}

CASE(exchange_does_not_call_the_initialiser) {
    static value first;
    threading_local local = local_new(makes_no_value, value_destroy, NULL);
    void *old = &local;
    CHECK_STATUS(threading_local_exchange(local, &first, &old), THREADING_OK);
    CHECK(old == NULL && threading_local_get(local) == &first);
    CHECK_STATUS(threading_local_exchange(local, NULL, &old), THREADING_OK);
    CHECK(old == &first && threading_local_get(local) == NULL);
}
