/* Touching what a lock guards before or after the block that holds it, or in the block of
 * another. */
#include <threading.h>

threading_lock lock, second;
threading_rlock rlock;
int counter THREADING_GUARDED_BY(lock);
int depth THREADING_GUARDED_BY(rlock);

void before_and_after(void);
void in_the_wrong_block(void);
void after_a_break(void);
int in_the_other_branch(int choice);

void before_and_after(void) {
    counter++; /* expect: writing variable 'counter' requires holding lock 'lock' exclusively */
    THREADING_WITH(lock) {
        counter++;
    }
    counter++; /* expect: writing variable 'counter' requires holding lock 'lock' exclusively */
}

void in_the_wrong_block(void) {
    THREADING_WITH(second) {
        counter++; /* expect: writing variable 'counter' requires holding lock 'lock' exclusively */
    }
    THREADING_WITH(lock) {
        depth++; /* expect: writing variable 'depth' requires holding rlock 'rlock' exclusively */
    }
}

void after_a_break(void) {
    THREADING_WITH(rlock) {
        if (depth++) {
            break;
        }
    }
    depth++; /* expect: writing variable 'depth' requires holding rlock 'rlock' exclusively */
}

int in_the_other_branch(int choice) {
    if (choice)
        THREADING_WITH(lock)
            counter++;
    else
        counter++; /* expect: writing variable 'counter' requires holding lock 'lock' exclusively */
    return 0;
}
