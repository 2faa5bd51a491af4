#include "lock_rivals.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct lock_rivals lock_rivals;

void lock_rivals_init(void)
{
    THREADING_CHECK(threading_lock_new(&lock_rivals.ours));
    THREADING_CHECK(threading_rlock_new(&lock_rivals.ours_rlock));
    bench_must(pthread_mutex_init(&lock_rivals.pthread, NULL), "pthread_mutex_init");

    pthread_mutexattr_t attributes;
    bench_must(pthread_mutexattr_init(&attributes), "pthread_mutexattr_init");
    bench_must(pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE), "pthread_mutexattr_settype");
    bench_must(pthread_mutex_init(&lock_rivals.pthread_recursive, &attributes), "pthread_mutex_init");
    pthread_mutexattr_destroy(&attributes);
#ifdef BENCH_HAS_GLIB
    g_mutex_init(&lock_rivals.glib);
#endif
#ifdef BENCH_HAS_NSYNC
    nsync_mu_init(&lock_rivals.nsync);
#endif
}

#ifdef BENCH_HAS_NSYNC
/* nsync has no function or macro that tells its version; the name of its file does. */
static void nsync_file(char *name, size_t capacity)
{
    Dl_info info;
    char *path = NULL;
    if (dladdr(dlsym(RTLD_DEFAULT, "nsync_mu_lock"), &info) != 0)
        path = realpath(info.dli_fname, NULL);
    const char *slash = path == NULL ? NULL : strrchr(path, '/');
    snprintf(name, capacity, "%s", slash == NULL ? "nsync" : slash + 1);
    free(path);
}
#endif

const char *lock_rivals_versions(void)
{
    static char text[256];
#ifdef BENCH_HAS_GLIB
    snprintf(text, sizeof text, "GLib %u.%u.%u", glib_major_version, glib_minor_version, glib_micro_version);
#endif
#ifdef BENCH_HAS_NSYNC
    char name[128];
    nsync_file(name, sizeof name);
    size_t length = strlen(text);
    snprintf(text + length, sizeof text - length, "%s%s", length == 0 ? "" : ", ", name);
#endif
    return text[0] == '\0' ? NULL : text;
}

void lock_rivals_print_missing(void)
{
#ifndef BENCH_HAS_GLIB
    puts("# GLib was not found by pkg-config: GMutex is left out");
#endif
#ifndef BENCH_HAS_NSYNC
    puts("# nsync.h was not found: nsync_mu is left out");
#endif
}
