/* Functions of the C library, for programs whose own stand before them. */
#ifndef REAL_CALLS_H
#define REAL_CALLS_H

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* In a static program nothing is found by its name, but musl has the function under two. */
extern int __pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                            void *(*routine)(void *), void *arg) __attribute__((weak));

static inline int real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                                      void *(*routine)(void *), void *arg) {
    static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    if (real == NULL) {
        *(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
    }
    return (real ? real : __pthread_create)(thread, attributes, routine, arg);
}

extern int __pthread_tryjoin_np(pthread_t thread, void **value) __attribute__((weak));

static inline int real_pthread_tryjoin_np(pthread_t thread, void **value) {
    static int (*real)(pthread_t, void **);
    if (real == NULL) {
        *(void **)&real = dlsym(RTLD_NEXT, "pthread_tryjoin_np");
    }
    return (real ? real : __pthread_tryjoin_np)(thread, value);
}

static inline void *real_mmap(void *address, size_t length, int protection, int flags, int file,
                              off_t offset) {
#ifdef __GLIBC__
    /* The system call takes its arguments otherwise on some processors. */
    return mmap64(address, length, protection, flags, file, offset);
#else
    return (void *)syscall(SYS_mmap, address, length, protection, flags, file, offset);
#endif
}

#endif
