/* Looks at all the others who play: they hold locks in order, so nobody is ever in a deadlock, and
 * a dump is written whole or is busy. */
#include "soak.h"

#include <fcntl.h>
#include <unistd.h>

enum { LOOKERS = 2, MOST_SEEN = 64 };

static int nowhere;
static atomic_long dumps, dumps_refused;

static void look_begin(void) {
    nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    EXPECT(nowhere >= 0);
}

static void check_waits(void) {
    threading_wait seen[MOST_SEEN];
    size_t count = threading_waits(seen, MOST_SEEN);
    EXPECT(count <= MOST_SEEN);
    for (size_t index = 0; index < count; index++) {
        EXPECT(seen[index].ident != 0 && seen[index].kind != THREADING_KIND_NONE);
        EXPECT(seen[index].seconds >= 0 && seen[index].remaining >= 0);
    }
}

static void look_play(int me, uint64_t *random) {
    (void)me;
    threading_certainty certainty = THREADING_CERTAINTY_CERTAIN;
    EXPECT(threading_find_deadlock(NULL, 0, &certainty) == 0);
    EXPECT(certainty == THREADING_CERTAINTY_NONE);
    check_waits();
    if (choose(random, 16) == 0) {
        threading_status status =
            choose(random, 2) ? threading_dump(nowhere) : threading_dump_json(nowhere);
        EXPECT(status == THREADING_OK || status == THREADING_BUSY);
        atomic_fetch_add(status == THREADING_OK ? &dumps : &dumps_refused, 1);
    }
    /* not to synchronise: the others are to be looked at, and not kept from playing */
    OK(threading_sleep(0.0005));
}

static void look_end(void) {
    EXPECT(atomic_load(&dumps) > 0);
    close(nowhere);
}

const struct game look_game = {"looks", LOOKERS, look_begin, look_play, look_end, NULL};
