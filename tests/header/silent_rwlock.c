/* Right uses of rwlocks, on which clang's analysis says nothing. */
#include <threading.h>

threading_rwlock rwlock;
int counter THREADING_GUARDED_BY(rwlock);

int reads(void);
void writes(void);
int tries_to_read(void);
int tries_to_write(double seconds);
int writes_and_reads_on(void);
int in_statements(void);
int needs_a_read(void) THREADING_REQUIRES_SHARED(rwlock);
void needs_a_write(void) THREADING_REQUIRES(rwlock);

int reads(void) {
    threading_rwlock_acquire_read(rwlock);
    int result = counter + needs_a_read();
    threading_rwlock_release_read(rwlock);
    return result;
}

void writes(void) {
    threading_rwlock_acquire_write(rwlock);
    counter += needs_a_read();
    needs_a_write();
    threading_rwlock_release_write(rwlock);
}

int tries_to_read(void) {
    if (threading_rwlock_try_acquire_read(rwlock) != THREADING_OK) {
        return -1;
    }
    int result = counter;
    threading_rwlock_release_read(rwlock);
    return result;
}

int tries_to_write(double seconds) {
    int result = -1;
    if (threading_rwlock_acquire_write_timeout(rwlock, seconds) == THREADING_OK) {
        result = ++counter;
        threading_rwlock_release_write(rwlock);
    }
    return result;
}

int writes_and_reads_on(void) {
    threading_rwlock_acquire_write(rwlock);
    counter++;
    threading_rwlock_downgrade(rwlock);
    int result = counter;
    threading_rwlock_release_read(rwlock);
    return result;
}

int in_statements(void) {
    THREADING_WITH(threading_rwlock_writing(rwlock)) {
        counter++;
        needs_a_write();
    }
    THREADING_WITH(threading_rwlock_reading(rwlock)) {
        return counter + needs_a_read();
    }
    return 0;
}

int needs_a_read(void) { return counter; }
void needs_a_write(void) { counter++; }
