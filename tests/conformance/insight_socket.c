/* THREADING_SOCKET=1: what the process answers, only to its own user and root, and that no client
 * harms it or keeps others from their answers. */
#include "insight_socket.h"

#include <poll.h>

#define REFUSED "libthreading: a request is dump or json\n"

static threading_event never;

static void wait_for_never(worker *self) {
    worker_arrives(self);
    (void)!threading_event_wait(never);
}

/* A thread that waits, so that there is something to tell. */
static void start_waiter(void) {
    static worker waiter;
    CHECK_STATUS(threading_event_new(&never), THREADING_OK);
    CHECK_STATUS(threading_event_set_name(never, "never"), THREADING_OK);
    worker_start(&waiter, OURS, wait_for_never, NULL);
    EVENTUALLY(worker_asleep(&waiter));
}

enum { MANY_LOCKS = 4000 };

/* An answer that no socket has room for: more than a megabyte. */
static void make_much_to_tell(void) {
    char name[251];
    memset(name, 'x', sizeof name - 1);
    name[250] = '\0';
    for (int i = 0; i < MANY_LOCKS; i++) {
        threading_lock lock;
        CHECK_STATUS(threading_lock_new(&lock), THREADING_OK);
        CHECK_STATUS(threading_lock_set_name(lock, name), THREADING_OK);
        CHECK_STATUS(threading_lock_acquire(lock), THREADING_OK);
    }
}

/* Seconds are what two dumps differ in. */
static char *untimed(char *text) {
    char *to = text;
    for (const char *from = text; *from != '\0';) {
        const char *end = from;
        while (*end >= '0' && *end <= '9') {
            end++;
        }
        bool is_time = end > from && *end == '.' && strspn(end + 1, "0123456789") == 3;
        from = is_time ? end + 4 : from;
        *to++ = is_time ? 'N' : *from++;
    }
    *to = '\0';
    return text;
}

/* ---- the answers ---- */

CHILD(answers_as_it_dumps_itself) {
    static const struct {
        const char *line;
        dump_function dump;
    } requests[] = {
        {"dump\n", threading_dump},
        {"json\n", threading_dump_json},
        {"  dump \r\n", threading_dump},
        {"json\nand what follows", threading_dump_json},
    };
    start_waiter();
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        char *answer = untimed(answered(requests[i].line));
        char *own = untimed(dumped(requests[i].dump));
        CHECK_STRING(answer, own);
        CHECK(strstr(answer, "\"never\"") != NULL);
        free(answer);
        free(own);
    }
    int client = connected();
    send_line(client, "du");
    send_line(client, "mp");
    CHECK_NUMBER(shutdown(client, SHUT_WR), 0);
    char *answer = rest_of(client);
    CHECK_HAS(answer, "event \"never\"");
    free(answer);
    _exit(0);
}
CASE(the_answer_is_what_the_process_dumps_itself) {
    CHECK_STRING(run("answers_as_it_dumps_itself", "1"), "");
}

CHILD(answers_nonsense_in_one_line) {
    static const char *const lines[] = {"\n",
                                        "DUMP\n",
                                        "dump json\n",
                                        "dumpling\n",
                                        "\x1b[2J\n",
                                        "GET / HTTP/1.1\r\n\r\n",
                                        "no line, but long"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char *answer = answered(lines[i]);
        CHECK_STRING(answer, REFUSED);
        free(answer);
    }
    srand(1);
    for (int round = 0; round < 300; round++) {
        unsigned char bytes[64];
        size_t length = (size_t)rand() % sizeof bytes;
        for (size_t i = 0; i < length; i++) {
            bytes[i] = (unsigned char)rand();
        }
        int client = connected();
        send_bytes(client, bytes, length);
        shutdown(client, SHUT_WR);
        char *answer = rest_of(client);
        CHECK_STRING(answer, REFUSED);
        free(answer);
    }
    check_answers();
}
CASE(nonsense_is_answered_in_one_line) {
    CHECK_STRING(run("answers_nonsense_in_one_line", "1"), "");
}

