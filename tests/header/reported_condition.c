/* Waiting and notifying without the lock, in a program that holds each condition by its own name
 * and says so. */
#define THREADING_CONDITIONS_ARE_LOCKS
#include <threading.h>

threading_condition ready, other;
threading_lock lock;
bool is_ready(void *ctx);
void waits(double seconds);
void notifies(void);
void holds_another(void);
void holds_the_lock_by_its_name(void);
void has_released(void);

bool is_ready(void *ctx) { return ctx != NULL; }

void waits(double seconds) {
    threading_condition_wait(ready); /* expect: requires holding condition 'ready' exclusively */
    /* expect: requires holding condition 'ready' exclusively */
    threading_condition_wait_timeout(ready, seconds);
    /* expect: requires holding condition 'ready' exclusively */
    threading_condition_wait_for(ready, is_ready, NULL);
    /* expect: requires holding condition 'ready' exclusively */
    threading_condition_wait_for_timeout(ready, is_ready, NULL, seconds);
}

void notifies(void) {
    /* expect: requires holding condition 'ready' exclusively */
    threading_condition_notify(ready, 1);
    /* expect: requires holding condition 'ready' exclusively */
    threading_condition_notify_all(ready);
}

void holds_another(void) {
    threading_condition_acquire(other);
    /* expect: requires holding condition 'ready' exclusively */
    threading_condition_notify(ready, 1);
    threading_condition_release(other);
}

/* Made with that lock or not: the analysis cannot know. THREADING_HOLDS says it. */
void holds_the_lock_by_its_name(void) {
    threading_lock_acquire(lock);
    /* expect: requires holding condition 'ready' exclusively */
    threading_condition_notify(ready, 1);
    threading_lock_release(lock);
}

void has_released(void) {
    threading_condition_acquire(ready);
    threading_condition_wait(ready);
    threading_condition_release(ready);
    /* expect: requires holding condition 'ready' exclusively */
    threading_condition_notify(ready, 1);
}
