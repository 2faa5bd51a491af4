/* What the conformance programs take of POSIX and Linux beside what MinGW-w64 has; each source gets
 * this first. The headers beside it have the names of those that MinGW-w64 lacks.
 *
 * What Windows can do is done by its calls (posix.c). Whatever it has not, such as fork and
 * signals, ends the case that asks for it: the case is skipped. */
#ifndef POSIX_H
#define POSIX_H

#include <io.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Skips the case, which needs the thing of that name. */
__attribute__((noreturn)) void posix_lacks(const char *what);

/* ---- what is done ---- */

/* The runner ends a case that takes too long. */
static inline unsigned alarm(unsigned seconds) {
    (void)seconds;
    return 0;
}

enum { SYS_gettid = 1 };
long syscall(long number);
enum { _SC_PAGESIZE, _SC_NPROCESSORS_ONLN };
long sysconf(int what);
int pause(void);
int rand_r(unsigned *seed);
int setenv(const char *name, const char *value, int replace);
char *strndup(const char *text, size_t most);
#define O_CLOEXEC 0x80
enum { MFD_CLOEXEC = 1 };
int memfd_create(const char *name, unsigned flags);
ssize_t pread(int file, void *room, size_t bytes, off_t place);

/* One that has been opened lets everybody in who reads it. */
int eventfd(unsigned opened, int flags);
ssize_t eventfd_read_(int file, void *number, size_t bytes);
ssize_t eventfd_write_(int file, const void *number, size_t bytes);
int eventfd_close_(int file);

/* ---- what skips ---- */

#define POSIX_LACKS_(result, name, arguments)                                                      \
    static inline result name arguments { posix_lacks(#name); }

int fork(void); /* the compiler knows it */
POSIX_LACKS_(int, pipe, (int ends[2] __attribute__((unused))))
POSIX_LACKS_(int, prctl, (int option __attribute__((unused)), ...))
enum { PR_SET_PDEATHSIG, PR_SET_NAME, PR_GET_NAME, PR_SET_DUMPABLE };

POSIX_LACKS_(pid_t, waitpid,
             (pid_t id __attribute__((unused)), int *state __attribute__((unused)),
              int flags __attribute__((unused))))
#define WNOHANG 1
#define WIFEXITED(state) ((state) == 0)
#define WEXITSTATUS(state) (state)
#define WIFSIGNALED(state) ((state) != 0)
#define WTERMSIG(state) (state)

struct rlimit {
    unsigned long long rlim_cur, rlim_max;
};
typedef unsigned long long rlim_t;
enum { RLIMIT_AS, RLIMIT_NOFILE, RLIMIT_NPROC, RLIMIT_STACK };
#define RLIM_INFINITY ((rlim_t)-1)
POSIX_LACKS_(int, getrlimit,
             (int what __attribute__((unused)), struct rlimit *limit __attribute__((unused))))
POSIX_LACKS_(int, setrlimit,
             (int what __attribute__((unused)), const struct rlimit *limit __attribute__((unused))))

typedef struct siginfo {
    int si_signo, si_code;
} siginfo_t;
struct sigaction {
    void (*sa_handler)(int);
    void (*sa_sigaction)(int, siginfo_t *, void *);
    unsigned long long sa_mask;
    int sa_flags;
};
enum { SA_RESTART = 1, SA_SIGINFO = 2, SA_ONSTACK = 4, SA_NODEFER = 8 };
enum { SIGKILL = 40, SIGUSR1, SIGUSR2, SIGALRM, SIGPROF, SIGQUIT, SIGHUP, SIGPIPE, SIGURG };
POSIX_LACKS_(int, sigaction,
             (int signal __attribute__((unused)), const void *action __attribute__((unused)),
              void *before __attribute__((unused))))
POSIX_LACKS_(int, kill, (pid_t id __attribute__((unused)), int signal __attribute__((unused))))

typedef intptr_t timer_t;
struct sigevent {
    int sigev_notify, sigev_signo;
    struct {
        pid_t _tid;
    } _sigev_un;
};
enum { SIGEV_THREAD_ID = 4 };
POSIX_LACKS_(int, timer_create,
             (int clock __attribute__((unused)), void *how __attribute__((unused)),
              timer_t *out __attribute__((unused))))
POSIX_LACKS_(int, timer_settime,
             (timer_t timer __attribute__((unused)), int flags __attribute__((unused)),
              const void *when __attribute__((unused)), void *before __attribute__((unused))))
POSIX_LACKS_(int, timer_delete, (timer_t timer __attribute__((unused))))

#ifdef __cplusplus
}
#endif
#endif
