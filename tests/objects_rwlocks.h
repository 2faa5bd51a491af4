/* What objects.def says of rwlocks in more than an expression or two; for objects.c alone. */
#ifndef OBJECTS_RWLOCKS_H
#define OBJECTS_RWLOCKS_H

static bool writes_rwlock(threading_rwlock it) {
    return threading_rwlock_writer(it) == threading_get_ident();
}

/* Whatever its state is, it is afterwards as it was. */
static void use_rwlock(threading_rwlock it) {
    size_t reads = threading_rwlock_readers(it);
    bool written = writes_rwlock(it);
    if (reads == 1) {
        OK(threading_rwlock_try_upgrade(it));
    } else if (!written) {
        OK(threading_rwlock_acquire_write(it));
    }
    CHECK(writes_rwlock(it) && threading_rwlock_write_locked(it));
    OK(threading_rwlock_downgrade(it));
    OK(threading_rwlock_acquire_read(it));
    CHECK(threading_rwlock_readers(it) == 2 && !threading_rwlock_write_locked(it));
    OK(threading_rwlock_release_read(it));
    if (reads == 1) {
        return;
    }
    OK(threading_rwlock_release_read(it));
    OK(written ? threading_rwlock_try_acquire_write(it) : THREADING_OK);
    CHECK(writes_rwlock(it) == written && threading_rwlock_readers(it) == 0);
}

/* Others may do the same at this moment. */
static void let_go_of_rwlock(threading_rwlock it) {
    if (writes_rwlock(it)) {
        OK(threading_rwlock_release_write(it));
    }
    while (threading_rwlock_release_read(it) == THREADING_OK) {
    }
}

static void end_rwlock(threading_rwlock it) {
    OK(writes_rwlock(it) ? threading_rwlock_release_write(it) : THREADING_OK);
    for (size_t reads = threading_rwlock_readers(it); reads > 0; reads--) {
        OK(threading_rwlock_release_read(it));
    }
    OK(threading_rwlock_destroy(it));
}

/* By whoever writes, or has waited to read. */
static threading_status release_rwlock(threading_rwlock it) {
    return writes_rwlock(it) ? threading_rwlock_release_write(it)
                             : threading_rwlock_release_read(it);
}

#endif
