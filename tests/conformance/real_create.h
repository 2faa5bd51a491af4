/* The C library's pthread_create, for programs whose own stands before it. */
#ifndef REAL_CREATE_H
#define REAL_CREATE_H

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>

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

#endif
