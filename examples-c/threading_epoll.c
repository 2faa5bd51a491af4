/* An echo server with epoll, which an event ends: its descriptor is readable while it is set.
 *
 * The server waits for sockets and for the event in one call. So another thread, or a signal
 * handler, ends it by setting the event, and no pipe has to be made for that. */
#define _GNU_SOURCE
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <threading.h>
#include <unistd.h>

static threading_event stop;
static struct sockaddr_in address = {.sin_family = AF_INET};

static int checked(int result, const char *what) {
    if (result < 0) {
        perror(what);
        exit(1);
    }
    return result;
}

static void watch(int epoll, int fd) {
    struct epoll_event it = {.events = EPOLLIN, .data.fd = fd};
    checked(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &it), "epoll_ctl");
}

static void *serve(void *arg) {
    int listener = *(int *)arg, stopper, epoll = checked(epoll_create1(0), "epoll_create1");
    THREADING_CHECK(threading_event_fd(stop, &stopper));
    watch(epoll, stopper);
    watch(epoll, listener);
    while (!threading_event_is_set(stop)) {
        struct epoll_event it;
        char text[64];
        checked(epoll_wait(epoll, &it, 1, -1), "epoll_wait");
        if (it.data.fd == listener) {
            watch(epoll, checked(accept(listener, NULL, NULL), "accept"));
        } else if (it.data.fd != stopper) {
            ssize_t length = read(it.data.fd, text, sizeof text);
            if (length <= 0 || write(it.data.fd, text, (size_t)length) != length) {
                close(it.data.fd); /* which takes it out of the set, too */
            }
        }
    }
    printf("server: stopped\n");
    close(epoll);
    return NULL;
}

int main(void) {
    int listener = checked(socket(AF_INET, SOCK_STREAM, 0), "socket");
    socklen_t size = sizeof address;
    threading_thread server;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    checked(bind(listener, (struct sockaddr *)&address, size), "bind");
    checked(listen(listener, 8), "listen");
    checked(getsockname(listener, (struct sockaddr *)&address, &size), "getsockname");
    THREADING_CHECK(threading_event_new(&stop));
    THREADING_CHECK(threading_thread_spawn("server", serve, &listener, &server));

    for (int i = 1; i <= 2; i++) {
        char text[64] = "";
        int client = checked(socket(AF_INET, SOCK_STREAM, 0), "socket");
        checked(connect(client, (struct sockaddr *)&address, size), "connect");
        checked(dprintf(client, "hello %d", i), "write");
        checked((int)read(client, text, sizeof text - 1), "read");
        printf("client: %s\n", text);
        close(client);
    }
    THREADING_CHECK(threading_event_set(stop));
    THREADING_CHECK(threading_thread_finish(server, NULL));
    THREADING_CHECK(threading_event_destroy(stop));
    return 0;
}