CHILD(answers_its_user_alone) {
    int client = connected();
    close(client);
    pid_t parent = getpid(), child = forked();
    if (child == 0) {
        CHECK_NUMBER(setuid(NOBODY), 0);
        char *answer = answered_by(parent, "dump\n");
        CHECK_STRING(answer,
                     "libthreading: only the user of this process, and root, are answered\n");
        _exit(CHILD_IS_FINE);
    }
    CHECK_NUMBER(exit_code_of(child), CHILD_IS_FINE);
    check_answers();
    /* From now on it is of that user, and root may ask it as before. */
    child = forked();
    if (child == 0) {
        char *answer = answered_by(parent, "dump\n");
        CHECK_HAS(answer, HEAD);
        _exit(CHILD_IS_FINE);
    }
    CHECK_NUMBER(setuid(NOBODY), 0);
    CHECK_NUMBER(exit_code_of(child), CHILD_IS_FINE);
    check_answers();
}
CASE(only_its_user_and_root_are_answered) {
    if (geteuid() != 0) {
        case_skip("only root can become another user");
    }
    CHECK_STRING(run("answers_its_user_alone", "1"), "");
}

/* ---- clients that do harm ---- */

CHILD(goes_on_beside_silent_clients) {
    enum { PLACES = 8, SILENT = 20 };
    int silent[SILENT];
    char byte;
    for (int i = 0; i < PLACES; i++) {
        silent[i] = connected();
    }
    /* The next has the place of the first; the last keeps its own. */
    check_answers();
    CHECK_NUMBER(recv(silent[0], &byte, 1, 0), 0);
    CHECK_NUMBER(recv(silent[PLACES - 1], &byte, 1, MSG_DONTWAIT), -1);
    for (int i = PLACES; i < SILENT; i++) {
        silent[i] = connected();
    }
    check_answers();
    for (int i = 0; i < SILENT; i++) {
        close(silent[i]);
    }
    check_answers();
}
CASE(silent_clients_do_not_stop_the_next) {
    CHECK_STRING(run("goes_on_beside_silent_clients", "1"), "");
}

CHILD(lets_a_silent_client_go) {
    double start = threading_monotonic();
    int client = connected();
    char *answer = rest_of(client);
    CHECK_NOT_EARLY(start, 10.0);
    CHECK_STRING(answer, "");
    check_answers();
}
CASE(a_silent_client_is_let_go_after_ten_seconds) {
    CHECK_STRING(run("lets_a_silent_client_go", "1"), "");
}

CHILD(goes_on_beside_a_slow_client) {
    make_much_to_tell();
    int slow = connected();
    send_line(slow, "dump\n");
    struct pollfd begins = {.fd = slow, .events = POLLIN};
    CHECK_NUMBER(poll(&begins, 1, -1), 1);
    char *own = untimed(dumped(threading_dump));
    CHECK(strlen(own) > 1 << 20);
    char *other = untimed(answered("dump\n"));
    CHECK_STRING(other, own);
    /* And it has its whole answer when it reads it. */
    char *answer = untimed(rest_of(slow));
    CHECK_STRING(answer, own);
    free(own);
    free(other);
    free(answer);
    _exit(0);
}
CASE(a_slow_client_stops_neither_dumps_nor_the_next) {
    CHECK_STRING(run("goes_on_beside_a_slow_client", "1"), "");
}

CHILD(goes_on_when_clients_leave) {
    char some[1000];
    make_much_to_tell();
    for (int round = 0; round < 60; round++) {
        int client = connected();
        if (round % 3 > 0) {
            send_line(client, "dump\n");
        }
        if (round % 3 > 1) {
            CHECK(recv(client, some, sizeof some, 0) > 0);
        }
        close(client);
    }
    check_answers();
    _exit(0);
}
CASE(a_client_that_leaves_in_the_middle_does_no_harm) {
    CHECK_STRING(run("goes_on_when_clients_leave", "1"), "");
}

static void ask_often(worker *self) {
    (void)self;
    for (int round = 0; round < 20; round++) {
        check_answers();
    }
}

CHILD(answers_many_at_once) {
    worker clients[24];
    check_answers();
    for (int i = 0; i < 24; i++) {
        worker_start(&clients[i], OURS, ask_often, NULL);
    }
    for (int i = 0; i < 24; i++) {
        worker_join(&clients[i]);
    }
}
CASE(many_clients_at_once_are_all_answered) { CHECK_STRING(run("answers_many_at_once", "1"), ""); }
