/* Programs that are asked by their socket: clients, and children that have one. */
#ifndef INSIGHT_SOCKET_H
#define INSIGHT_SOCKET_H

#include "forked.h"
#include "insight_tools.h"
#include "process_end.h"

#include <errno.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { CHILD_IS_FINE = 50, NOBODY = 65534 };
#define HEAD "libthreading 0."

/* Runs that CHILD, with the socket or without, and returns what it has printed. */
static inline const char *run(const char *child, const char *wanted) {
    static child_outcome outcome;
    CHECK_NUMBER(wanted ? setenv("THREADING_SOCKET", wanted, 1) : unsetenv("THREADING_SOCKET"), 0);
    run_child(child, &outcome);
    if (outcome.exit_code != 0) {
        fputs(outcome.output, stderr);
    }
    CHECK_NUMBER(outcome.signal, 0);
    CHECK_NUMBER(outcome.exit_code, 0);
    return outcome.output;
}

/* ---- clients ---- */

static inline socklen_t address_of(pid_t process, struct sockaddr_un *address) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    int length =
        snprintf(address->sun_path + 1, sizeof address->sun_path - 1, "threading/%d", (int)process);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
}

/* A connection with that process; -1: it has no socket. */
static inline int connection_to(pid_t process) {
    struct sockaddr_un address;
    socklen_t length = address_of(process, &address);
    int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(client >= 0);
    if (connect(client, (struct sockaddr *)&address, length) == 0) {
        return client;
    }
    CHECK_NUMBER(errno, ECONNREFUSED);
    close(client);
    return -1;
}

/* The same, as soon as it has one. */
static inline int connected_to(pid_t process) {
    int client;
    EVENTUALLY((client = connection_to(process)) >= 0);
    return client;
}
static inline int connected(void) { return connected_to(getpid()); }

/* The other side may have refused to read it. */
static inline void send_bytes(int client, const void *bytes, size_t length) {
    ssize_t sent = send(client, bytes, length, MSG_NOSIGNAL);
    CHECK(sent == (ssize_t)length || errno == EPIPE || errno == ECONNRESET);
}
static inline void send_line(int client, const char *line) {
    send_bytes(client, line, strlen(line));
}

/* All that comes until the other side closes, NUL-terminated and to be freed. */
static inline char *rest_of(int client) {
    size_t length = 0, room = 1 << 23;
    char *text = malloc(room);
    CHECK(text != NULL);
    for (ssize_t got; (got = recv(client, text + length, room - 1 - length, 0)) != 0;) {
        if (got < 0 && errno == EINTR) {
            continue;
        }
        /* What it has sent and we have read counts, whatever it left unread. */
        if (got < 0) {
            CHECK_NUMBER(errno, ECONNRESET);
            break;
        }
        length += (size_t)got;
        CHECK(length < room - 1);
    }
    text[length] = '\0';
    close(client);
    return text;
}

static inline char *answered_by(pid_t process, const char *line) {
    int client = connected_to(process);
    send_line(client, line);
    return rest_of(client);
}
static inline char *answered(const char *line) { return answered_by(getpid(), line); }

/* It answers as it should. */
static inline void check_answers(void) {
    char *text = answered("dump\n");
    CHECK_HAS(text, HEAD);
    CHECK_HAS(text, "\"MainThread\" ident=");
    free(text);
}

#endif
