/* Where the fuzzer says what it finds, and the numbers that it shares with the processes that
 * ending.c starts. */
#include "fuzz.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct statistics *statistics;
FILE *report;
bool library_ends;

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_ADDRESS_SANITIZER
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define UNDER_ADDRESS_SANITIZER
#endif
#ifdef UNDER_ADDRESS_SANITIZER
const bool under_address_sanitizer = true;
void __sanitizer_set_report_fd(void *file);
void __asan_handle_no_return(void);
const char *__asan_default_options(void);
/* What was freed is kept for a while: a small while, so that growth can be seen. */
const char *__asan_default_options(void) { return "quarantine_size_mb=16:detect_leaks=1"; }
/* It does not see that threading_exit leaves frames without returning, and would take what is on
 * the stack later for theirs. */
void before_exit(void) { __asan_handle_no_return(); }
#else
const bool under_address_sanitizer = false;
void before_exit(void) {}
#endif

void share_statistics(int file) {
    if (file < 0 || ftruncate(file, sizeof *statistics) != 0) {
        fail("there is room for the statistics");
    }
    statistics = mmap(NULL, sizeof *statistics, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (statistics == MAP_FAILED) {
        fail("the statistics can be shared");
    }
}

/* What the library prints for reported exceptions would drown everything else: standard error goes
 * nowhere. */
void set_report(int file) {
    int nothing = open("/dev/null", O_WRONLY);
    report = fdopen(file, "w");
    if (!report || nothing < 0 || dup2(nothing, STDERR_FILENO) < 0) {
        exit(2);
    }
    close(nothing);
#ifdef UNDER_ADDRESS_SANITIZER
    __sanitizer_set_report_fd((void *)(intptr_t)file);
#endif
}
